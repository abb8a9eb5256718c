"""Data flow: a candidate reference or a session id -> that person is in no table and no file any more.

Alone: ``zenhire-sync erase``. The interview stays (when, how long, what it cost, how it was rated), the
person goes, and stays away: ``zenhire_sync.rows.erased`` is the door.
"""

from zenhire_sync.erase.erasure import EraseSummary, erase_people
from zenhire_sync.erase.plan import ErasePlan, plan_erasure
from zenhire_sync.warehouse.people import ErasureRequest, NobodyFoundError

__all__ = ["ErasePlan", "EraseSummary", "ErasureRequest", "NobodyFoundError", "erase_people", "plan_erasure"]
