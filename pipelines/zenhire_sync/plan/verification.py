"""Which part of the list a night reads again, so that each session is seen within so many days. Pure.

What was seen when is kept as stretches of creation times, and what is due follows from them alone: a night
that was missed, or cut short, is caught up with, and runs an hour apart read as much in a day as one run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil, inf

from zenhire_sync.plan.detail_plan import Scope

TICK = timedelta(microseconds=1)
# Nights are not quite a day apart: the last part of a round is read a night before it must be.
SPARE_DAYS, FEWEST_DAYS = 1.0, 0.5
# After an outage a night reads as much as so many nights, and the next ones the rest.
MOST_NIGHTS = 3
# Places in the list that one night goes to: each costs up to two pages more than it holds.
MOST_PLACES = 4


@dataclass(frozen=True, slots=True)
class VerifiedRange:
    """Sessions of one scope, created from ``created_from`` to ``created_to``, all of them seen then."""

    scope: Scope
    created_from: datetime
    created_to: datetime
    verified_at: datetime
    run_id: str
    key_name: str
    is_slice: bool


@dataclass(frozen=True, slots=True)
class HeldPart:
    """Living sessions of one scope that were last seen together; ``verified_at`` is None where that is not
    known. ``oldest`` and ``newest`` are creation times.
    """

    oldest: datetime
    newest: datetime
    sessions: int
    verified_at: datetime | None


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of the list to be read again: about so many ``sessions`` of it are wanted, newest first."""

    oldest: datetime
    newest: datetime
    sessions: int


def due_sessions(parts: Iterable[HeldPart], now: datetime, days: int) -> int:
    """How many sessions must be read tonight, so that none is older than ``days`` at an even pace.

    Of all sessions, those last seen ``a`` days ago or earlier may be as many as can be read in the days that
    are left; what is above that is due. Where ages are spread evenly, that is one night's part.
    """
    round_days = max(days - SPARE_DAYS, FEWEST_DAYS)
    held = sorted(parts, key=lambda part: -_age_days(part, now))
    total, older, due = sum(part.sessions for part in held), 0, 0.0
    for part in held:
        older += part.sessions
        due = max(due, older - total * max(1 - _age_days(part, now) / round_days, 0.0))
    most = MOST_NIGHTS * total / round_days
    if sum(part.sessions for part in held if part.verified_at is None) > most:
        # After an upgrade: all of it comes within the days, without a first night of hours.
        most = total / round_days
    # A tenth of a thousandth of a session is a rounding error of the division.
    return ceil(min(due, most) - 1e-4)


def slices(parts: Sequence[HeldPart], now: datetime, wanted: int) -> list[Slice]:
    """Where to read for so many sessions: what was seen longest ago first, neighbours as one."""
    by_place = sorted(parts, key=lambda part: (part.newest, part.oldest), reverse=True)
    chosen: dict[int, Slice] = {}
    for place in sorted(range(len(by_place)), key=lambda place: (-_age_days(by_place[place], now), place)):
        part, left = by_place[place], wanted - sum(one.sessions for one in chosen.values())
        if left > 0 and (len(chosen) < MOST_PLACES or {place - 1, place + 1} & chosen.keys()):
            chosen[place] = Slice(part.oldest, part.newest, min(left, part.sessions))
    return _joined(chosen, by_place)


def _joined(chosen: Mapping[int, Slice], by_place: Sequence[HeldPart]) -> list[Slice]:
    """Neighbours in the list, the upper of them wanted whole, are read without a pause."""
    joined: list[Slice] = []
    next_place = -1
    for place, one in sorted(chosen.items(), key=lambda item: item[0]):
        if place == next_place:
            upper = joined.pop()
            oldest, newest = min(upper.oldest, one.oldest), max(upper.newest, one.newest)
            joined.append(Slice(oldest, newest, upper.sessions + one.sessions))
        else:
            joined.append(one)
        next_place = place + 1 if one.sessions == by_place[place].sessions else -1
    return joined


def with_claims(ranges: Iterable[VerifiedRange], claims: Iterable[VerifiedRange]) -> list[VerifiedRange]:
    """The ranges once the claims, which are later, have taken their place: no two of a scope overlap."""
    kept = list(ranges)
    for claim in claims:
        kept = [part for known in kept for part in _without(known, claim)] + [claim]
    return sorted(kept, key=lambda one: (one.scope[0] or "", one.scope[1] or "", one.created_from))


def _without(known: VerifiedRange, claim: VerifiedRange) -> list[VerifiedRange]:
    if known.scope != claim.scope or not (
        claim.created_from <= known.created_to and known.created_from <= claim.created_to
    ):
        return [known]
    below = replace(known, created_to=min(known.created_to, claim.created_from - TICK))
    above = replace(known, created_from=max(known.created_from, claim.created_to + TICK))
    return [part for part in (below, above) if part.created_from <= part.created_to]


def _age_days(part: HeldPart, now: datetime) -> float:
    return inf if part.verified_at is None else max((now - part.verified_at) / timedelta(days=1), 0.0)
