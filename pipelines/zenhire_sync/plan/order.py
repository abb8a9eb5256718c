"""Whether a list that is being read is newest first, so that reading may stop early. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta


class OrderWitness:
    """Watches ``created_at`` over the pages of one reading.

    Nothing is promised about the order ("Not known"). Rows may be out of order by less than ``tolerance``
    (commits that overtake each other); beyond that the list is not newest first, and is read to its end.
    """

    def __init__(self, tolerance: timedelta) -> None:
        self._tolerance = tolerance
        self._oldest: datetime | None = None
        self.is_newest_first = True

    def watch(self, created: Iterable[datetime]) -> None:
        """Takes the creation times of one page, in the order of the rows."""
        for moment in created:
            if self._oldest is not None and moment > self._oldest + self._tolerance:
                self.is_newest_first = False
            if self._oldest is None or moment < self._oldest:
                self._oldest = moment

    def has_passed(self, target: datetime | None) -> bool:
        """Whether everything created at or after ``target`` has been seen; never for a target of None."""
        if target is None or self._oldest is None or not self.is_newest_first:
            return False
        return self._oldest < target - self._tolerance
