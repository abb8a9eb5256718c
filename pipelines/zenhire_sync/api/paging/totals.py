"""How many sessions the API says there are, over the readings of one list. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# A list that counts fewer than this share of what it counted before was not read to its end.
LEAST_LEFT = 0.8


@dataclass(slots=True)
class Totals:
    """What the answers said so far; None when they do not say. ``at_start`` is of the latest reading."""

    latest: int | None = None
    at_start: int | None = None
    highest: int = 0

    def watch(self, total: int | None) -> bool:
        """Takes what an answer says; returns whether it differs from the one before."""
        if total is None:
            return False
        has_moved = self.latest not in {None, total}
        if self.latest is None:
            self.at_start = total
        self.latest, self.highest = total, max(self.highest, total)
        return has_moved

    def take_over(self, latest_reading: Totals) -> None:
        """Takes what another reading of the same list was told."""
        self.latest, self.at_start = latest_reading.latest, latest_reading.at_start
        self.highest = max(self.highest, latest_reading.highest)

    def exceed(self, seen: int) -> bool:
        """Whether more sessions must have been there than were seen.

        Those that arrived since the latest reading began are the next night's, those deleted since are gone;
        but most are not deleted while a list is read.
        """
        if self.latest is None or self.at_start is None:
            return False
        return seen < max(min(self.latest, self.at_start), LEAST_LEFT * self.highest)
