"""The door: a row is accepted as the contract says, or set aside with its reason. Nothing is dropped."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from zenhire_schemas.session import SessionSummary, canonical_id

LIST_ENDPOINT = "sessions"
DETAIL_ENDPOINT = "sessions/{id}"
LONGEST_REASON = 500
DEEPEST_PATH = 8

_ROWS = TypeAdapter(list[SessionSummary])
_SURROGATE = re.compile("[\ud800-\udfff]")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was set aside. ``payload`` is its JSON text; ``reason`` never repeats a value of it."""

    endpoint: str
    session_id: str | None
    reason: str
    payload: str | None
    request_id: str | None = None

    @property
    def rejected_id(self) -> str:
        """The same for the same session and endpoint, so that a row is set aside once, however often seen."""
        what = self.session_id if self.session_id is not None else (self.payload or self.reason)
        return hashlib.sha256(f"{self.endpoint}\n{what}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def accept_rows(rows: Sequence[Any]) -> tuple[list[SessionSummary], list[Rejection]]:
    """List rows that keep the contract, in order, and those that do not."""
    try:
        return _checked(_ROWS.validate_python(rows), rows), []
    except (ValidationError, UnicodeError, RecursionError):
        pass
    accepted: list[SessionSummary] = []
    rejected: list[Rejection] = []
    for row in rows:
        outcome = _accept(row, LIST_ENDPOINT, session_id_of(row))
        if isinstance(outcome, Rejection):
            rejected.append(outcome)
        else:
            accepted.append(outcome)
    return accepted, rejected


def accept_detail(body: Any, session_id: str) -> SessionSummary | Rejection:
    """The detail of ``session_id`` (in its one form), or why it cannot be trusted."""
    outcome = _accept(body, DETAIL_ENDPOINT, session_id)
    if isinstance(outcome, Rejection):
        return outcome
    if outcome.id == session_id:
        # A detail repeats the spelling it was asked with, or not: the list's is the one that leads to it.
        outcome.note_sent(session_id)
        return outcome
    return Rejection(DETAIL_ENDPOINT, session_id, "id: another session than asked for", _as_text(body))


def session_id_of(row: Any) -> str | None:
    """The id, in its one form, of a row that may be broken otherwise; None when it could not be asked for."""
    value = row.get("id") if isinstance(row, dict) else None
    return canonical_id(value) if isinstance(value, str) and _UUID.fullmatch(value) else None


def _accept(row: Any, endpoint: str, session_id: str | None) -> SessionSummary | Rejection:
    try:
        return _checked([SessionSummary.model_validate(row)], [row])[0]
    except ValidationError as error:
        reason = _reason(error)
    except UnicodeError:
        reason = "text that is not Unicode (a lone surrogate)"
    except RecursionError:
        reason = "nested too deeply"
    return Rejection(endpoint, session_id, reason[:LONGEST_REASON], _as_text(row))


def _checked(rows: list[SessionSummary], sent: Sequence[Any]) -> list[SessionSummary]:
    """The rows, which know how their ids were ``sent``.

    Raises UnicodeError for text that no database takes; the models let lone surrogates pass.
    """
    for row, values in zip(rows, sent, strict=True):
        row.note_sent(values["id"])
        persona, feedback = row.persona, row.feedback
        "".join(
            filter(None, (*texts_of(row), *(row.tags or ()), *texts_of(persona), *texts_of(feedback)))
        ).encode()
        kept = [row.metadata, *(part.model_extra for part in (row, persona, feedback) if part is not None)]
        if any(kept):
            json.dumps(kept, ensure_ascii=False, default=str).encode()
    return rows


def texts_of(part: BaseModel | None) -> Iterator[str]:
    """Its own texts, not those of its parts."""
    return (value for value in part.__dict__.values() if isinstance(value, str)) if part else iter(())


def _reason(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{_place(problem['loc'])}: {problem['msg']}" for problem in problems)


def _place(path: tuple[int | str, ...]) -> str:
    return ".".join(map(str, path[:DEEPEST_PATH])) or "row"


def _as_text(row: Any) -> str:
    try:
        text = json.dumps(row, ensure_ascii=False, default=repr)
    except (RecursionError, ValueError):
        return '"(could not be written as JSON)"'
    return text if not _SURROGATE.search(text) else json.dumps(row)
