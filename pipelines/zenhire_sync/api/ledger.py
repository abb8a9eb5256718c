"""What a run asked of the API, and why: the bill that the summary and sync_runs show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class RequestLedger:
    """Counts of one run. ``by_reason`` counts each request once; ``retries`` its repetitions."""

    by_reason: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    rate_limited: int = 0

    @property
    def total(self) -> int:
        """Requests sent, retries included."""
        return sum(self.by_reason.values()) + self.retries

    def with_those_of(self, other: RequestLedger) -> RequestLedger:
        """The bill of two runs together."""
        return RequestLedger(
            self.by_reason + other.by_reason,
            self.retries + other.retries,
            self.rate_limited + other.rate_limited,
        )
