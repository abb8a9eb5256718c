"""New sessions of a first sync: kept on disk over many windows, then loaded at once, children first.

Everything a load does not need to look up may wait: nobody can have committed these sessions before, so
there is nothing to compare them with until they are there.
"""

from __future__ import annotations

from zenhire_sync.rows.changes import Changes
from zenhire_sync.settings import Settings
from zenhire_sync.sync.outcome import SyncOutcome
from zenhire_sync.warehouse.port import Loader
from zenhire_sync.warehouse.spool import Spool


class Additions:
    """Sessions with tags and metadata, all of them new to the warehouse and to each other."""

    def __init__(self, settings: Settings, warehouse: Loader, outcome: SyncOutcome) -> None:
        self._settings = settings
        self._warehouse = warehouse
        self._outcome = outcome
        self._spool = Spool(settings.state_dir / "spool", warehouse.load_bytes)

    def add(self, changes: Changes) -> None:
        """Takes them, and loads what has come together when that is worth a commit."""
        children, sessions = changes.take_tables()
        self._spool.add(children | sessions)
        is_large = self._spool.rows("sessions") >= self._settings.window_sessions
        if is_large or self._spool.is_due(60 * self._settings.window_minutes):
            self.load()

    def load(self) -> None:
        """Loads what is there. A process may die in between: children without a session are dropped later."""
        taken = self._spool.take()
        if not taken:
            return
        sessions = {"sessions": taken.pop("sessions")}
        try:
            for files in (taken, sessions):
                self._outcome.rows_by_table.update(self._warehouse.load_files(files, are_new=True))
        finally:
            # They are still there when their children could not be loaded.
            sessions["sessions"].path.unlink(missing_ok=True)
        self._outcome.new_sessions += sessions["sessions"].num_rows
