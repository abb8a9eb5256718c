"""The pace of all keys together, as progress shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from zenhire_sync.api.rate import RateBudget
from zenhire_sync.progress import Progress

_BEAT_SECONDS = 1.0


class _Paces:
    """Several keys share the requests that are left, about evenly."""

    def __init__(self, budgets: Sequence[RateBudget]) -> None:
        self._budgets = budgets

    def waiting_seconds(self) -> float:
        return max(budget.waiting_seconds() for budget in self._budgets)

    def seconds_for(self, requests: int) -> float:
        share = -(-requests // len(self._budgets))
        return max(budget.seconds_for(share) for budget in self._budgets)


@contextmanager
def told_pace(progress: Progress, budgets: Sequence[RateBudget]) -> Iterator[None]:
    """While the block runs, progress knows when requests wait for a key's rate."""
    progress.follow(_Paces(budgets))
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
