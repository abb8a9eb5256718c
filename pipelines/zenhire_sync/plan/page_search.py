"""Where in a list whose pages are counted a stretch begins, found by the rows that come. Pure.

The list is taken for newest first. How many of its rows stand above the stretch is known only as far as the
warehouse equals it; each page that was read corrects that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from zenhire_sync.plan.verification import TICK, Slice


@dataclass(frozen=True, slots=True)
class Span:
    """Creation times of the oldest and the newest row of a page."""

    oldest: datetime
    newest: datetime


@dataclass(frozen=True, slots=True)
class _Read:
    """A page that was read: places of its first row and of that behind it; no ``span`` without rows."""

    start: int
    end: int
    span: Span | None


class PageSearch:
    """The search of one stretch. ``held(above, up_to)`` counts those created after one, up to another.

    ``place`` is where to read next, ``is_done`` whether all of the stretch was passed, ``reached`` the
    creation time down to which it was; None while its beginning is not found.
    """

    def __init__(
        self,
        part: Slice,
        held: Callable[[datetime, datetime | None], int],
        page_rows: int,
        *,
        is_numbered: bool,
    ) -> None:
        self._part = part
        self._held = held
        self._is_numbered = is_numbered
        self._read: list[_Read] = []
        self._above = held(part.newest, None)
        self.page_rows = max(page_rows, 1)
        self.place = self._above
        self.is_done = False
        self.reached: datetime | None = None

    def take(self, start: int, rows: int, span: Span | None) -> None:
        """Takes a page of so many rows that begins at a place."""
        if self._is_numbered and rows > self.page_rows:
            # Pages are longer than they were: their numbers mean other places.
            self._read, self.page_rows, self.place = [], rows, self._above
            return
        self._read.append(_Read(start, start + (self.page_rows if self._is_numbered else rows), span))
        tops = [one for one in self._read if self._is_top(one)]
        below = [one for one in self._read if not self._is_top(one)]
        if not tops:
            self.place = self._back(min(below, key=lambda one: one.start), 0)
            return
        end, last = self._joined(max(tops, key=lambda one: one.start))
        if last.span is None or last.span.newest < self._part.oldest:
            self.is_done, self.reached = True, self._part.oldest
        elif last.span.oldest <= self._part.newest:
            self.place, self.reached = end, max(last.span.oldest + TICK, self._part.oldest)
        else:
            further = [one for one in below if one.start > end]
            ahead = end + max(self._held(self._part.newest, last.span.oldest) - 1, 0)
            nearest = min(further, key=lambda one: one.start, default=None)
            self.place = ahead if nearest is None else self._back(nearest, end)

    def _is_top(self, one: _Read) -> bool:
        """Whether nothing of the stretch stands above the page."""
        return one.start == 0 or (one.span is not None and one.span.newest >= self._part.newest)

    def _joined(self, top: _Read) -> tuple[int, _Read]:
        """How far the pages that were read go on from a page without a gap, and the last of them."""
        last = top
        for one in sorted(self._read, key=lambda one: one.start):
            if one.start <= last.end and (one.end > last.end or one.span is None) and one is not last:
                last = one
        return last.end, last

    def _back(self, one: _Read, least: int) -> int:
        """A place further up than a page that begins within the stretch, or behind it."""
        if one.span is None:
            return (least + one.start) // 2
        return max(least, one.start - max(self._held(one.span.newest, self._part.newest), 1))
