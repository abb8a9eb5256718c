"""What a clock that ran ahead leaves behind, or a mistyped ``--as-of``: times that are still to come.

A session that was "looked at next year" would not be looked at until then, and its survey would be lost.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from zenhire_schemas.tables import (
    PERSONA_VERSIONS,
    PERSONAS,
    REJECTED_ROWS,
    SESSIONS,
    SYNC_RUNS,
    Table,
)
from zenhire_sync.warehouse.store import Warehouse

log = logging.getLogger(__name__)

# Clocks are set by less than this without anybody noticing, and rungs of the ladder are days apart.
TOLERANCE = timedelta(hours=1)
# The vendor's own times may be wrong too, but they are facts and stay as they came.
_VENDORS = {("sessions", "started_at"), ("sessions", "completed_at"), ("sessions", "created_at")}
_LOOKED_AT = "detail_checked_at"


def set_back(warehouse: Warehouse, latest: datetime) -> None:
    """Moves this program's own times beyond ``latest`` back to it; what was looked at then is due again."""
    for table in (SESSIONS, PERSONAS, PERSONA_VERSIONS, REJECTED_ROWS, SYNC_RUNS):
        times = (column.name for column in table.columns if column.type == "timestamp")
        columns = [name for name in times if (table.name, name) not in _VENDORS]
        if _ahead(warehouse, table, columns, latest):
            _set_back(warehouse, table, columns, latest)
            log.warning(
                "times in the future were set back to now; check this machine's clock",
                extra={"table": table.name},
            )


# Names are those of our own declarations.
def _ahead(warehouse: Warehouse, table: Table, columns: list[str], latest: datetime) -> bool:
    longest = ", ".join(f"max({name})" for name in columns)
    times = warehouse.query(f"select {longest} from {table.name}").to_pylist()[0].values()  # noqa: S608
    return any(time is not None and time > latest + TOLERANCE for time in times)


def _set_back(warehouse: Warehouse, table: Table, columns: list[str], latest: datetime) -> None:
    changes: list[str] = []
    values: list[Any] = []
    for name in columns:
        kept = "null" if name == _LOOKED_AT else "?"
        changes.append(f"{name} = case when {name} > ? then {kept} else {name} end")
        values += [latest] if kept == "null" else [latest, latest]
    warehouse.execute(f"update {table.name} set {', '.join(changes)}", *values)  # noqa: S608
