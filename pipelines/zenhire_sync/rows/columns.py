"""Accepted rows as Arrow tables, one per raw table.

Turning objects into columns is where a large sync spends its time (measured), so this walks each column
once and builds nothing in between.
"""

from __future__ import annotations

import json
from collections.abc import Sequence, Set
from dataclasses import dataclass
from math import isfinite
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zenhire_schemas.session import Feedback, SessionSummary
from zenhire_schemas.tables import SESSION_FEEDBACK, SESSION_METADATA, SESSION_TAGS, SESSIONS, Table

# Columns of sessions that this program fills, not the API.
BOOKKEEPING = ("deleted_at", "detail_checked_at", "fingerprint", "synced_at", "run_id")
API_COLUMNS = tuple(name for name in SESSIONS.column_names if name not in BOOKKEEPING)
_OF_PARTS = ("role_name", "language", "unknown_fields", "sent_id")
_SAME_NAME = tuple(name for name in API_COLUMNS if name not in _OF_PARTS)


@dataclass(frozen=True, slots=True)
class SessionTables:
    """Sessions (``API_COLUMNS`` at least) with the children a row brings along."""

    sessions: pa.Table
    tags: pa.Table
    metadata: pa.Table


def api_schema() -> pa.Schema:
    """Sessions as the API tells them, without this program's own columns."""
    schema = SESSIONS.arrow_schema()
    return pa.schema([schema.field(name) for name in API_COLUMNS])


def session_tables(rows: Sequence[SessionSummary]) -> SessionTables:
    """One row a session (ids distinct), with its tags and metadata."""
    columns: list[list[Any]] = [[getattr(row, name) for row in rows] for name in _SAME_NAME]
    columns.append([row.role_name if row.persona is None else row.persona.role_name for row in rows])
    columns.append([row.language if row.persona is None else row.persona.language for row in rows])
    columns.append([_unknown_fields(row) for row in rows])
    columns.append([row.sent_id for row in rows])
    schema = pa.schema([api_schema().field(name) for name in (*_SAME_NAME, *_OF_PARTS)])
    arrays = [pa.array(values, type=field.type) for values, field in zip(columns, schema, strict=True)]
    sessions = pa.Table.from_arrays(arrays, schema=schema).select(list(API_COLUMNS))
    return SessionTables(sessions, _tags(rows), _metadata(rows))


def concat_latest(batches: Sequence[SessionTables]) -> SessionTables:
    """Several batches as one (at least one); of a session in more than one, the last batch's row counts."""
    kept: list[SessionTables] = []
    later: set[str] = set()
    for batch in reversed(batches):
        ids = batch.sessions.column("id").to_pylist()
        again = later.intersection(ids)
        kept.append(without(batch, again) if again else batch)
        later.update(ids)
    return SessionTables(
        pa.concat_tables([batch.sessions for batch in kept]),
        pa.concat_tables([batch.tags for batch in kept]),
        pa.concat_tables([batch.metadata for batch in kept]),
    )


def without(batch: SessionTables, ids: Set[str]) -> SessionTables:
    """The rows of all other sessions."""
    dropped = pa.array(sorted(ids), type=pa.string())

    def keep(table: pa.Table, column: str) -> pa.Table:
        return table.filter(pc.invert(pc.is_in(table.column(column), value_set=dropped)))

    return SessionTables(
        keep(batch.sessions, "id"), keep(batch.tags, "session_id"), keep(batch.metadata, "session_id")
    )


def feedback_table(feedback: Sequence[tuple[str, Feedback | None]], emptied: frozenset[str]) -> pa.Table:
    """Surveys by session id; a marked row for each session in ``emptied`` that had one and has none now."""
    rows = [
        {
            "session_id": session_id,
            "rating": survey.rating if survey else None,
            "comment": survey.comment if survey else None,
            "submitted_at": survey.submitted_at if survey else None,
            "flagged": survey.flagged if survey else None,
            "is_removed": survey is None,
        }
        for session_id, survey in feedback
        if survey is not None or session_id in emptied
    ]
    return pa.Table.from_pylist(rows, schema=SESSION_FEEDBACK.arrow_schema())


def removal_rows(table: Table, session_ids: Sequence[str]) -> pa.Table:
    """Marked rows that make the loader drop the child sets of these sessions; they never reach the table."""
    schema = table.arrow_schema()
    arrays = [_removal_column(table, field, session_ids) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _removal_column(table: Table, field: pa.Field, session_ids: Sequence[str]) -> pa.Array:
    if field.name == "session_id":
        return pa.array(session_ids, type=field.type)
    if field.name == table.removal_marker:
        return pa.array([True] * len(session_ids), type=field.type)
    if field.nullable:
        return pa.nulls(len(session_ids), type=field.type)
    return pa.array(["" if pa.types.is_string(field.type) else 0] * len(session_ids), type=field.type)


def _tags(rows: Sequence[SessionSummary]) -> pa.Table:
    found = [(row.id, place, tag) for row in rows if row.tags for place, tag in enumerate(row.tags)]
    return _child(SESSION_TAGS, found)


def _metadata(rows: Sequence[SessionSummary]) -> pa.Table:
    found = [
        (row.id, key, *_value_and_type(value))
        for row in rows
        if row.metadata
        for key, value in row.metadata.items()
    ]
    return _child(SESSION_METADATA, found)


def _child(table: Table, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    schema = table.arrow_schema()
    columns = list(zip(*rows, strict=True)) if rows else [()] * (len(schema) - 1)
    columns.append((False,) * len(rows))
    arrays = [pa.array(values, type=field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _value_and_type(value: Any) -> tuple[str | None, str]:
    if isinstance(value, str):
        return value, "string"
    if value is None:
        return None, "null"
    return to_json(value), _json_type(value)


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "array" if isinstance(value, list) else "object"


def to_json(value: Any) -> str:
    """Compact JSON text. A number beyond all numbers (1e400) becomes its name in quotes: JSON has none."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return str(value) if isinstance(value, float) and not isfinite(value) else value


def _unknown_fields(row: SessionSummary) -> str | None:
    found: dict[str, Any] = dict(row.model_extra or {})
    for name in ("persona", "feedback"):
        inner = getattr(row, name)
        if inner is not None and inner.model_extra:
            found[name] = inner.model_extra
    return to_json(dict(sorted(found.items()))) if found else None
