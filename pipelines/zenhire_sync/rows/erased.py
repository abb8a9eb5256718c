"""What of a session is the person, and rows without it. Pure.

Personal are the candidate reference and what the company or the candidate wrote (metadata, comment, fields
that are unknown), and every key that leads to a recording of the person. The interview itself is not:
when, how long, with which persona, how it ended, what it cost, how it was rated, under which tags.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zenhire_sync.rows.columns import SessionTables
from zenhire_sync.rows.contract import Rejection

PERSONAL_COLUMNS = (
    "candidate_ref",
    "recording_s3_key",
    "transcript_s3_key",
    "interview_svc_session_id",
    "unknown_fields",
)
# A reason names fields, never values; but the keys of metadata are the company's own words.
_METADATA_PATH = "metadata."
PLAIN_REASON = "metadata: breaks the contract"


def mark_of(candidate_ref: str, salt: str) -> str:
    """What is kept of an erased reference: enough to know it again, not to read it (HMAC-SHA-256, hex)."""
    return hmac.digest(bytes.fromhex(salt), candidate_ref.encode("utf-8", "surrogatepass"), "sha256").hex()


@dataclass(frozen=True, slots=True)
class Erasures:
    """Who was erased: sessions by id, candidates by (salt, mark) of their reference."""

    session_ids: frozenset[str] = frozenset()
    marks: frozenset[tuple[str, str]] = frozenset()

    def is_candidate(self, text: str | None) -> bool:
        """Whether the text is the reference of an erased candidate."""
        if text is None or not self.marks:
            return False
        return any((salt, mark_of(text, salt)) in self.marks for salt in {salt for salt, _ in self.marks})

    def among(self, sessions: pa.Table) -> frozenset[str]:
        """Ids of those sessions whose person was erased, now or before."""
        if not self.session_ids and not self.marks:
            return frozenset()
        ids, refs = (sessions.column(name).to_pylist() for name in ("id", "candidate_ref"))
        return frozenset(
            session_id
            for session_id, ref in zip(ids, refs, strict=True)
            if session_id in self.session_ids or self.is_candidate(ref)
        )

    def concern(self, rejection: Rejection) -> bool:
        """Whether a row that was set aside is, or mentions, a person who was erased."""
        if rejection.session_id in self.session_ids:
            return True
        return bool(self.marks) and any(self.is_candidate(text) for text in texts_in(rejection.payload))


def without_person(tables: SessionTables, erased: frozenset[str]) -> SessionTables:
    """The same sessions; those that are ``erased`` without metadata, and with nulls for the person.

    A tag that repeats the candidate reference goes too; the others stay, in their places.
    """
    if not erased:
        return tables
    is_erased = _is_in(tables.sessions, "id", erased)
    refs = dict.fromkeys(erased) | {
        row["id"]: row["candidate_ref"]
        for row in tables.sessions.select(["id", "candidate_ref"]).filter(is_erased).to_pylist()
    }
    is_kept_tag = [
        session_id not in refs or refs[session_id] != tag
        for session_id, tag in zip(
            *(tables.tags.column(n).to_pylist() for n in ("session_id", "tag")), strict=True
        )
    ]
    return SessionTables(
        _emptied(tables.sessions, PERSONAL_COLUMNS, is_erased),
        tables.tags.filter(pa.array(is_kept_tag, pa.bool_())),
        tables.metadata.filter(pc.invert(_is_in(tables.metadata, "session_id", erased))),
    )


def without_comments(feedback: pa.Table, erased: frozenset[str]) -> pa.Table:
    """Surveys; those of erased sessions with rating, flag and time, without the candidate's words."""
    return _emptied(feedback, ("comment",), _is_in(feedback, "session_id", erased)) if erased else feedback


def without_payload(rejection: Rejection) -> Rejection:
    """A row that was set aside, without what it held."""
    reason = PLAIN_REASON if _METADATA_PATH in rejection.reason else rejection.reason
    return replace(rejection, payload=None, reason=reason)


def texts_in(payload: str | None) -> Iterator[str]:
    """Every text value, at any depth, of a payload (JSON text)."""
    try:
        waiting: list[Any] = [] if payload is None else [json.loads(payload)]
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())


def _emptied(table: pa.Table, names: Sequence[str], where: Any) -> pa.Table:
    for name in names:
        index = table.schema.get_field_index(name)
        field = table.schema.field(index)
        column = pc.if_else(where, pa.scalar(None, field.type), table.column(index))
        table = table.set_column(index, field, column)
    return table


def _is_in(table: pa.Table, column: str, ids: frozenset[str]) -> Any:
    return pc.is_in(table.column(column), value_set=pa.array(sorted(ids), pa.string()))
