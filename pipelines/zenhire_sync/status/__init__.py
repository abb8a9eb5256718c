"""Data flow: warehouse, published file, lock -> what an operator or a monitor wants to know.

Alone: ``zenhire-sync status``. Imports little, so that it answers at once, and never disturbs a run.
"""

from zenhire_sync.status.overview import Status, read_status
from zenhire_sync.status.reading import RUNS_SHOWN

__all__ = ["RUNS_SHOWN", "Status", "read_status"]
