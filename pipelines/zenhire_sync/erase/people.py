"""Whom a request means: their sessions, and the rows set aside that hold them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from zenhire_schemas.session import canonical_id
from zenhire_sync.errors import ConfigurationError, ZenhireError
from zenhire_sync.rows.person import Erasures, mark_of, texts_in
from zenhire_sync.rows.privacy import Privacy

_BATCH_ROWS = 1_000
_SALT_BYTES = 32


class NobodyFoundError(ZenhireError):
    """A reference or session that nothing here belongs to. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Request:
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


def find_people(connection: Any, request: Request, privacy: Privacy) -> Found:
    """Everything that the request means, and what an erasure that was killed left unfinished.

    A reference may be here as it is or, under ``privacy``, as its pseudonym.

    Raises NobodyFoundError, naming the option by its place and never its value, when one means nothing.
    """
    erasures = _read_erasures(connection)
    by_ref: dict[str, set[str]] = {ref: set() for ref in request.candidate_refs}
    names = {ref: ref for ref in by_ref} | {privacy.pseudonym(ref): ref for ref in by_ref if privacy.key}
    for name, session_id in _rows(
        connection, "select candidate_ref, id from sessions where candidate_ref in (select unnest(?))", names
    ):
        by_ref[names[name]].add(session_id)
    session_ids = set(request.session_ids).union(*by_ref.values())
    rejected, met, set_aside = _set_aside(connection, set(names), session_ids)
    mentioned = {names[name] for name in met}
    known_refs = {ref for ref in by_ref if by_ref[ref] or ref in mentioned or erasures.is_candidate(ref)}
    known_ids = set_aside | erasures.session_ids | _known_sessions(connection, request.session_ids)
    _require_all("--candidate-ref", request.candidate_refs, known_refs)
    _require_all("--session", request.session_ids, known_ids)
    salt = next((salt for salt, _ in sorted(erasures.marks)), None) or secrets.token_hex(_SALT_BYTES)
    return Found(
        candidate_refs=tuple(names),
        session_ids=tuple(sorted(session_ids | _unfinished(connection))),
        rejected_ids=tuple(sorted(rejected)),
        marks=tuple((salt, mark_of(ref, salt)) for ref in by_ref),
        references_asked=len(request.candidate_refs),
        sessions_asked=len(request.session_ids),
        largest_match=max(map(len, by_ref.values()), default=0),
    )


def _read_erasures(connection: Any) -> Erasures:
    sessions = connection.execute("select session_id from erased_sessions").fetchall()
    candidates = connection.execute("select salt, candidate_mark from erased_candidates").fetchall()
    return Erasures(frozenset(session_id for (session_id,) in sessions), frozenset(candidates))


def _unfinished(connection: Any) -> set[str]:
    sql = "select session_id from erased_sessions where finished_at is null"
    return {session_id for (session_id,) in connection.execute(sql).fetchall()}


def _known_sessions(connection: Any, session_ids: tuple[str, ...]) -> set[str]:
    sql = "select id from sessions where id in (select unnest(?))"
    return {session_id for (session_id,) in _rows(connection, sql, session_ids)}


def _set_aside(connection: Any, refs: set[str], session_ids: set[str]) -> tuple[set[str], set[str], set[str]]:
    """Ids of rows that hold one of them; the references met in their payloads; the sessions they are of."""
    rejected: set[str] = set()
    mentioned: set[str] = set()
    of_sessions: set[str] = set()
    for rejected_id, session_id, payload in _rows(
        connection, "select rejected_id, session_id, payload from rejected_rows"
    ):
        met = refs.intersection(texts_in(payload)) if refs else set()
        if met or session_id in session_ids:
            rejected.add(rejected_id)
        mentioned |= met
        of_sessions |= {session_id} & session_ids
    return rejected, mentioned, of_sessions


def _rows(connection: Any, sql: str, values: Any = None) -> Iterator[tuple[Any, ...]]:
    answer = connection.execute(sql, [] if values is None else [list(values)])
    while batch := answer.fetchmany(_BATCH_ROWS):
        yield from batch


def _require_all(option: str, asked: tuple[str, ...], known: set[str]) -> None:
    unknown = [place for place, value in enumerate(asked, start=1) if value not in known]
    if unknown:
        which = "" if len(asked) == 1 else f" (number {', '.join(map(str, unknown))} of {len(asked)})"
        raise NobodyFoundError(
            f"no session of this {option} is here{which}, so nothing was erased at all; check the "
            "spelling (capitals count in a reference), or run `zenhire-sync sync` first if ZenHire has it"
        )
