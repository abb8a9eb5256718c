"""Whether there is room on the disk, looked at before and while a list is read.

A full disk is met at the commit, which may be hours of requests later. The numbers are less than was ever
measured, so that a sync that would fit is never refused.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from zenhire_sync.errors import WarehouseError
from zenhire_sync.progress import Pace, Progress
from zenhire_sync.settings import Settings

# A sync of five sessions takes 4 MB, most of it DuckDB's and dlt's own (measured); a commit some more.
LEAST_BYTES = 8_000_000
# A session takes 90 bytes of the warehouse where it repeats others as simulated ones do, and 900 in the files
# in which it waits for its commit (measured).
WAREHOUSE_BYTES, WAITING_BYTES = 80, 300
# A list that says it has more than any warehouse here was built for tells nothing.
LARGEST_TOTAL = 50_000_000
SECONDS_BETWEEN_LOOKS = 1.0


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written where a folder is, or will be."""
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow a link that leads nowhere
    return shutil.disk_usage(next(path for path in (absolute, *absolute.parents) if path.exists())).free


class RoomWatch:
    """Hands progress on, and stops a sync that cannot end well for want of room."""

    def __init__(
        self, settings: Settings, progress: Progress, free: Callable[[Path], int] = free_bytes
    ) -> None:
        """Raises WarehouseError when there is no room to begin with."""
        self._settings = settings
        self._progress = progress
        self._free = free
        # A night adds little to what is there: most of what it lists is known.
        self._is_first = settings.home.destination == "duckdb" and not settings.warehouse_path.exists()
        self._looked_at = float("-inf")
        self._require(LEAST_BYTES, "a sync needs")

    def advance(self, task: str, done: int, total: int | None) -> None:
        """Raises WarehouseError when what is still to come cannot fit."""
        self._progress.advance(task, done, total)
        if time.monotonic() - self._looked_at < SECONDS_BETWEEN_LOOKS:
            return
        self._looked_at = time.monotonic()
        if not self._is_first:
            self._require(LEAST_BYTES, "going on needs")
            return
        waiting = min(done, self._settings.window_sessions)
        self._require(LEAST_BYTES + WAREHOUSE_BYTES * waiting, "keeping what was read needs")
        if total is not None and done < total <= LARGEST_TOTAL:
            rest = total - done
            files = WAITING_BYTES * min(rest, self._settings.window_sessions)
            self._require(LEAST_BYTES + files + WAREHOUSE_BYTES * rest, f"{rest:,} more sessions need")

    def follow(self, pace: Pace | None) -> None:
        """Hands it on."""
        self._progress.follow(pace)

    def beat(self) -> None:
        """Hands it on."""
        self._progress.beat()

    def _require(self, needed: int, what: str) -> None:
        free = self._free(self._settings.data_dir)
        if free < needed:
            raise WarehouseError(
                f"{self._settings.data_dir} has {free / 1e6:,.1f} MB free, and {what} {needed / 1e6:,.0f} MB "
                "or more; make room, or set ZENHIRE_DATA_DIR to a larger disk, and run again: nothing is lost"
            )
