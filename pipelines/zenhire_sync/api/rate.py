"""One key's request budget: never more in any minute than the key allows, and less when told."""

from __future__ import annotations

import asyncio
import time
from collections import deque

WINDOW_SECONDS = 60.0
# The server counts arrivals, we count departures: a little air between the two keeps 429 rare.
HEADROOM = 0.99
WINDOW_MARGIN_SECONDS = 0.25
BACK_OFF = 0.5
RECOVERY = 1.25


class RateBudget:
    """Shared by every task that uses one key.

    A short night goes out at once: the budget is a sliding window, not a drip. After a 429 (P) requests are
    spaced evenly and their number falls; it recovers step by step after each quiet minute.
    """

    def __init__(self, per_minute: int) -> None:
        self._ceiling = max(1.0, per_minute * HEADROOM)
        self._allowed = self._ceiling
        self._sent: deque[float] = deque()
        self._paused_until = 0.0
        self._spaced = False
        self._changed_at = 0.0
        self._turn = asyncio.Lock()

    async def acquire(self) -> None:
        """Returns when one more request may be sent."""
        async with self._turn:
            while (wait := self._wait(time.monotonic())) > 0:
                await asyncio.sleep(wait)
            self._sent.append(time.monotonic())

    def slow_down(self, pause_seconds: float) -> None:
        """Takes a 429 into account: everybody pauses, and the pace falls once per pause."""
        now = time.monotonic()
        if now >= self._paused_until:
            self._allowed = max(1.0, self._allowed * BACK_OFF) if self._spaced else self._allowed
            self._spaced = True
            self._changed_at = now
        self._paused_until = max(self._paused_until, now + pause_seconds)

    def pause(self, seconds: float) -> None:
        """Nobody sends for a while; the pace stays (503, P: the service is warming up)."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def _wait(self, now: float) -> float:
        self._recover(now)
        while self._sent and self._sent[0] <= now - WINDOW_SECONDS - WINDOW_MARGIN_SECONDS:
            self._sent.popleft()
        waits = [self._paused_until - now]
        if len(self._sent) >= int(self._allowed):
            nth = self._sent[-int(self._allowed)]
            waits.append(nth + WINDOW_SECONDS + WINDOW_MARGIN_SECONDS - now)
        if self._spaced and self._sent:
            waits.append(self._sent[-1] + WINDOW_SECONDS / self._allowed - now)
        return max(waits)

    def _recover(self, now: float) -> None:
        quiet_since = max(self._changed_at, self._paused_until)
        if self._allowed < self._ceiling and now - quiet_since >= WINDOW_SECONDS:
            self._allowed = min(self._ceiling, self._allowed * RECOVERY)
            self._changed_at = now
