"""The two cursors and how far back a night reads. Pure.

Cursors decide what to fetch, never what to discard.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

# Nights are about a day apart; anything longer is an outage.
ORDINARY_GAP = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Cursors:
    """``created_at``: sessions created up to then are here. ``completed_at``: the latest end seen."""

    created_at: datetime | None = None
    completed_at: datetime | None = None

    def to_json(self) -> dict[str, str | None]:
        """ISO 8601 text by cursor."""
        return {
            "created_at": None if self.created_at is None else self.created_at.isoformat(),
            "completed_at": None if self.completed_at is None else self.completed_at.isoformat(),
        }

    @classmethod
    def from_json(cls, value: Any) -> Cursors | None:
        """What ``to_json`` wrote; None when it is missing or cannot be read, which means: read everything."""
        try:
            return cls(
                *(None if value[n] is None else _moment(value[n]) for n in ("created_at", "completed_at"))
            )
        except (TypeError, KeyError, ValueError):
            return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a cursor without a time zone")
    return moment


def earlier_of(one: Cursors | None, other: Cursors | None) -> Cursors | None:
    """The cursor that promises less; None when either is missing."""
    if one is None or other is None:
        return None
    return Cursors(
        _earlier(one.created_at, other.created_at),
        _earlier(one.completed_at, other.completed_at),
    )


def merged(one: Cursors, other: Cursors) -> Cursors:
    """What two readings saw between them."""
    return Cursors(_later(one.created_at, other.created_at), _later(one.completed_at, other.completed_at))


def advanced(before: Cursors | None, seen: Cursors, now: datetime) -> Cursors:
    """Cursors after a reading that saw everything it wanted. Never past ``now``: a vendor's clock that
    runs ahead must not make later sessions look old."""
    start = before or Cursors()
    return Cursors(
        _clamped(_later(start.created_at, seen.created_at), now),
        _clamped(_later(start.completed_at, seen.completed_at), now),
    )


def watched_since(now: datetime, last_run: datetime | None, recheck: timedelta) -> datetime:
    """Creation time after which unfinished sessions are listed again.

    After an outage it counts from the last run: what was young then may have changed since.
    """
    if last_run is None or now - last_run <= ORDINARY_GAP:
        return now - recheck
    return last_run - recheck


def read_back_to(
    cursors: Cursors | None, oldest_unfinished: datetime | None, lag: timedelta
) -> datetime | None:
    """Creation time down to which the list must be read; None: to its end.

    Covers everything created since the cursor (less the lag), and since the oldest session that can still
    change without any cursor moving.
    """
    if cursors is None or cursors.created_at is None:
        return None
    return min(moment for moment in (cursors.created_at - lag, oldest_unfinished) if moment is not None)


def latest(moments: Iterable[datetime | None]) -> datetime | None:
    """The latest of the moments that there are."""
    return max((moment for moment in moments if moment is not None), default=None)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else min(one, other)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return latest((one, other))


def _clamped(moment: datetime | None, now: datetime) -> datetime | None:
    return None if moment is None else min(moment, now)
