"""Rows set aside without an id: nobody can ask for them, but a whole list shows whether they are there."""

from __future__ import annotations

from collections.abc import Sequence

from zenhire_sync.rows.contract import LIST_ENDPOINT
from zenhire_sync.sync.key_sessions import KeyReading
from zenhire_sync.sync.night import Night

_GONE = "endpoint = ? and session_id is null and healed_at is null and run_id <> ?"


def heal_nameless(night: Night, readings: Sequence[KeyReading], keys: int) -> None:
    """Marks as healed what every key's list, read to its end by this run, does not show any more."""
    if len(readings) < keys or not all(reading.is_complete for reading in readings):
        return
    # A row that is still there was set aside again, by this run.
    gone = (LIST_ENDPOINT, night.outcome.run_id)
    found = night.warehouse.select(f"select count(*) from rejected_rows where {_GONE}", *gone)  # noqa: S608
    if count := found.column(0)[0].as_py():
        update = f"update rejected_rows set healed_at = ? where {_GONE}"  # noqa: S608 - our own words
        night.warehouse.execute(update, night.outcome.stamped_at, *gone)
        night.outcome.healed += count
