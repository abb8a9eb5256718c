"""What is due of a list, where it is read, and what counts as seen: values in, values out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zenhire_sync.plan.page_search import PageSearch, Span
from zenhire_sync.plan.verification import (
    MOST_NIGHTS,
    MOST_PLACES,
    TICK,
    HeldPart,
    Slice,
    VerifiedRange,
    due_sessions,
    slices,
    with_claims,
)

NOW = datetime(2026, 6, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)
SCOPE = ("client", None)


def part(place: int, sessions: int, age: float | None) -> HeldPart:
    """Sessions of one day, ``place`` days ago, seen ``age`` days ago."""
    newest = NOW - place * DAY
    seen = None if age is None else NOW - age * DAY
    return HeldPart(newest - DAY + TICK, newest, sessions, seen)


def verified(first: int, last: int, run: str, scope: tuple[str, str | None] = SCOPE) -> VerifiedRange:
    return VerifiedRange(scope, NOW + first * TICK, NOW + last * TICK, NOW, run, "key", is_slice=False)


def test_nothing_is_due_of_what_was_seen_tonight() -> None:
    assert due_sessions([part(0, 1_000, 0)], NOW, 30) == 0
    assert due_sessions([], NOW, 30) == 0


def test_a_list_seen_at_once_is_read_in_equal_parts_from_the_next_night_on() -> None:
    assert due_sessions([part(0, 2_900, 1)], NOW, 30) == 100
    assert due_sessions([part(0, 100, 0), part(1, 2_800, 2)], NOW, 30) == 100


def test_ages_spread_evenly_keep_their_pace() -> None:
    even = [part(place, 100, age) for place, age in enumerate(range(1, 30))]
    assert due_sessions(even, NOW, 30) == 100
    assert [one.sessions for one in slices(even, NOW, 100)] == [100]


def test_what_was_missed_is_caught_up_with_in_bounds_and_what_was_never_seen_in_equal_parts() -> None:
    assert due_sessions([part(0, 2_900, 300)], NOW, 30) == MOST_NIGHTS * 100
    assert due_sessions([part(0, 2_900, None)], NOW, 30) == 100
    assert due_sessions([part(0, 1_400, None), part(1, 1_500, 300)], NOW, 30) == 100
    assert due_sessions([part(0, 10, None), part(1, 2_890, 300)], NOW, 30) == MOST_NIGHTS * 100, (
        "a few that nothing shows are no reason to be slow"
    )


def test_an_hour_brings_a_part_of_a_night() -> None:
    assert due_sessions([part(0, 29 * 24 * 10, 1 / 24)], NOW, 30) == 10


def test_what_was_seen_longest_ago_comes_first_and_neighbours_are_one_place() -> None:
    held = [part(0, 50, 1), part(1, 50, 20), part(2, 50, 25), part(3, 50, 2), part(4, 50, 19)]
    assert slices(held, NOW, 120) == [
        Slice(held[2].oldest, held[1].newest, 100),
        Slice(held[4].oldest, held[4].newest, 20),
    ]


def test_a_part_of_the_upper_neighbour_does_not_reach_the_lower_one() -> None:
    held = [part(0, 50, 20), part(1, 50, 25)]
    assert slices(held, NOW, 70) == [
        Slice(held[0].oldest, held[0].newest, 20),
        Slice(held[1].oldest, held[1].newest, 50),
    ]


def test_a_night_goes_to_a_few_places_only() -> None:
    held = [part(place, 1, 9 if place % 2 else 1) for place in range(40)]
    assert len(slices(held, NOW, 20)) <= MOST_PLACES


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=12))
def test_stretches_of_a_scope_never_overlap_and_the_latest_run_counts(claims: list[tuple[int, int]]) -> None:
    ranges: list[VerifiedRange] = [verified(0, 60, "other", ("client", "another"))]
    latest: dict[int, str] = {}
    for number, (first, length) in enumerate(claims):
        ranges = with_claims(ranges, [verified(first, first + length, str(number))])
        latest |= dict.fromkeys(range(first, first + length + 1), str(number))
    seen: dict[int, str] = {}
    for one in ranges:
        if one.scope == SCOPE:
            span = range((one.created_from - NOW) // TICK, (one.created_to - NOW) // TICK + 1)
            assert seen.keys().isdisjoint(span)
            seen |= dict.fromkeys(span, one.run_id)
    assert seen == latest
    assert verified(0, 60, "other", ("client", "another")) in ranges


@pytest.mark.parametrize("is_numbered", [True, False])
@pytest.mark.parametrize("seed", range(40))
def test_a_stretch_is_found_and_read_whatever_the_list_holds_otherwise(
    seed: int, *, is_numbered: bool
) -> None:
    rng, rows = Random(seed), 400
    created = [NOW - number * DAY for number in range(rows)]
    gone = set(rng.sample(range(rows), rng.choice((0, 5, 60))))
    unknown = set(rng.sample(range(rows), rng.choice((0, 5, 60)))) - gone
    listed = [moment for number, moment in enumerate(created) if number not in gone]
    held = [moment for number, moment in enumerate(created) if number not in unknown]
    first = rng.randrange(len(held) - 30)
    wanted = Slice(held[first + 29], held[first], 30)

    def count(above: datetime, up_to: datetime | None) -> int:
        return sum(above < moment and (up_to is None or moment <= up_to) for moment in held)

    size = rng.choice((7, 20))
    search = PageSearch(wanted, count, rng.choice((size, 5)), is_numbered=is_numbered)
    came: set[datetime] = set()
    pages = 0
    while not search.is_done:
        pages += 1
        assert pages < 30
        start = search.place // search.page_rows * search.page_rows if is_numbered else search.place
        index = search.place // search.page_rows
        page = listed[index * size :][:size] if is_numbered else listed[start:][:size]
        came.update(page)
        search.take(start, len(page), Span(page[-1], page[0]) if page else None)
    assert search.reached == wanted.oldest
    assert came >= {moment for moment in listed if wanted.oldest <= moment <= wanted.newest}
