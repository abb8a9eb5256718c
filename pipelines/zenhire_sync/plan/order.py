"""Whether a list that is being read is newest first, so that reading may stop early. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

# Commits overtake each other by seconds. This has nothing to do with how far a night reads back: with a lag
# of a day, any shuffled list would seem to be in order.
TOLERANCE = timedelta(minutes=1)
# Fewer rows may be in order by chance.
FEWEST_ROWS = 100


class OrderWitness:
    """Watches ``created_at`` over the pages of one reading.

    Nothing is promised about the order ("Not known"). Rows may be out of order by less than ``tolerance``
    (commits that overtake each other); beyond that the list is not newest first, and is read to its end.
    ``was_newest_first`` is what the latest reading of the whole list showed; None when it was not enough.
    """

    def __init__(self, tolerance: timedelta = TOLERANCE, *, was_newest_first: bool | None = None) -> None:
        self._tolerance = tolerance
        self._was_newest_first = was_newest_first
        self._oldest: datetime | None = None
        self._rows = 0
        self.is_newest_first = True

    @property
    def passed_until(self) -> datetime | None:
        """Creation time down to which a list that is newest first has shown everything; None before a row."""
        return None if self._oldest is None else self._oldest + self._tolerance

    @property
    def verdict(self) -> bool | None:
        """What the rows show; None for an order that so few may have by chance."""
        if not self.is_newest_first:
            return False
        return True if self._rows >= FEWEST_ROWS else self._was_newest_first

    def watch(self, created: Iterable[datetime]) -> None:
        """Takes the creation times of one page, in the order of the rows."""
        for moment in created:
            self._rows += 1
            if self._oldest is not None and moment > self._oldest + self._tolerance:
                self.is_newest_first = False
            if self._oldest is None or moment < self._oldest:
                self._oldest = moment

    def has_passed(self, target: datetime | None) -> bool:
        """Whether everything created at or after ``target`` has been seen; never for a target of None."""
        is_sure = self._was_newest_first is not False and self.verdict is True
        if target is None or self._oldest is None or not is_sure:
            return False
        return self._oldest < target - self._tolerance
