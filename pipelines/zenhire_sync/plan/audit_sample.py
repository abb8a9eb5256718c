"""Which sessions a run asks for beyond its plan, to measure how many differ from what is held. Pure.

Strata sizes, what the plan asks for, a seed and a number of requests in; places in the strata out.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from zenhire_sync.plan.detail_plan import PlannedDetail

# Each stratum has so many where the requests suffice, so that no kind of session is left unmeasured.
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Draw:
    """What is drawn of one stratum: of ``sessions`` that the plan leaves, so many are ``wanted``.

    ``places`` (from 1, in the order of the ids) are as many as are needed whichever of them the plan asks
    for: those that it does are passed over.
    """

    sessions: int
    wanted: int
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AuditSample:
    """The sessions that were drawn, by stratum, and how many of each stratum they stand for."""

    sessions: Mapping[str, int] = field(default_factory=dict)
    drawn: Mapping[str, Sequence[PlannedDetail]] = field(default_factory=dict)

    @property
    def details(self) -> list[PlannedDetail]:
        """The calls of all strata."""
        return [planned for part in self.drawn.values() for planned in part]


NO_SAMPLE = AuditSample()


def shares(sizes: Mapping[str, int], requests: int) -> dict[str, int]:
    """How many sessions of each stratum: ``FEWEST``, and the rest as the sizes are, by largest remainders.

    Near to proportional is what makes the bound of the whole narrow: its weights are then alike.
    """
    sizes = {stratum: size for stratum, size in sizes.items() if size}
    if sum(sizes.values()) <= requests:
        return sizes
    fewest = min(FEWEST, requests // len(sizes))
    wanted = {stratum: min(fewest, size) for stratum, size in sizes.items()}
    left = requests - sum(wanted.values())
    rest = {stratum: size - wanted[stratum] for stratum, size in sizes.items()}
    others = sum(rest.values())
    parts = {stratum: divmod(left * size, others) for stratum, size in rest.items()}
    for stratum, (whole, _) in parts.items():
        wanted[stratum] += whole
    left -= sum(whole for whole, _ in parts.values())
    for stratum in sorted(parts, key=lambda stratum: (-parts[stratum][1], stratum))[:left]:
        wanted[stratum] += 1
    return {stratum: count for stratum, count in wanted.items() if count or sizes[stratum]}


def draw(held: Mapping[str, int], planned: Mapping[str, int], requests: int, seed: str) -> dict[str, Draw]:
    """Without replacement, each session of a stratum that the plan leaves with the same chance.

    ``held`` are the sizes of the strata, ``planned`` how many of each the plan asks for anyway.
    """
    left = {stratum: size - planned.get(stratum, 0) for stratum, size in held.items()}
    chance = Random(seed)  # noqa: S311 - a sample that can be drawn again, no secret
    drawn = {}
    for stratum, wanted in sorted(shares(left, requests).items()):
        places = range(1, held[stratum] + 1)
        most = min(held[stratum], wanted + planned.get(stratum, 0))
        drawn[stratum] = Draw(left[stratum], wanted, tuple(chance.sample(places, most)))
    return drawn


def chosen(drawn: Draw, found: Mapping[int, PlannedDetail], planned: Container[str]) -> list[PlannedDetail]:
    """The first of the places that the plan does not ask for, as many as are wanted."""
    free = [found[place] for place in drawn.places if found[place].session_id not in planned]
    return free[: drawn.wanted]
