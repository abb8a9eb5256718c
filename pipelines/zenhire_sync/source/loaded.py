"""The tables that the source fills, and their rows as Arrow. Pure.

They are the raw tables without what only a sync can know, each with ``synced_at``: also where a destination
keeps every row that it was ever given, the rows of a session's latest ``synced_at`` are the session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import pyarrow as pa

from zenhire_schemas.session import Persona
from zenhire_schemas.tables import (
    PERSONAS,
    REJECTED_ROWS,
    SESSION_FEEDBACK,
    SESSION_METADATA,
    SESSION_TAGS,
    SESSIONS,
    Table,
)
from zenhire_sync.rows.columns import SessionTables, removal_rows
from zenhire_sync.rows.contract import Rejection

# Arrow rows by table.
Batch = Mapping[str, pa.Table]

_SYNCED_AT = next(column for column in SESSIONS.columns if column.name == "synced_at")
# What only a memory of earlier rows, or a run of its own, can fill.
_OF_A_SYNC = {
    "deleted_at",
    "detail_checked_at",
    "fingerprint",
    "first_seen_at",
    "last_seen_at",
    "seen_at",
    "healed_at",
}
_LEFT_OUT = {*_OF_A_SYNC, "run_id", "synced_at"}


def _loaded(table: Table) -> Table:
    kept = tuple(column for column in table.columns if column.name not in _LEFT_OUT)
    return replace(table, columns=(*kept, _SYNCED_AT))


LOADED: Mapping[str, Table] = {
    table.name: _loaded(table)
    for table in (SESSIONS, SESSION_TAGS, SESSION_METADATA, SESSION_FEEDBACK, PERSONAS, REJECTED_ROWS)
}


def session_batch(tables: SessionTables, now: datetime) -> Batch:
    """Sessions with their tags and metadata; a marked row for each session that has none."""
    ids = tables.sessions.column("id").to_pylist()
    return {
        "sessions": stamped("sessions", tables.sessions, now),
        "session_tags": child_rows(SESSION_TAGS, tables.tags, ids, now),
        "session_metadata": child_rows(SESSION_METADATA, tables.metadata, ids, now),
    }


def child_rows(table: Table, rows: pa.Table, ids: Sequence[str], now: datetime) -> pa.Table:
    """The child sets of these sessions, whole: an earlier set goes also where nothing took its place."""
    there = set(rows.column("session_id").to_pylist())
    emptied = [session_id for session_id in ids if session_id not in there]
    return stamped(table.name, pa.concat_tables([rows, removal_rows(table, emptied)]), now)


def persona_rows(personas: Sequence[Persona], now: datetime) -> pa.Table:
    """Personas with the content that was seen; ids are distinct."""
    rows = [persona.model_dump() for persona in personas]
    return stamped("personas", _table("personas", rows), now)


def rejected_rows(rejections: Mapping[str, Rejection], now: datetime) -> pa.Table:
    """What was set aside, by its id."""
    names = ("endpoint", "session_id", "reason", "payload", "request_id")
    rows = [
        {"rejected_id": key, **{name: getattr(rejection, name) for name in names}}
        for key, rejection in rejections.items()
    ]
    return stamped("rejected_rows", _table("rejected_rows", rows), now)


def stamped(name: str, rows: pa.Table, now: datetime) -> pa.Table:
    """The columns of a loaded table, in its order, with the time of the load."""
    schema = LOADED[name].arrow_schema()
    times = pa.repeat(pa.scalar(now, schema.field("synced_at").type), rows.num_rows)
    return rows.append_column("synced_at", times).select(schema.names).cast(schema)


def _table(name: str, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    schema = LOADED[name].arrow_schema()
    return pa.Table.from_pylist(list(rows), schema=schema.remove(schema.get_field_index("synced_at")))
