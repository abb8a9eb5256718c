"""Ends and ways of paging seen in public trackers: all rows come, or an error says that they do not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.lives.readings import Read, read_list
from tests.sync.world import UNLIMITED, World, world
from zenhire_sync.errors import PagingError, ZenhireError
from zenhire_sync.settings import Settings
from zenhire_sync.simulator import (
    DEFAULT,
    DIALECTS,
    Arrivals,
    Behaviour,
    Company,
    CompanySpec,
    SimulatorServer,
)

START = datetime(2026, 1, 5, tzinfo=UTC)
NOW = START + timedelta(days=60)
PLAIN = replace(DEFAULT, info_at="", next_key=None)
OFFSET = replace(PLAIN, paging="offset", page_param="offset")
PAGE = replace(PLAIN, paging="page", page_param="page")
TOKEN = replace(DEFAULT, info_at="")


def company(sessions: int) -> Company:
    """So many sessions, all long ended, none deleted."""
    return Company(
        CompanySpec(sessions=sessions, days=20, start=START, sessions_deleted_share=0, personas_deleted=0)
    )


def stored(here: World) -> tuple[int, int]:
    """Sessions in the warehouse, and how many of them are marked deleted."""
    return here.query("select count(*), count(deleted_at) from sessions")[0]  # type: ignore[return-value]


def listed(here: Behaviour, sessions: int, **settings: Any) -> tuple[int | None, str]:
    """Sessions that one reading of the list brings; None and the message when it ends with an error."""
    many = company(sessions)
    with SimulatorServer(many, now=NOW, behaviour=here, rate_limit_per_minute=UNLIMITED) as sim:
        values = {"rate_limit_per_minute": UNLIMITED, "retry_base_seconds": 0.001, **settings}
        read = read_list(Settings(base_url=sim.base_url, data_dir=Path("unused"), **values))
    return (None, read.error) if read.error else (len(read.seen), "")


def all_or_an_error(behaviour: Behaviour, sessions: int, **settings: Any) -> None:
    count, message = listed(behaviour, sessions, **settings)
    assert count == sessions or (count is None and message)


ENDS = {
    "no content beyond the last page": replace(OFFSET, beyond="no_content"),
    "null beyond the last page": replace(OFFSET, beyond="null"),
    "no field beyond the last page": replace(OFFSET, beyond="absent"),
    "404 beyond the last page": replace(PAGE, beyond="404"),
    "416 beyond the last page": replace(OFFSET, beyond="416"),
    "400 beyond the last page": replace(PAGE, beyond="400"),
    "the next cursor is 0": replace(TOKEN, cursor_holds="offset", next_form="number", next_at_end="zero"),
    "the next cursor is the one asked with": replace(TOKEN, next_at_end="asked"),
    "the next cursor is false": replace(TOKEN, next_at_end="false"),
    "the last token leads to an empty page": replace(TOKEN, next_at_end="leads_to_empty"),
    "the last token leads to no content": replace(TOKEN, next_at_end="leads_to_empty", beyond="no_content"),
    "the last token leads to null": replace(TOKEN, next_at_end="leads_to_empty", beyond="null"),
    "next cursor null beside the cursor asked with": replace(TOKEN, echoes=frozenset({"asked_cursor"})),
}


@pytest.mark.parametrize("name", ENDS)
def test_every_spelling_of_the_end_is_the_end(name: str) -> None:
    assert listed(ENDS[name], 120) == (120, "")


@pytest.mark.parametrize("name", ["null beyond the last page"])
def test_a_list_that_ends_in_its_own_way_ends_every_night(name: str, tmp_path: Path) -> None:
    with world(tmp_path, company(120), NOW, ENDS[name]) as here:
        for days in range(2):
            assert here.night(NOW + timedelta(days=days)).outcome == "done"
        assert here.reconcile().outcome == "done"
        assert stored(here) == (120, 0)


@pytest.mark.parametrize("beyond", ["null", "absent", "no_content", "400", "404"])
@pytest.mark.parametrize("base", [OFFSET, PAGE, TOKEN], ids=["offset", "page", "token"])
def test_an_account_without_sessions_is_read_whatever_it_says(base: Behaviour, beyond: Any) -> None:
    assert listed(replace(base, beyond=beyond), 0) == (0, "")


NEXT_NOT_READ = {
    "next is true": replace(PAGE, next_key="next", next_form="flag", echoes_position=True),
    "next is true, and offsets": replace(OFFSET, next_key="next", next_form="flag"),
    "an object as cursor": replace(TOKEN, cursor_holds="offset", next_form="object"),
    "a list as cursor": replace(TOKEN, cursor_holds="offset", next_form="list"),
    "a cursor with a fraction": replace(TOKEN, cursor_holds="offset", next_form="fraction"),
    "an object under next": replace(
        TOKEN, cursor_holds="offset", next_form="object", next_key="next", page_param="next"
    ),
    "links as a list": replace(PAGE, links_key="links"),
    "links as a list, and tokens": replace(PLAIN, links_key="links", page_param="cursor"),
    "cursor null beside page numbers": replace(PAGE, echoes=frozenset({"null_cursor"}), echoes_position=True),
    "capped, and the total says so": replace(PLAIN, paging="everything", capped_at=61, total_key="total"),
}


@pytest.mark.parametrize("size", [None, 61])
@pytest.mark.parametrize("name", NEXT_NOT_READ)
def test_a_next_that_cannot_be_read_is_never_the_end(name: str, size: int | None) -> None:
    behaviour = NEXT_NOT_READ[name]
    if size is not None:
        behaviour = replace(behaviour, size_param=None, default_page_size=size)
    all_or_an_error(behaviour, 250)


@pytest.mark.parametrize(
    "key", ["last_evaluated_key", "iterator", "bookmark", "marker", "scroll_id", "resume_here"]
)
def test_a_token_under_a_name_of_its_own_is_never_a_whole_list(key: str) -> None:
    behaviour = replace(TOKEN, next_key=key, page_param=key, size_param=None, default_page_size=61)
    all_or_an_error(behaviour, 250)


TOTALS = ("page", "zero", "capped", "low", "shrinks", "zero_at_end")


@pytest.mark.parametrize("form", TOTALS)
@pytest.mark.parametrize("base", [OFFSET, PAGE], ids=["offset", "page"])
def test_a_total_that_does_not_count_the_list_ends_no_reading(base: Behaviour, form: Any) -> None:
    said = replace(base, total_key="total", total_form=form, total_amount=100 if form == "capped" else 5)
    all_or_an_error(said, 250)


@pytest.mark.parametrize("form", ["page", "low", "zero"])
def test_paging_set_by_hand_wins_over_the_total(form: Any) -> None:
    said = replace(OFFSET, total_key="total", total_form=form, total_amount=5)
    all_or_an_error(said, 205, paging="offset", paging_param="offset", page_size_param="limit")


@pytest.mark.parametrize("amount", [3])
def test_a_total_that_lags_behind_never_marks_living_sessions_deleted(amount: int, tmp_path: Path) -> None:
    said = replace(OFFSET, total_key="total")
    with world(tmp_path, company(250), NOW, said) as here:
        here.night(with_details=False)
        here.sim.behaviour = replace(said, total_form="low", total_amount=amount)
        with suppress(ZenhireError):
            here.reconcile()
        assert stored(here) == (250, 0)


def test_a_list_that_does_not_page_is_looked_at_again_when_it_outgrows_a_page(tmp_path: Path) -> None:
    said = replace(PAGE, size_param=None, default_page_size=12, rows_key="sessions")
    few = company(0)
    for number in range(5):
        few.add_session(NOW - timedelta(days=3, minutes=number))
    with world(tmp_path, few, NOW - timedelta(days=2), said) as here:
        here.night()
        for number in range(25):
            few.add_session(NOW - timedelta(hours=20, minutes=number))
        for days in range(2):
            here.night(NOW + timedelta(days=days))
            assert stored(here) == (30, 0)


@pytest.mark.slow
def test_a_page_that_loses_known_sessions_which_are_still_there_is_not_the_whole_list(tmp_path: Path) -> None:
    said = replace(PAGE, page_param="seite", size_param=None, default_page_size=12, rows_key="sessions")
    few = company(0)
    known = [few.add_session(NOW - timedelta(days=3, minutes=number)) for number in range(5)]
    with world(tmp_path, few, NOW - timedelta(days=2), said) as here:
        here.night()
        for number in range(25):
            few.add_session(NOW - timedelta(hours=20, minutes=number))
        with pytest.raises(PagingError, match="which it did before and which is still there"):
            here.night(NOW)
        # Where they are gone, the list may well be whole.
        for session_id in known:
            few.delete_session(session_id, NOW)
        here.sim.behaviour = replace(said, default_page_size=30)
        here.night(NOW + timedelta(hours=1))
        here.reconcile()
        assert stored(here) == (30, 5)


@pytest.mark.parametrize("size", [20, 50])
def test_one_full_page_and_not_a_word_of_paging_is_read_every_night(size: int, tmp_path: Path) -> None:
    said = replace(PLAIN, paging="everything", size_param=None, rows_key="sessions")
    with world(tmp_path, company(size), NOW, said) as here:
        for days in range(2):
            outcome = here.night(NOW + timedelta(days=days))
            assert outcome.outcome == "done"
        assert stored(here) == (size, 0)
        assert here.query("select count(*) from sessions where detail_checked_at is not null")[0][0] > 0


def read_while_they_arrive(many: Company, name: str, **arriving: Any) -> Read:
    """Ids of a reading during which sessions arrive, and its error."""
    arrivals = Arrivals(many, lambda: NOW, **arriving)
    said = replace(DIALECTS[name], on_request=arrivals)
    with SimulatorServer(many, now=NOW, behaviour=said, rate_limit_per_minute=UNLIMITED) as sim:
        values = {"rate_limit_per_minute": UNLIMITED, "retry_base_seconds": 0.001}
        return read_list(Settings(base_url=sim.base_url, data_dir=Path("unused"), **values))


@pytest.mark.parametrize("before_request", [2, 3, 4])
@pytest.mark.parametrize("name", ["page_nothing_reported", "page_total_pages", "offset_total"])
def test_a_bulk_of_one_pages_size_between_two_pages_stops_no_reading(name: str, before_request: int) -> None:
    many = company(350)
    old = set(many.at(NOW).ids())
    read = read_while_they_arrive(many, name, bulk={before_request: 100})
    assert read.error is None
    assert old <= read.seen


@pytest.mark.parametrize("sessions", [1, 5, 12])
@pytest.mark.parametrize("name", ["page_nothing_reported", "bare_offset", "page_zero_based"])
def test_arrivals_while_a_tiny_list_is_tried_out_stop_no_reading(name: str, sessions: int) -> None:
    few = company(sessions)
    old = set(few.at(NOW).ids())
    read = read_while_they_arrive(few, name, every=1)
    assert read.error is None
    assert old <= read.seen


@pytest.mark.slow
def test_a_filter_is_not_proven_by_a_night_that_expected_nothing(tmp_path: Path) -> None:
    many = company(120)
    said = replace(DIALECTS["page_nothing_reported"], filters_lie=True, order="unordered")
    with world(tmp_path, many, NOW, said, recheck_pages=1, page_size=10, recheck_days=0) as here:
        here.night(with_details=False)
        many.delete_session(many.at(NOW).ids()[-1], NOW)
        here.reconcile()
        for days in range(1, 4):
            for number in range(8):
                many.add_session(NOW + timedelta(days=days, hours=-number, minutes=-1))
            here.night(NOW + timedelta(days=days), with_details=False)
        assert {*many.at(here.sim.now).ids()} <= {row[0] for row in here.query("select id from sessions")}


def test_a_list_shuffled_within_a_day_is_not_ordered_because_the_lag_is_a_day(tmp_path: Path) -> None:
    few = company(0)
    for number in range(30):
        few.add_session(NOW - timedelta(hours=number))
    said = replace(DIALECTS["page_nothing_reported"], order="shuffled_in_a_day")
    settings = {"cursor_lag_minutes": 1_440, "recheck_pages": 1, "page_size": 5, "recheck_days": 0}
    with world(tmp_path, few, NOW, said, **settings) as here:
        here.night(with_details=False)
        for days in range(1, 4):
            for number in range(12):
                few.add_session(NOW + timedelta(days=days, hours=-2 * number, minutes=-1))
            here.night(NOW + timedelta(days=days), with_details=False)
            assert {*few.at(here.sim.now).ids()} <= {row[0] for row in here.query("select id from sessions")}
