"""The sample by itself: who is drawn, and with what chance."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from zenhire_sync.plan.audit_sample import FEWEST, AuditSample, chosen, draw, shares
from zenhire_sync.plan.detail_plan import PlannedDetail

SIZES = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 5_000), max_size=4)


@given(SIZES, st.integers(0, 300))
def test_shares_spend_the_requests_and_never_more_than_there_is(sizes: dict[str, int], requests: int) -> None:
    found = shares(sizes, requests)
    assert sum(found.values()) == min(requests, sum(sizes.values()))
    assert all(0 <= count <= sizes[stratum] for stratum, count in found.items())
    assert set(found) == {stratum for stratum, size in sizes.items() if size}
    if requests >= FEWEST * 4:
        assert all(count >= min(FEWEST, sizes[stratum]) for stratum, count in found.items())


def test_shares_are_as_the_strata_are_large() -> None:
    assert shares({"large": 9_000, "small": 1_000, "tiny": 3}, 50) == {"large": 42, "small": 6, "tiny": 2}


def details_at(places: tuple[int, ...]) -> dict[int, PlannedDetail]:
    return {place: PlannedDetail(f"s{place}", "audit") for place in places}


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 60), st.integers())
def test_the_plan_is_never_asked_twice_and_no_wanted_session_is_missing(
    held: int, planned: int, requests: int, seed: int
) -> None:
    in_plan = {f"s{place}" for place in range(1, min(held, planned) + 1)}
    for part in draw({"a": held}, {"a": len(in_plan)}, requests, str(seed)).values():
        found = chosen(part, details_at(part.places), in_plan)
        ids = [detail.session_id for detail in found]
        assert len(ids) == len(set(ids)) == part.wanted == min(requests, held - len(in_plan))
        assert not in_plan.intersection(ids)
        assert part.sessions == held - len(in_plan)


def test_a_seed_draws_the_same_sample_again_and_another_one_another() -> None:
    sizes = {"a": 500, "b": 60}
    assert draw(sizes, {}, 20, "run-1") == draw(sizes, {}, 20, "run-1") != draw(sizes, {}, 20, "run-2")


def test_each_session_that_the_plan_leaves_is_drawn_as_often_as_the_others() -> None:
    in_plan, seeds = {"s1", "s7"}, 6_000
    drawn = Counter[str]()
    for seed in range(seeds):
        part = draw({"a": 12}, {"a": 2}, 3, f"run-{seed}")["a"]
        drawn.update(detail.session_id for detail in chosen(part, details_at(part.places), in_plan))
    assert set(drawn) == {f"s{place}" for place in range(1, 13)} - in_plan
    # Chi-square with 9 degrees of freedom: 27.9 is its 99.9% point (NIST handbook, 1.3.6.7.4).
    expected = seeds * 3 / 10
    assert sum((count - expected) ** 2 / expected for count in drawn.values()) < 27.9


def test_a_sample_lists_what_it_asks_for() -> None:
    detail = PlannedDetail("s1", "audit")
    assert AuditSample({"a": 5, "b": 2}, {"a": [detail], "b": []}).details == [detail]
