"""``metadata.toml``: the metadata keys that the marts may show. Others stay out of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from zenhire_sync.company.company_rows import BUILT_IN_ATTRIBUTES, AttributeType, MetadataKey
from zenhire_sync.company.csv_table import first_problem
from zenhire_sync.company.wrong_place import text_of, wrong
from zenhire_sync.errors import ConfigurationError

FILE = "metadata.toml"
# The mart that has a column for each listed key, and the column's type in DuckDB.
WIDE = "sessions_wide"
ATTRIBUTE_TYPES: Mapping[AttributeType, str] = {
    "text": "varchar",
    "integer": "bigint",
    "decimal": "numeric(18, 6)",
    "date": "date",
    "boolean": "boolean",
}
# The columns that sessions_wide has for every company; a test holds them against the model.
TAKEN = frozenset({
    "session_id", "created_date", "usage_date", "account", "project_key", "project_id", "project_name",
    "cost_center", "project_owner", "persona_id", "persona_name", "persona_team", "role_name", "language",
    "persona_version", "source", "status", "outcome", "tags", "candidate_ref", "created_at", "started_at",
    "completed_at", "duration_sec", "interview_minutes", "billed_minutes", "credits_charged", "feedback_date",
    "submitted_at", "rating", "is_negative", "comment", "is_deleted",
})  # fmt: skip
_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_HEADING = re.compile(
    r"""\s*\[\s*(?:"(?P<basic>(?:[^"\\]|\\.)*)"|'(?P<literal>[^']*)'|(?P<bare>[\w-]+))\s*\]"""
)


def read_metadata_keys(folder: Path) -> tuple[MetadataKey, ...]:
    """The listed keys in the file's order; none when there is no such file.

    Raises ConfigurationError with file, line and column.
    """
    path = folder / FILE
    text = text_of(path)
    if text is None:
        return ()
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _PLACE.search(message)
        line, column = (int(place[1]), int(place[2])) if place else (len(text.splitlines()) or 1, 1)
        raise wrong(
            path, line, column, _PLACE.sub("", message).replace(" (at end of document)", "")
        ) from None
    keys: dict[str, MetadataKey] = {}
    for key, fields in document.items():
        listed = _key(path, text, key, fields)
        if listed.column in keys:
            other = keys[listed.column].key
            raise wrong(
                path, *_place(text, key, "column"), f"{listed.column} is the column of {other!r} already"
            )
        keys[listed.column] = listed
    return tuple(keys.values())


def _key(path: Path, text: str, key: str, fields: Any) -> MetadataKey:
    if not isinstance(fields, Mapping):
        raise wrong(
            path, *_place_of_value(text, key), f"{key!r} is no table; write [{key}] and its fields below"
        )
    try:
        listed = MetadataKey(**{**fields, "key": key})
    except ValidationError as error:
        field, problem = first_problem(error)
        known = ", ".join(name for name in MetadataKey.model_fields if name != "key")
        if field not in MetadataKey.model_fields:
            problem = f"there is no field {field!r}, only {known}"
        raise wrong(path, *_place(text, key, field), f"{field} of {key!r}: {problem}") from None
    if listed.column in TAKEN or listed.column in BUILT_IN_ATTRIBUTES:
        raise wrong(
            path, *_place(text, key, "column"), f"{listed.column} is a column already; choose another"
        )
    return listed


def _place(text: str, key: str, field: str) -> tuple[int, int]:
    """Line and column of a field, else of the heading of its table."""
    found, is_within = (1, 1), False
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := _HEADING.match(line):
            if is_within:
                break
            is_within = _named(heading) == key
            found = (number, line.index("[") + 1) if is_within else found
        elif is_within and (stands := re.match(rf"\s*{re.escape(field)}\s*=", line)):
            return number, len(stands[0]) - len(stands[0].lstrip()) + 1
    return found


def _named(heading: re.Match[str]) -> str:
    if heading["basic"] is not None:
        try:
            return str(tomllib.loads(f'key = "{heading["basic"]}"')["key"])
        except tomllib.TOMLDecodeError:
            return heading["basic"]
    return heading["literal"] if heading["literal"] is not None else heading["bare"]


def _place_of_value(text: str, key: str) -> tuple[int, int]:
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", line):
            return number, 1
    return 1, 1


def require_pseudonym_key(folder: Path, keys: tuple[MetadataKey, ...], has_privacy_key: bool) -> None:
    """Raises ConfigurationError when a key is to be pseudonymised and there is no secret for it."""
    asking = next((listed for listed in keys if listed.privacy == "pseudonymise"), None)
    if asking is not None and not has_privacy_key:
        raise ConfigurationError(
            f"{folder / FILE}: privacy of {asking.key!r} is pseudonymise, which needs a secret of your own: "
            "set ZENHIRE_PRIVACY_KEY or ZENHIRE_PRIVACY_KEY_FILE; nothing was touched"
        )
