"""Who may pass, and how often: keys and the rate limit per key (P)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping

DEFAULT_RATE_LIMIT_PER_MINUTE = 500  # P


class RateLimiter:
    """A sliding window per key. Refused requests do not count."""

    def __init__(self, limit: int, window_sec: float = 60.0) -> None:
        self.limit = limit
        self.window_sec = window_sec
        self._admitted: defaultdict[str, deque[float]] = defaultdict(deque)

    def wait_sec(self, key_name: str, at_sec: float) -> float:
        """0 when the request is admitted, else seconds until one would be. ``at_sec`` never goes back."""
        admitted = self._admitted[key_name]
        while admitted and admitted[0] <= at_sec - self.window_sec:
            admitted.popleft()
        if len(admitted) < self.limit:
            admitted.append(at_sec)
            return 0.0
        # the limit may have been lowered meanwhile: wait for as many to leave as are too many
        return admitted[len(admitted) - self.limit] + self.window_sec - at_sec


class KeyRing:
    """Raw keys and the project each one sees (None: all, ``NO_PROJECT``: those without one)."""

    def __init__(self, keys: Mapping[str, str | None]) -> None:
        self._projects = dict(keys)

    def knows(self, raw_key: str) -> bool:
        """Whether the key is valid."""
        return raw_key in self._projects

    def project(self, raw_key: str) -> str | None:
        """The project a valid key sees."""
        return self._projects[raw_key]
