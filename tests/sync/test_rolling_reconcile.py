"""Each night reads a part of the list again: what was edited behind every cursor is mended in time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.sync.world import World, assert_lists_equal, world
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.plan.verification import MOST_NIGHTS, MOST_PLACES
from zenhire_sync.progress import Silent
from zenhire_sync.simulator import (
    DEFAULT_KEY,
    DIALECTS,
    NO_PROJECT,
    Arrivals,
    Behaviour,
    Company,
    CompanySpec,
    Fault,
    FaultPlan,
)
from zenhire_sync.sync.dry_run import estimate_bill
from zenhire_sync.sync.outcome import SyncOutcome

START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = 4
PAGE = 20
SPEC = CompanySpec(sessions=300, days=60, start=START, sessions_deleted_share=0)


def small(dialect: str, **changes: Any) -> Behaviour:
    return replace(DIALECTS[dialect], largest_page=PAGE, default_page_size=PAGE, **changes)


WAYS = {
    "pages": small("page_total_pages"),
    "pages from zero": small("page_zero_based"),
    "bare pages": small("bare_page_number"),
    "offsets": small("offset_total"),
    "bare offsets": small("bare_offset"),
    "last ids": small("cursor_starting_after_has_more_only"),
    "a filter": small("cursor_next_cursor_in_pagination", filters=frozenset({"created_before"})),
    "a filter in camel case": small(
        "cursor_page_token", filters=frozenset({"created_before"}), filter_names="camel"
    ),
    "two filters": small(
        "cursor_next_cursor_in_pagination",
        filters=frozenset({"created_before", "created_after"}),
        order="oldest_first",
    ),
}


QUICK = {"pages", "bare offsets", "a filter"}


def slowly(*ways: str) -> list[Any]:
    return [pytest.param(way, marks=pytest.mark.slow) for way in ways]


def old_company(**changes: Any) -> tuple[Company, datetime]:
    company = Company(replace(SPEC, **changes))
    return company, company.settled_at + 60 * DAY


def ages(here: World) -> list[float]:
    """Days since each living session was last seen, oldest first, as fct_sessions tells it."""
    rows = here.query(
        """
        select greatest(s.synced_at, coalesce(s.detail_checked_at, s.synced_at),
            coalesce(r.verified_at, s.synced_at)) as seen_at
        from sessions s
        left join verified_ranges r
            on r.client_id = s.client_id and r.project_id = coalesce(s.project_id, '')
            and s.created_at >= r.created_from and s.created_at <= r.created_to
        where s.deleted_at is null
        """
    )
    return sorted(((here.sim.now - seen_at) / DAY for (seen_at,) in rows), reverse=True)


def newest_ids(here: World, count: int) -> list[str]:
    return [
        row[0]
        for row in here.query(
            "select id from sessions order by created_at desc nulls last, id limit ?", count
        )
    ]


def oldest_ids(here: World, count: int) -> list[str]:
    return [row[0] for row in here.query("select id from sessions order by created_at, id limit ?", count)]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A warehouse that holds an old company, whose list is paged by offsets."""
    with quiet_world(tmp_path, WAYS["offsets"]) as here:
        yield here


@contextmanager
def quiet_world(tmp_path: Path, behaviour: Behaviour, **settings: Any) -> Iterator[World]:
    company, quiet = old_company()
    values = {"recheck_pages": 2, "verify_days": DAYS, **settings}
    with world(tmp_path, company, quiet, behaviour, **values) as here:
        here.night()
        yield here


def slices_of(here: World, run_id: str) -> list[dict[str, Any]]:
    return [row for row in here.rows("verified_ranges") if row["run_id"] == run_id and row["is_slice"]]


def nights_pass(here: World, nights: int = DAYS) -> list[SyncOutcome]:
    start = here.sim.now
    return [here.night(start + number * DAY) for number in range(1, nights + 1)]


@pytest.mark.parametrize("way", ["pages", "bare offsets", "a filter", *slowly(*sorted(WAYS.keys() - QUICK))])
def test_an_old_session_edited_behind_every_cursor_is_mended_within_the_days(
    way: str, tmp_path: Path
) -> None:
    with quiet_world(tmp_path, WAYS[way]) as here:
        here.night(here.sim.now + DAY)
        edited = oldest_ids(here, 400)[::40]
        for session_id in edited:
            here.sim.company.move_session(session_id, here.sim.company.project_ids[0])
        done = nights_pass(here)
        assert_lists_equal(here, here.sim.now)
        assert sum(night.verified_changed for night in done) > 0
        assert max(ages(here)) < DAYS
        for night in nights_pass(here, 2):
            assert max(ages(here)) < DAYS
            assert night.keys_not_verified == []
            assert night.changed_sessions == night.deleted == 0


@pytest.mark.slow
def test_over_sixty_nights_no_session_is_older_than_thirty_days_and_each_reads_a_part(tmp_path: Path) -> None:
    with quiet_world(tmp_path, WAYS["offsets"], verify_days=30) as here:
        living = len(ages(here))
        for night in nights_pass(here, 60):
            assert max(ages(here)) < 30
            assert night.sessions_verified <= 2 * living / 29 + 2 * PAGE
            assert set(night.ledger.by_reason) <= {"list", "verify", "credits"}


def test_a_night_asks_for_the_pages_of_its_part_and_no_more(here: World) -> None:
    living = len(ages(here))
    for night in nights_pass(here, 2 * DAYS):
        places = ceil(night.ledger.by_reason["verify"] - night.sessions_verified / PAGE)
        assert places <= MOST_PLACES
        assert night.sessions_verified <= 2 * living / (DAYS - 1) + PAGE
        assert set(night.ledger.by_reason) == {"list", "verify", "credits"}


def test_offsets_cost_no_page_beyond_the_rows_that_are_wanted(here: World) -> None:
    done = here.night(here.sim.now + DAY)
    assert done.ledger.by_reason["verify"] == ceil(done.sessions_verified / PAGE) > 0


def test_a_dry_run_has_them_in_its_bill(here: World) -> None:
    here.sim.now += DAY
    here.sim.company.delete_session(newest_ids(here, 5)[4], here.sim.now)
    bill = estimate_bill(here.settings, here.keys, as_of=here.sim.now, progress=Silent())
    done = here.night()
    assert bill.list_by_reason["verify"] == done.ledger.by_reason["verify"]
    assert bill.details_by_reason["missing"] == done.ledger.by_reason["missing"] == 1
    assert bill.requests == done.ledger.total


def test_turned_off_nothing_is_read_and_nothing_claimed(tmp_path: Path) -> None:
    with quiet_world(tmp_path, WAYS["offsets"], verify_days=0) as here:
        done = here.night(here.sim.now + 9 * DAY)
        assert set(done.ledger.by_reason) == {"list", "credits"}
        assert here.rows("verified_ranges") == []


def test_a_list_of_opaque_tokens_is_said_to_be_unreadable_from_its_middle(tmp_path: Path) -> None:
    with quiet_world(tmp_path, small("cursor_next_cursor_in_pagination")) as here:
        first, *others = nights_pass(here, 5)
        # Two spellings of a filter were tried, once.
        assert first.ledger.by_reason["verify"] == 2
        assert {night.ledger.by_reason["verify"] for night in others} == {0}
        assert {tuple(night.keys_not_verified) for night in (first, *others)} == {("default",)}
        assert max(ages(here)) == 5
        here.reconcile()
        assert max(ages(here)) == 0


def test_a_filter_that_swallows_rows_proves_nothing_and_deletes_nothing(tmp_path: Path) -> None:
    lying = small("cursor_next_cursor_in_pagination", filters_lie=True)
    with quiet_world(tmp_path, lying) as here:
        done = nights_pass(here, 3)
        assert not any(slices_of(here, night.run_id) for night in done)
        assert [night.deleted for night in done] == [0, 0, 0]
        assert done[-1].keys_not_verified == ["default"]


@pytest.mark.parametrize("fault", ["no answer", "rows of another time"])
def test_a_part_of_the_list_that_cannot_be_read_ends_no_night_and_is_not_claimed(
    here: World, fault: str
) -> None:
    """Servers give up far down a list, and rows from before an API was changed may be other ones."""
    here.night(here.sim.now + DAY)
    old = set(oldest_ids(here, 200))

    def broken(row: dict[str, Any], kind: str) -> dict[str, Any]:
        return {**row, "status": "paused"} if kind == "list" and row["id"] in old else row

    company, now = here.sim.company, here.sim.now + DAY
    fresh = company.add_session(now - DAY / 4, persona_id=company.persona_ids[0])
    company.complete_session(fresh, now - DAY / 8, duration_sec=600)
    company.submit_survey(fresh, now - DAY / 9, 1)
    here.sim.faults = (
        FaultPlan((Fault("internal_error", path="sessions", first=4, times=1_000),))
        if fault == "no answer"
        else FaultPlan(mutate_row=broken)
    )
    before = max(ages(here))
    done = here.night(now)
    assert (done.new_sessions, done.surveys_found, done.deleted) == (1, 1, 0)
    assert max(ages(here)) == before + 1
    here.sim.faults = FaultPlan()
    assert slices_of(here, here.night(now + DAY).run_id)


def test_sessions_that_are_neither_listed_nor_answered_for_end_no_night(tmp_path: Path) -> None:
    """A vendor that purges old sessions may answer 500 for them: nobody knows."""
    with quiet_world(tmp_path, WAYS["offsets"], request_attempts=1) as here:
        gone = oldest_ids(here, 300)[:240:3]
        for session_id in gone:
            here.sim.company.delete_session(session_id, here.sim.now)
        here.sim.faults = FaultPlan(
            tuple(Fault("internal_error", path=f"sessions/{one}", times=1_000) for one in gone)
        )
        done = nights_pass(here, 3)
        assert max(night.ledger.by_reason["missing"] for night in done) < 40
        assert [night.deleted for night in done] == [0, 0, 0]
        assert min(night.sessions_verified for night in done) > 0


def test_many_sessions_of_one_minute_stop_no_reading_through_a_filter(tmp_path: Path) -> None:
    company, quiet = old_company()
    burst = datetime(2026, 2, 10, tzinfo=UTC)
    for number in range(260):
        company.add_session(burst + number * timedelta(milliseconds=200), persona_id=company.persona_ids[0])
    with world(tmp_path, company, quiet, WAYS["a filter"], recheck_pages=2, verify_days=10) as here:
        here.night()
        nights_pass(here, 16)
        ranges = here.rows("verified_ranges")
        assert all(row["created_from"] <= row["created_to"] for row in ranges)
        starts = {(row["client_id"], row["project_id"], row["created_from"]) for row in ranges}
        assert len(starts) == len(ranges)
        assert ages(here)[0] <= 10


def test_a_project_that_vanished_as_a_whole_keeps_no_other_from_being_seen(tmp_path: Path) -> None:
    company, quiet = old_company(projects=3)
    with world(tmp_path, company, quiet, WAYS["offsets"], recheck_pages=2, verify_days=0) as here:
        here.night()
        rows = here.query("select project_id, id from sessions where project_id is not null")
        dead = rows[0][0]
        for project, session_id in rows:
            if project == dead:
                here.sim.company.delete_session(session_id, here.sim.now)
        here.settings = here.settings.model_copy(update={"verify_days": DAYS})
        nights_pass(here, 3 * DAYS)
        unseen = sum(age > DAYS for age in ages(here))
        assert unseen <= sum(project == dead for project, _ in rows)


def test_what_a_list_did_not_show_and_was_not_asked_for_is_not_claimed(here: World) -> None:
    gone = newest_ids(here, 5)[4]
    here.sim.company.delete_session(gone, here.sim.now)
    done = here.night(here.sim.now + DAY, with_details=False)
    assert "missing" not in done.ledger.by_reason
    [(created,)] = here.query("select created_at from sessions where id = ?", gone)
    own = [r for r in here.rows("verified_ranges") if r["run_id"] == done.run_id and not r["is_slice"]]
    assert own
    assert all(row["created_from"] > created for row in own)
    assert here.night().deleted == 1


def test_nights_that_were_missed_are_caught_up_with_a_few_at_a_time(here: World) -> None:
    living = len(ages(here))
    done = here.night(here.sim.now + 9 * DAY)
    assert living / 2 < done.sessions_verified <= MOST_NIGHTS * living / (DAYS - 1) + PAGE
    nights_pass(here, 3)
    assert max(ages(here)) < DAYS


@pytest.mark.parametrize("way", ["bare offsets", *slowly("pages", "last ids", "a filter")])
def test_deletions_that_shift_the_list_are_asked_for_one_by_one(way: str, tmp_path: Path) -> None:
    with quiet_world(tmp_path, WAYS[way]) as here:
        gone = set(oldest_ids(here, 400)[10::9])
        for session_id in gone:
            here.sim.company.delete_session(session_id, here.sim.now)
        done = nights_pass(here)
        marked = {row[0] for row in here.query("select id from sessions where deleted_at is not null")}
        assert marked == gone
        assert sum(night.deleted for night in done) == len(gone)
        assert max(ages(here)) < DAYS


@pytest.mark.slow
@pytest.mark.parametrize("way", ["pages", "offsets", "last ids", "a filter"])
def test_a_list_that_grows_while_it_is_read_loses_nothing(way: str, tmp_path: Path) -> None:
    with quiet_world(tmp_path, WAYS[way]) as here:
        arrivals = Arrivals(here.sim.company, lambda: here.sim.now, every=1)
        here.sim.behaviour = replace(here.sim.behaviour, on_request=arrivals)
        for night in nights_pass(here, DAYS + 2):
            assert night.deleted == 0
            assert max(ages(here)) < DAYS
        here.sim.behaviour = replace(here.sim.behaviour, on_request=None)
        here.night(here.sim.now + DAY)
        assert_lists_equal(here, here.sim.now)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["pages", "offsets"])
def test_a_page_size_that_the_server_changes_means_other_places(way: str, tmp_path: Path) -> None:
    with quiet_world(tmp_path, WAYS[way]) as here:
        for number in range(1, DAYS + 2):
            length = (7, 45, 20)[number % 3]
            here.sim.behaviour = replace(here.sim.behaviour, largest_page=length, default_page_size=length)
            here.night(here.sim.now + DAY)
            assert max(ages(here)) < DAYS


@pytest.mark.slow
@pytest.mark.parametrize("order", ["newest_first_unstable_ties", "newest_first_with_jitter", "unordered"])
def test_rows_out_of_order_are_seen_all_the_same(order: Any, tmp_path: Path) -> None:
    with quiet_world(tmp_path, replace(WAYS["pages"], order=order)) as here:
        for night in nights_pass(here, DAYS + 2):
            assert night.deleted == 0
            assert max(ages(here)) < DAYS


@pytest.mark.slow
def test_each_of_several_keys_has_its_own_part(tmp_path: Path) -> None:
    company, quiet = old_company()
    shown = {f"key-{n}": project for n, project in enumerate((*company.project_ids, NO_PROJECT))}
    keys = tuple(ApiKey(name=name, value=SecretStr(name)) for name in shown)
    values = {"recheck_pages": 1, "verify_days": DAYS}
    with world(tmp_path, company, quiet, WAYS["offsets"], keys=shown, **values) as alone:
        here = replace(alone, keys=keys)
        here.night()
        for _ in nights_pass(here, DAYS + 2):
            assert max(ages(here)) < DAYS
        assert {row["key_name"] for row in here.rows("verified_ranges")} == set(shown)


def test_the_key_of_another_company_proves_nothing_and_deletes_nothing(here: World) -> None:
    stranger, _ = old_company(seed=99)
    here.sim.simulator.others["another"] = stranger
    here.sim.set_keys({DEFAULT_KEY: None, "another": None})
    other = replace(here, keys=(ApiKey(name="default", value=SecretStr("another")),))
    done = [other.night(here.sim.now + DAY) for _ in range(2)]
    assert here.query("select count(*) from sessions where deleted_at is not null") == [(0,)]
    assert [night.ledger.by_reason["missing"] for night in done] == [0, 0]
    assert max(ages(here)) == 2
