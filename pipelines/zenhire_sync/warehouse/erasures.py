"""The list of who was erased, as the warehouse holds it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from zenhire_schemas.tables import ERASED_SESSIONS
from zenhire_sync.rows.erased import Erasures

if TYPE_CHECKING:
    from zenhire_sync.warehouse.port import Reader


def read_erasures(reader: Reader) -> Erasures:
    """Everybody who was erased so far. Raises WarehouseError when it cannot be read."""
    sessions = reader.select("select session_id from erased_sessions")
    candidates = reader.select("select salt, candidate_mark from erased_candidates")
    return Erasures(
        frozenset(sessions.column(0).to_pylist()),
        frozenset(zip(*(column.to_pylist() for column in candidates.columns), strict=True)),
    )


def erased_rows(session_ids: Iterable[str], now: datetime) -> pa.Table:
    """Rows of erased_sessions for sessions that came in without their person: nothing is left to do."""
    rows = [
        {"session_id": session_id, "erased_at": now, "finished_at": now} for session_id in sorted(session_ids)
    ]
    return pa.Table.from_pylist(rows, schema=ERASED_SESSIONS.arrow_schema())
