"""The pace of all keys together, as progress shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf

from zenhire_sync.api.rate import RateBudget
from zenhire_sync.progress import Progress

_BEAT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class DetailTime:
    """How long details may take. After ``until`` (of ``time.monotonic``) none is asked for any more.

    A plan that the keys' rate makes take longer than ``longest_seconds`` is left for later, as a whole.
    """

    until: float = inf
    longest_seconds: float = inf


NO_LIMIT = DetailTime()


class Paces:
    """Several keys share the requests that are left, about evenly."""

    def __init__(self, budgets: Sequence[RateBudget]) -> None:
        self._budgets = budgets

    def waiting_seconds(self) -> float:
        """Until the next request may be sent."""
        return max(budget.waiting_seconds() for budget in self._budgets)

    def seconds_for(self, requests: int) -> float:
        """How long the rates make that many requests last."""
        share = -(-requests // len(self._budgets))
        return max(budget.seconds_for(share) for budget in self._budgets)


@contextmanager
def told_pace(progress: Progress, budgets: Sequence[RateBudget]) -> Iterator[None]:
    """While the block runs, progress knows when requests wait for a key's rate."""
    progress.follow(Paces(budgets))
    beating = asyncio.create_task(_beat(progress))
    try:
        yield
    finally:
        beating.cancel()
        progress.follow(None)


async def _beat(progress: Progress) -> None:
    while True:
        await asyncio.sleep(_BEAT_SECONDS)
        progress.beat()
