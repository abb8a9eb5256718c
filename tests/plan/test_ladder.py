"""Which rungs of the survey ladder can be spared, for companies whose surveys come as we know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from zenhire_sync.plan.ladder import HOURS, SHARE, Delays, suggested_ladder, survival

LADDER = (0, 1, 2, 3, 5, 8, 13, 21, 30)


def test_survival_is_that_of_the_published_example() -> None:
    # Freireich et al., Blood 21 (1963), as in Cox and Oakes, Analysis of Survival Data (1984), table 1.1:
    # weeks in remission of 21 patients on 6-MP, of whom 12 were still in remission when last seen.
    ended = Counter([6, 6, 6, 7, 10, 13, 16, 22, 23])
    still = Counter([6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35])
    shares = survival(Delays(ended, still), 35)
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448, 35: 0.448}
    assert {week: round(shares[week], 3) for week in published} == published


def company(delay_days: Callable[[Random], float | None], seed: int, sessions: int = 20_000) -> Delays:
    """Sessions as nights saw them: the last of them are young, and were looked at for their age."""
    draw, submitted, unanswered = Random(seed), Counter[int](), Counter[int]()
    for _ in range(sessions):
        watched = draw.uniform(0, 120)
        longest = min(watched, LADDER[-1] + draw.random())
        delay = delay_days(draw)
        if delay is not None and delay <= longest:
            submitted[-int(-delay * HOURS // 1)] += 1
        else:
            unanswered[int(longest * HOURS)] += 1
    return Delays(submitted, unanswered)


def found_as_soon(rungs: tuple[int, ...], delay_days: Callable[[Random], float | None], seed: int) -> float:
    """Of surveys that the whole ladder finds, the share that these rungs find at the same look."""
    draw, both, soon = Random(seed), 0, 0
    for _ in range(40_000):
        delay, late = delay_days(draw), draw.random()
        look = None if delay is None else next((r for r in LADDER if delay <= r + late), None)
        if look is not None:
            both += 1
            soon += look in rungs
    return soon / both


def at_once(draw: Random) -> float | None:
    """Nearly all within minutes; one in five answers."""
    return draw.expovariate(24 * 6) if draw.random() < 0.2 else None


def in_days(draw: Random) -> float | None:
    """Half of them within two days and a bit, hardly any after two weeks."""
    return draw.expovariate(0.3) if draw.random() < 0.4 else None


def after_a_reminder(draw: Random) -> float | None:
    """At once, or on the day after a mail a week later."""
    if draw.random() > 0.5:
        return None
    return draw.uniform(0, 0.02) if draw.random() < 0.6 else draw.uniform(7, 7.9)


@pytest.mark.parametrize("delay_days", [at_once, in_days, after_a_reminder])
@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_suggested_finds_surveys_as_soon_and_costs_less(
    delay_days: Callable[[Random], float | None], seed: int
) -> None:
    today, best = suggested_ladder(company(delay_days, seed), LADDER)
    assert today.rungs == LADDER
    assert best.requests < today.requests
    assert best.as_soon >= SHARE
    # The company's own truth, with room for the chance that it is estimated with.
    assert found_as_soon(best.rungs, delay_days, seed + 100) >= SHARE - 0.005


def test_the_requests_are_those_that_nights_would_make() -> None:
    """Each rung asks those that have no survey when the look before it came."""
    today, best = suggested_ladder(company(in_days, 3), LADDER)
    for cost in (today, best):
        draw, asked = Random(4), 0
        for _ in range(20_000):
            delay, late = in_days(draw), draw.random()
            looks = [rung + late for rung in cost.rungs]
            asked += sum(delay is None or delay > before for before in looks[:-1])
        assert cost.requests == pytest.approx(asked / 20_000, rel=0.02)


def test_surveys_that_come_at_once_need_one_look() -> None:
    assert suggested_ladder(company(at_once, 5), LADDER)[1].rungs[0] == 0
    assert len(suggested_ladder(company(at_once, 5), LADDER)[1].rungs) <= 2


def test_a_company_without_surveys_keeps_its_ladder() -> None:
    today, best = suggested_ladder(Delays({}, {700: 50}), LADDER)
    assert best is today
    assert today.requests == pytest.approx(8)
