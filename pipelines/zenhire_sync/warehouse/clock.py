"""The times that runs leave in the warehouse: none still to come, and none earlier than one before.

A clock that ran ahead, or a mistyped ``--as-of``, leaves times that are still to come: a session that was
"looked at next year" would not be looked at until then, and its survey would be lost.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pyarrow as pa

from zenhire_schemas.tables import (
    PERSONA_VERSIONS,
    PERSONAS,
    REJECTED_ROWS,
    SESSION_STATES,
    SESSIONS,
    SYNC_RUNS,
    Table,
)
from zenhire_sync.rows.changes import TICK
from zenhire_sync.warehouse.port import Loader

log = logging.getLogger(__name__)

# Clocks are set by less than this without anybody noticing, and rungs of the ladder are days apart.
TOLERANCE = timedelta(hours=1)
# The vendor's own times may be wrong too, but they are facts and stay as they came.
_VENDORS = {("sessions", "started_at"), ("sessions", "completed_at"), ("sessions", "created_at")}
_LOOKED_AT = "detail_checked_at"
_AT_ONCE = 50_000
# Facts of the machine's clock, which no run decides by.
_WALL_CLOCK = {("sync_runs", "started_at"), ("sync_runs", "finished_at")}


def set_back(warehouse: Loader, latest: datetime) -> datetime | None:
    """Moves this program's own times beyond ``latest`` back to it; what was looked at then is due again.

    Returns the latest time that a run has left; the next run must not write an earlier one. None before the
    first.
    """
    left: list[datetime] = []
    for table in (SESSIONS, PERSONAS, PERSONA_VERSIONS, REJECTED_ROWS, SYNC_RUNS):
        times = (column.name for column in table.columns if column.type == "timestamp")
        columns = [name for name in times if (table.name, name) not in _VENDORS]
        found = _latest(warehouse, table, columns)
        if any(time > latest + TOLERANCE for time in found.values()):
            _set_back(warehouse, table, columns, latest)
            log.warning(
                "times in the future were set back to now; check this machine's clock",
                extra={"table": table.name},
            )
            found = {name: min(time, latest) for name, time in found.items()}
        left += (time for name, time in found.items() if (table.name, name) not in _WALL_CLOCK)
    _set_back_states(warehouse, latest)
    return max(left, default=None)


# Names are those of our own declarations.
def _latest(warehouse: Loader, table: Table, columns: list[str]) -> dict[str, datetime]:
    """The latest time of each column that holds one."""
    longest = ", ".join(f"max({name}) as {name}" for name in columns)
    [times] = warehouse.rows(f"select {longest} from {table.name}")  # noqa: S608
    return {name: time for name, time in times.items() if time is not None}


def _set_back(warehouse: Loader, table: Table, columns: list[str], latest: datetime) -> None:
    """Loads the rows again, some at a time: they may be all there are."""
    beyond = " or ".join(f"{name} > ?" for name in columns)
    moments = [latest] * len(columns)
    sql = f"select * from {table.name} where {beyond} limit {_AT_ONCE}"  # noqa: S608
    while rows := warehouse.rows(sql, *moments):
        for row in rows:
            for name in columns:
                if row[name] is not None and row[name] > latest:
                    row[name] = None if name == _LOOKED_AT else latest
        warehouse.load({table.name: pa.Table.from_pylist(rows, schema=table.arrow_schema())})


def _set_back_states(warehouse: Loader, latest: datetime) -> None:
    """The time of a state is part of its key: all states of a session are loaded anew, still one by one."""
    sql = f"""
        select * from session_states where session_id in (
            select session_id from session_states where seen_from > ? and session_id > ?
            group by session_id order by session_id limit {_AT_ONCE}
        ) order by session_id, seen_from
    """  # noqa: S608 - our own number
    last = ""
    while rows := warehouse.rows(sql, latest + TOLERANCE, last):
        before: datetime | None = None
        for row in rows:
            if row["session_id"] != last:
                last, before = row["session_id"], None
            if row["seen_from"] > latest + TOLERANCE:
                row["seen_from"] = latest if before is None or before < latest else before + TICK
            before = row["seen_from"]
        schema = SESSION_STATES.arrow_schema()
        warehouse.load({SESSION_STATES.name: pa.Table.from_pylist(rows, schema=schema)})
