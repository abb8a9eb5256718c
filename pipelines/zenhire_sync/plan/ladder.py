"""The cheapest survey ladder that a company's own surveys would have been found with as soon. Pure.

Surveys come late, and nobody tells how late. How late they came so far is estimated by Kaplan and Meier
(Nonparametric Estimation from Incomplete Observations, JASA 53, 1958): a session without a survey counts as
long as it was looked at, for it may still get one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

HOURS = 24
# Of the surveys that are found today, this share must be found as soon as today.
SHARE = 0.99
# With fewer surveys, a rung that found none may still find one in a hundred (rule of three, 95%).
FEWEST_SURVEYS = 300
# Subsets of so many rungs can be tried one by one; more are not dropped.
_MOST_DROPPED = 12


@dataclass(frozen=True, slots=True)
class Delays:
    """Completed sessions by whole hours after completion, rounded up: with a survey when it was submitted,
    without one when they were last looked at.
    """

    submitted: Mapping[int, int]
    unanswered: Mapping[int, int]

    @property
    def surveys(self) -> int:
        """Surveys in all."""
        return sum(self.submitted.values())


@dataclass(frozen=True, slots=True)
class LadderCost:
    """What a ladder costs and finds. ``requests`` are those after the first look, for each completed session.

    ``as_soon`` is the share of the surveys which today's ladder finds that this one finds at the same look,
    ``ever`` the share of them that it finds at all.
    """

    rungs: tuple[int, ...]
    requests: float
    as_soon: float
    ever: float


def survival(delays: Delays, hours: int) -> list[float]:
    """Share of completed sessions without a survey after 0, 1, ... ``hours`` hours (Kaplan and Meier)."""
    at_risk = delays.surveys + sum(delays.unanswered.values())
    at_risk -= sum(count for hour, count in delays.unanswered.items() if hour < 0)
    shares, share = [], 1.0
    for hour in range(hours + 1):
        came = delays.submitted.get(hour, 0)
        if at_risk:
            share *= 1 - came / at_risk
        at_risk -= came + delays.unanswered.get(hour, 0)
        shares.append(share)
    return shares


def suggested_ladder(delays: Delays, ladder: Sequence[int]) -> tuple[LadderCost, LadderCost]:
    """Today's ladder, and the cheapest part of it that finds ``SHARE`` of today's surveys as soon.

    A run a night: each look comes within a day after its rung, at any hour of it with the same chance.
    """
    rungs = tuple(sorted({0, *ladder}))
    without = survival(delays, (rungs[-1] + 1) * HOURS)
    today = _cost(rungs, rungs, without)
    found = {rung: _found(rungs, place, without) for place, rung in enumerate(rungs)}
    total = sum(found.values())
    if not total:
        return today, today
    best = today
    droppable = sorted(rungs[1:], key=lambda rung: found[rung])[:_MOST_DROPPED]
    for size in range(1, len(droppable) + 1):
        for dropped in combinations(droppable, size):
            if sum(found[rung] for rung in dropped) > (1 - SHARE) * total:
                continue
            kept = tuple(rung for rung in rungs if rung not in dropped)
            cost = _cost(kept, rungs, without)
            if cost.requests < best.requests:
                best = cost
    return today, best


def _cost(kept: tuple[int, ...], rungs: tuple[int, ...], without: Sequence[float]) -> LadderCost:
    found = {rung: _found(rungs, place, without) for place, rung in enumerate(rungs)}
    total = sum(found.values()) or 1.0
    asked = sum(_without_at(kept[place - 1], without) for place in range(1, len(kept)))
    ever = sum(_found(kept, place, without) for place in range(len(kept)))
    return LadderCost(kept, asked, sum(found[rung] for rung in kept) / total, ever / total)


def _found(rungs: Sequence[int], place: int, without: Sequence[float]) -> float:
    """Share of completed sessions whose survey the look of this rung finds."""
    before = 1.0 if place == 0 else _without_at(rungs[place - 1], without)
    return before - _without_at(rungs[place], without)


def _without_at(rung: int, without: Sequence[float]) -> float:
    """Share of completed sessions that have no survey when the look of this rung comes."""
    return sum(without[rung * HOURS + hour] for hour in range(1, HOURS + 1)) / HOURS
