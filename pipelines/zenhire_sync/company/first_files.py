"""The files of the folder as they are first written: commented, with the ids that were seen so far."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path

from zenhire_sync.company.company_rows import (
    BUILT_IN_ATTRIBUTES,
    AccountName,
    Budget,
    CompanyRow,
    CreditPurchase,
    PersonaName,
    ProjectName,
    TagGroup,
)
from zenhire_sync.company.metadata_keys import FILE as METADATA_FILE
from zenhire_sync.company.metadata_keys import TAKEN
from zenhire_sync.company.seen_ids import SeenId, SeenIds, SeenKey

_HEADS: Mapping[type[CompanyRow], str] = {
    AccountName: "What reports call each client of ZenHire that is yours; most companies are one.",
    ProjectName: "What reports call each project, the cost center that pays, who answers for it.\n"
    "A blank name leaves the id. What you change here is in the marts after the next build.",
    PersonaName: "What reports call each persona, and the team that works with it.\n"
    "A blank name leaves the role.",
    TagGroup: "Which question a tag answers (group, such as region), and how the answer reads (label).\n"
    "Credits and feedback can then be asked for by group. Tags on one session only are left out here.",
    Budget: "Credits planned a month: 2026-03. A blank project_id means the whole account.",
    CreditPurchase: "Credits bought: day, number, what they cost (price and currency, or neither),\n"
    "and the last day on which they are good, if there is one.",
}
_METADATA_HEAD = """\
# Metadata that the marts may show: as a column of sessions_wide, and as an attribute of
# credit_usage_by_attribute and feedback_by_attribute. A key that is not listed stays out of the marts.
# Remove the # of what you want.
#
# type: text, integer, decimal, date or boolean.
# privacy: keep, pseudonymise or drop, before a value is written anywhere.
"""


def first_files(seen: SeenIds) -> dict[str, str]:
    """Text by file name."""
    ids: Mapping[type[CompanyRow], Iterable[SeenId]] = {
        AccountName: seen.accounts,
        ProjectName: seen.projects,
        PersonaName: seen.personas,
        TagGroup: seen.tags,
    }
    has_several = len(seen.accounts) > 1
    files = {
        model.file: _csv_text(model, head, ids.get(model, ()), with_optional=has_several)
        for model, head in _HEADS.items()
    }
    columns: list[str] = []
    for found in seen.keys:
        columns.append(_not_among(columns, suggested_column(found.key)))
    keys = (_key_text(found, column) for found, column in zip(seen.keys, columns, strict=True))
    return {**files, METADATA_FILE: _METADATA_HEAD + "".join(keys)}


def write_missing(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Writes those that are not there, and never over one that is; returns their names. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [name for name in files if not (folder / name).exists()]
    for name in written:
        (folder / name).write_text(files[name], encoding="utf-8", newline="\n")
    return written


def _csv_text(model: type[CompanyRow], head: str, ids: Iterable[SeenId], *, with_optional: bool) -> str:
    columns = [name for name in model.model_fields if with_optional or name not in model.optional]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for line in head.splitlines():
        text.write(f"# {line}\n")
    writer.writerow(columns)
    # In quotes a tag may begin with what else makes a comment.
    quoting = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for seen in ids:
        text.write(f"# {' '.join(', '.join(filter(None, (seen.hint, _sessions(seen.sessions)))).split())}\n")
        cells = [seen.id, *([""] * (len(columns) - 1))]
        (quoting if seen.id.startswith("#") else writer).writerow(cells)
    return text.getvalue()


def _key_text(seen: SeenKey, column: str) -> str:
    doubt = "looks like an identifier: better left out" if seen.is_like_an_identifier else ""
    facts = ", ".join(filter(None, (_sessions(seen.sessions), f"{seen.values:,} values", doubt)))
    return (
        f"\n# {facts}\n"
        f"# [{json.dumps(seen.key, ensure_ascii=False)}]\n"
        f'# column = "{column}"\n'
        '# type = "text"\n'
        f'# description = "{column.replace("_", " ")}"\n'
        f'# privacy = "{"drop" if doubt else "keep"}"\n'
    )


def _not_among(columns: Sequence[str], column: str) -> str:
    """Keys that differ in capitals or signs only."""
    others = (f"{column[:36]}_{number}" for number in count(2))
    return column if column not in columns else next(name for name in others if name not in columns)


def suggested_column(key: str) -> str:
    """A column's name made of a key."""
    name = re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_")
    if not name[:1].isalpha():
        name = f"metadata_{name}".rstrip("_")
    if name in TAKEN or name in BUILT_IN_ATTRIBUTES:
        name = f"metadata_{name}"
    return name[:40].rstrip("_")


def _sessions(number: int) -> str:
    return f"{number:,} session{'' if number == 1 else 's'}"
