"""Whom an erasure means: their sessions, the rows that hold them, and the figures that it must not change."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zenhire_schemas.session import canonical_id
from zenhire_sync.errors import ConfigurationError, ZenhireError
from zenhire_sync.rows.erased import mark_of, texts_in
from zenhire_sync.rows.privacy import Privacy
from zenhire_sync.warehouse.erasures import read_erasures

if TYPE_CHECKING:
    from zenhire_sync.warehouse.port import Reader

_SALT_BYTES = 32


class NobodyFoundError(ZenhireError):
    """A reference or session that nothing here belongs to. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """Whose person to remove: all sessions of a candidate, or single sessions (their ids in any spelling)."""

    candidate_refs: tuple[str, ...] = ()
    session_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        one_form = tuple(canonical_id(session_id) for session_id in self.session_ids)
        object.__setattr__(self, "session_ids", one_form)
        if not self.candidate_refs and not self.session_ids:
            raise ConfigurationError("name the person: --candidate-ref or --session, each as often as needed")
        if "" in (*self.candidate_refs, *self.session_ids):
            raise ConfigurationError("an empty --candidate-ref or --session names nobody")


@dataclass(frozen=True, slots=True)
class Found:
    """What a request means in this warehouse. ``marks`` are (salt, mark) of the references asked for.

    ``largest_match`` is the most sessions that one of those references has.
    """

    candidate_refs: tuple[str, ...]
    session_ids: tuple[str, ...]
    rejected_ids: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    references_asked: int
    sessions_asked: int
    largest_match: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What an erasure must not change."""

    sessions: int
    credits_charged: int
    interview_seconds: int
    surveys: int
    negative_surveys: int
    ratings_total: int


@dataclass(frozen=True, slots=True)
class Removal:
    """What was taken out, and the figures before and after.

    ``mentioning`` are sessions of others whose metadata or tags repeat the reference.
    """

    sessions: int
    newly_erased: int
    metadata_entries: int
    comments: int
    rejected_rows: int
    mentioning: tuple[str, ...]
    before: Figures
    after: Figures


FIGURES = """
    select count(*) as sessions,
        coalesce(sum(credit_charged), 0) as credits_charged,
        coalesce(sum(duration_sec), 0) as interview_seconds,
        (select count(*) from session_feedback) as surveys,
        (select count(*) from session_feedback where flagged) as negative_surveys,
        (select coalesce(sum(rating), 0) from session_feedback) as ratings_total
    from sessions
"""
MENTIONING = """
    select session_id from session_metadata where value = any(?)
    union select session_id from session_tags where tag = any(?) order by 1
"""


def find_people(reader: Reader, request: ErasureRequest, privacy: Privacy) -> Found:
    """Everything that the request means, and what an erasure that was killed left unfinished.

    A reference may be here as it is or, under ``privacy``, as its pseudonym.

    Raises NobodyFoundError, naming the option by its place and never its value, when one means nothing, and
    WarehouseError when the warehouse cannot be read.
    """
    erasures = read_erasures(reader)
    by_ref: dict[str, set[str]] = {ref: set() for ref in request.candidate_refs}
    names = {ref: ref for ref in by_ref} | {privacy.pseudonym(ref): ref for ref in by_ref if privacy.key}
    sql = "select candidate_ref, id from sessions where candidate_ref = any(?)"
    for row in reader.rows(sql, list(names)):
        by_ref[names[row["candidate_ref"]]].add(row["id"])
    session_ids = set(request.session_ids).union(*by_ref.values())
    rejected, met, set_aside = _set_aside(reader, set(names), session_ids)
    mentioned = {names[name] for name in met}
    known_refs = {ref for ref in by_ref if by_ref[ref] or ref in mentioned or erasures.is_candidate(ref)}
    asked = list(request.session_ids)
    here = _texts(reader, "select id from sessions where id = any(?)", asked)
    _require_all("--candidate-ref", request.candidate_refs, known_refs)
    _require_all("--session", request.session_ids, {*set_aside, *erasures.session_ids, *here})
    salt = next((salt for salt, _ in sorted(erasures.marks)), None) or secrets.token_hex(_SALT_BYTES)
    unfinished = _texts(reader, "select session_id from erased_sessions where finished_at is null")
    return Found(
        candidate_refs=tuple(names),
        session_ids=tuple(sorted(session_ids.union(unfinished))),
        rejected_ids=tuple(sorted(rejected)),
        marks=tuple((salt, mark_of(ref, salt)) for ref in by_ref),
        references_asked=len(request.candidate_refs),
        sessions_asked=len(request.session_ids),
        largest_match=max(map(len, by_ref.values()), default=0),
    )


def holding(found: Found) -> Mapping[str, tuple[str, Sequence[Any]]]:
    """Which rows of a raw table hold the people, as a condition and its values.

    A dry run counts them, an erasure empties or deletes them.
    """
    ids, names = list(found.session_ids), list(found.candidate_refs)
    return {
        "sessions": ("id = any(?)", [ids]),
        "session_tags": (
            "session_id = any(?) and (tag = any(?)"
            " or tag = (select candidate_ref from sessions where id = session_id))",
            [ids, names],
        ),
        "session_metadata": ("session_id = any(?)", [ids]),
        "session_feedback": ("comment is not null and session_id = any(?)", [ids]),
        "rejected_rows": ("payload is not null and rejected_id = any(?)", [list(found.rejected_ids)]),
    }


def count_rows(reader: Reader, found: Found) -> dict[str, int]:
    """Rows by raw table that hold the people."""
    counts = {}
    for table, (condition, values) in holding(found).items():
        # Names and conditions are our own.
        rows = reader.select(f"select count(*) as rows_held from {table} where {condition}", *values)  # noqa: S608
        counts[table] = int(rows.column(0)[0].as_py())
    return counts


def mentioning_sessions(reader: Reader, found: Found) -> tuple[str, ...]:
    """Sessions of others whose metadata or tags repeat a reference asked for."""
    names = list(found.candidate_refs)
    return tuple(_texts(reader, MENTIONING, names, names))


def read_figures(reader: Reader) -> Figures:
    """The figures as they are."""
    [row] = reader.rows(FIGURES)
    return Figures(**{name: int(value) for name, value in row.items()})


def _set_aside(reader: Reader, refs: set[str], session_ids: set[str]) -> tuple[set[str], set[str], set[str]]:
    """Ids of rows that hold one of them; the references met in their payloads; the sessions they are of."""
    rejected: set[str] = set()
    mentioned: set[str] = set()
    of_sessions: set[str] = set()
    for batch in reader.stream("select rejected_id, session_id, payload from rejected_rows"):
        for row in batch.to_pylist():
            met = refs.intersection(texts_in(row["payload"])) if refs else set()
            if met or row["session_id"] in session_ids:
                rejected.add(row["rejected_id"])
            mentioned |= met
            of_sessions |= {row["session_id"]} & session_ids
    return rejected, mentioned, of_sessions


def _texts(reader: Reader, sql: str, *values: Any) -> list[str]:
    texts: list[str] = reader.select(sql, *values).column(0).to_pylist()
    return texts


def _require_all(option: str, asked: tuple[str, ...], known: set[str]) -> None:
    unknown = [place for place, value in enumerate(asked, start=1) if value not in known]
    if unknown:
        which = "" if len(asked) == 1 else f" (number {', '.join(map(str, unknown))} of {len(asked)})"
        raise NobodyFoundError(
            f"no session of this {option} is here{which}, so nothing was erased at all; check the "
            "spelling (capitals count in a reference), or run `zenhire-sync sync` first if ZenHire has it"
        )
