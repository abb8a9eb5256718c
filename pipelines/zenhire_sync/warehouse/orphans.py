"""Children whose session never arrived: left by a run that died between the two, of a session gone since.

Looking for them reads every child there is, so it is left out after a run that ended well. What says so is a
note beside the warehouse; without it, or when it names another run than the warehouse's last, they are looked
for. So a lost folder or a restored backup costs time, never rows.
"""

from __future__ import annotations

import os
from pathlib import Path

from zenhire_schemas.tables import RAW_TABLES
from zenhire_sync.errors import WarehouseError
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import Loader

# Children are the tables with a removal marker; their names are those of our own declarations.
ORPHAN_DELETES = tuple(
    f"delete from {table.name} where session_id not in (select id from sessions)"  # noqa: S608
    for table in RAW_TABLES
    if table.removal_marker is not None
)


def drop_orphans(warehouse: Loader, settings: Settings) -> None:
    """Removes what a run that did not end well may have left. From here on this run is one that has not."""
    note = _note(settings)
    sql = "select run_id from sync_runs order by finished_at desc nulls last, run_id desc limit 1"
    last = warehouse.select(sql).column(0).to_pylist()
    ended_well = bool(last) and _text(note) == last[0]
    _remove(note)
    if ended_well:
        return
    for statement in ORPHAN_DELETES:
        warehouse.execute(statement)


def note_good_end(settings: Settings, run_id: str) -> None:
    """Says that this run, whose row is in sync_runs, left nothing behind."""
    try:
        _note(settings).write_text(run_id, encoding="utf-8")
    except OSError:
        # It saves time, no more.
        return


def _note(settings: Settings) -> Path:
    return settings.state_dir / "ended-well"


def _text(note: Path) -> str | None:
    try:
        return note.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None


def _remove(note: Path) -> None:
    """Gone for good before anything is written: it must not come back after a power cut."""
    try:
        note.unlink(missing_ok=True)
        folder = os.open(note.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise WarehouseError(f"{note.parent} cannot be written ({error.strerror})") from None
