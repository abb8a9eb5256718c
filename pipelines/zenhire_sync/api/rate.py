"""One key's request budget: never more in any minute than the key allows, and less when told."""

from __future__ import annotations

import asyncio
import time
from collections import deque

WINDOW_SECONDS = 60.0
# The server counts arrivals, we count departures: a little air between the two keeps 429 rare.
HEADROOM = 0.99
WINDOW_MARGIN_SECONDS = 0.25
# A 429 shows what the key allows: what was admitted in the minute before it. Never less than this share of
# what was thought, since the key's other users may have taken the rest.
BACK_OFF = 0.5
# After so long without a 429 more is tried, step by step up to what the key is said to allow. A try that
# fails doubles the wait before the next one.
PATIENCE_SECONDS = 30.0
LONGEST_PATIENCE_SECONDS = 240.0
STEP_SECONDS = 5.0
# One 429 may be another user's of the key.
FEWEST_TIMES = 2
RECOVERY = 1.3


class RateBudget:
    """Shared by every task that uses one key.

    A short night goes out at once: the budget is a sliding window, not a drip. After a 429 (P) requests are
    spaced evenly, as many as the API admitted; a limit that was lowered is found at once, and one that was
    raised again as soon as more is tried.
    """

    def __init__(self, per_minute: int) -> None:
        self._ceiling = max(1.0, per_minute * HEADROOM)
        self._allowed = self._ceiling
        self._sent: deque[float] = deque()
        self._refused: deque[float] = deque()
        self._paused_until = 0.0
        self._waits_until = 0.0
        self._spaced = False
        self._least = 1.0
        self._next_slot = 0.0
        self._patience = PATIENCE_SECONDS
        self._tries_more_at = 0.0
        self._is_trying = False
        self._turn = asyncio.Lock()
        self._slowed_down = 0
        self._found = self._ceiling

    @property
    def found_per_minute(self) -> int | None:
        """The pace that 429s forced; None while there were few, or since more was admitted again."""
        is_slower = self._slowed_down >= FEWEST_TIMES and self._allowed < self._ceiling
        return max(1, int(self._found)) if is_slower else None

    async def acquire(self) -> None:
        """Returns when one more request may be sent."""
        async with self._turn:
            while (wait := self._wait(time.monotonic())) > 0:
                self._waits_until = time.monotonic() + wait
                await asyncio.sleep(wait)
            now = time.monotonic()
            self._sent.append(now)
            # A slot that was taken a little late does not move those after it.
            gap = WINDOW_SECONDS / self._allowed
            self._next_slot = gap + (self._next_slot if now - self._next_slot < gap else now)

    def waiting_seconds(self) -> float:
        """How long the next request still has to wait; 0 when none waits."""
        return max(0.0, self._waits_until - time.monotonic())

    def seconds_for(self, requests: int) -> float:
        """How long the budget makes that many more requests last, however fast they are answered."""
        now, allowed = time.monotonic(), int(self._allowed)
        pause = max(0.0, self._paused_until - now)
        if self._spaced:
            return pause + requests * WINDOW_SECONDS / self._allowed
        sent = [at for at in self._sent if at > now - WINDOW_SECONDS]
        beyond = requests - max(0, allowed - len(sent))
        if beyond <= 0:
            return pause
        minutes, place = divmod(beyond - 1, allowed)
        first = sent[place] if place < len(sent) else now
        return max(pause, first + WINDOW_SECONDS * (minutes + 1) - now)

    def slow_down(self, pause_seconds: float) -> None:
        """Takes a 429 into account: everybody pauses, and the pace becomes what was admitted lately."""
        now = time.monotonic()
        self._refused.append(now)
        self._forget(now)
        if now >= self._paused_until:
            # The first of those that were under way together.
            self._slowed_down += 1
            self._least = max(1.0, self._allowed * BACK_OFF)
            if self._is_trying:
                self._patience = min(LONGEST_PATIENCE_SECONDS, 2 * self._patience)
        admitted = HEADROOM * (len(self._sent) - len(self._refused))
        self._allowed = min(self._allowed, max(self._least, admitted))
        self._spaced, self._is_trying = True, False
        self._found = max(1.0, admitted)
        self._paused_until = max(self._paused_until, now + pause_seconds)
        self._tries_more_at = self._paused_until + self._patience

    def pause(self, seconds: float) -> None:
        """No request is sent for a while; the pace stays (503, P: the service is warming up)."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def _wait(self, now: float) -> float:
        self._recover(now)
        self._forget(now)
        waits = [self._paused_until - now]
        if len(self._sent) >= int(self._allowed):
            nth = self._sent[-int(self._allowed)]
            waits.append(nth + WINDOW_SECONDS + WINDOW_MARGIN_SECONDS - now)
        if self._spaced:
            waits.append(self._next_slot - now)
        return max(waits)

    def _recover(self, now: float) -> None:
        if self._allowed < self._ceiling and now >= max(self._tries_more_at, self._paused_until):
            self._allowed = min(self._ceiling, self._allowed * RECOVERY)
            # The last step has succeeded only when a whole minute at that pace was admitted.
            is_last = self._allowed == self._ceiling
            self._tries_more_at = now + (WINDOW_SECONDS if is_last else STEP_SECONDS)
            self._is_trying = True
        elif self._allowed == self._ceiling and now >= self._tries_more_at:
            self._patience = PATIENCE_SECONDS
            self._is_trying = self._spaced = False

    def _forget(self, now: float) -> None:
        for times in (self._sent, self._refused):
            while times and times[0] <= now - WINDOW_SECONDS - WINDOW_MARGIN_SECONDS:
                times.popleft()
