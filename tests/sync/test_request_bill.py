"""The bill: a night asks for what it must, and for nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

import pytest

from tests.sync.world import World, assert_lists_equal, nights, world
from zenhire_sync.progress import Silent
from zenhire_sync.simulator import ALL_FILTERS, DEFAULT, DIALECTS, Behaviour, Company, CompanySpec
from zenhire_sync.sync.dry_run import estimate_bill

START = datetime(2026, 1, 5, tzinfo=UTC)
COMPANY = CompanySpec(sessions=900, days=60, start=START)
PAGE = 20
SMALL_PAGES = replace(DEFAULT, largest_page=PAGE, default_page_size=PAGE)


def list_pages(here: World) -> int:
    return here.sim.log.count("list")


def details(here: World) -> Counter[str]:
    return Counter(r.session_id for r in here.sim.log.records() if r.endpoint == "detail" and r.session_id)


def window_pages(here: World, since: datetime) -> int:
    rows = here.sim.company.at(here.sim.now).sessions()
    wanted = [
        row for row in rows if datetime.fromisoformat(row["created_at"].replace("Z", "+00:00")) >= since
    ]
    return ceil(len(wanted) / PAGE)


def watched_since(here: World, now: datetime) -> datetime:
    """Oldest unfinished session within the recheck window, from the warehouse as it was before the night."""
    oldest = here.query(
        "select min(created_at) from sessions where status <> 'completed' and created_at > ?",
        now - timedelta(days=30),
    )[0][0]
    newest = here.query("select max(created_at) from sessions")[0][0]
    return min(filter(None, (oldest, newest - timedelta(hours=1))))


def test_a_first_sync_asks_for_each_page_and_each_completed_session_once(tmp_path: Path) -> None:
    now = START + timedelta(days=70)
    with world(tmp_path, Company(COMPANY), now, SMALL_PAGES) as here:
        here.night()
        rows = here.sim.company.at(now).sessions()
        completed = sum(row["status"] == "completed" for row in rows)
        personas = len({row["persona_id"] for row in rows})
        assert list_pages(here) == ceil(len(rows) / PAGE)
        assert set(details(here).values()) == {1}
        assert completed <= len(details(here)) <= completed + personas


@pytest.mark.slow
def test_a_nights_listing_stays_within_the_recheck_window(tmp_path: Path) -> None:
    with world(tmp_path, Company(COMPANY), START, SMALL_PAGES, recheck_pages=3) as here:
        evenings = nights(START + timedelta(days=45), 6)
        here.night(evenings[0])
        for now in evenings[1:]:
            since = watched_since(here, now)
            here.night(now)
            assert list_pages(here) <= max(window_pages(here, since) + 2, 3)
            assert set(details(here).values()) <= {1}
            assert_lists_equal(here, now, created_after=now - timedelta(days=30))


@pytest.mark.slow
def test_a_quiet_night_after_every_ladder_is_list_pages_alone(tmp_path: Path) -> None:
    company = Company(replace(COMPANY, sessions=120))
    with world(tmp_path, company, START, SMALL_PAGES, recheck_pages=3) as here:
        quiet = company.settled_at + timedelta(days=1)
        for days in (0, 35, 70):
            here.night(quiet + timedelta(days=days))
        outcome = here.night(quiet + timedelta(days=71))
        assert set(outcome.ledger.by_reason) == {"list", "credits"}
        assert outcome.rows_by_table == {}
        assert list_pages(here) <= 3


@pytest.mark.slow
def test_a_dry_run_shows_the_bill_of_the_night_and_keeps_nothing(tmp_path: Path) -> None:
    now = START + timedelta(days=40)
    with world(tmp_path, Company(replace(COMPANY, sessions=200)), now) as here:
        here.night()
        here.sim.now = now + timedelta(days=1)
        here.sim.log.clear()
        before = here.rows("sessions"), here.rows("sync_runs")
        bill = estimate_bill(here.settings, here.keys, as_of=here.sim.now, progress=Silent())
        assert (here.rows("sessions"), here.rows("sync_runs")) == before
        assert here.sim.log.count("detail") == 0
        outcome = here.night()
        assert bill.details_by_reason == {
            reason: count
            for reason, count in outcome.ledger.by_reason.items()
            if reason not in {"list", "end", "credits"}
        }
        asked = {reason: outcome.ledger.by_reason[reason] for reason in bill.list_by_reason}
        assert bill.list_by_reason == asked
        assert bill.list_pages == sum(asked.values())
        assert bill.requests == outcome.ledger.total


def oldest_first(**changes: object) -> Behaviour:
    return replace(SMALL_PAGES, order="oldest_first", **changes)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("names", ["snake", "camel"])
def test_a_filter_that_proved_itself_saves_the_pages_of_a_list_that_is_oldest_first(
    names: str, tmp_path: Path
) -> None:
    behaviour = oldest_first(filters=ALL_FILTERS, filter_names=names)
    with world(tmp_path, Company(COMPANY), START, behaviour, recheck_pages=1) as here:
        evenings = nights(START + timedelta(days=50), 5)
        for now in evenings[:2]:
            here.night(now)
        for now in evenings[2:]:
            since = watched_since(here, now)
            here.night(now)
            assert_lists_equal(here, now, created_after=now - timedelta(days=30))
            deleted = [d for d in here.sim.company.session_deletions().values() if d <= now]
            if not deleted:
                assert list_pages(here) <= window_pages(here, since) + 2


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", [oldest_first(), oldest_first(filters=ALL_FILTERS, filters_lie=True)])
def test_a_filter_that_is_ignored_or_lies_costs_requests_and_no_rows(
    behaviour: Behaviour, tmp_path: Path
) -> None:
    with world(tmp_path, Company(replace(COMPANY, sessions=300)), START, behaviour) as here:
        for now in nights(START + timedelta(days=50), 4):
            here.night(now)
            assert_lists_equal(here, now)


def test_a_session_that_ends_long_after_the_recheck_window_is_seen_where_the_filter_works(
    tmp_path: Path,
) -> None:
    company = Company(replace(COMPANY, sessions=400))
    late = company.add_session(START + timedelta(days=1))
    behaviour = replace(SMALL_PAGES, filters=ALL_FILTERS)
    with world(tmp_path, company, START, behaviour, recheck_pages=1) as here:
        evenings = nights(START + timedelta(days=58), 3)
        here.night(evenings[0])
        company.start_session(late, evenings[1] - timedelta(hours=3))
        company.complete_session(late, evenings[1] - timedelta(hours=2))
        here.night(evenings[1])
        assert here.query("select status from sessions where id = ?", late) == [("completed",)]
        assert late in details(here)


@pytest.mark.parametrize("name", ["page_strict", "bare_page_number", "offset_skip_nothing_reported"])
def test_a_dialect_is_found_once_and_costs_nothing_on_later_nights(name: str, tmp_path: Path) -> None:
    now = START + timedelta(days=40)
    company = Company(replace(COMPANY, sessions=150))
    with world(tmp_path, company, now, DIALECTS[name]) as here:
        here.night()
        here.night(now + timedelta(days=1))
        rows = len(company.at(here.sim.now).sessions())
        assert list_pages(here) <= ceil(rows / 100) + 2
        assert here.sim.log.count("list", 400) == 0


def test_a_page_size_that_is_refused_is_asked_for_again_by_half(tmp_path: Path) -> None:
    now = START + timedelta(days=40)
    behaviour = replace(DIALECTS["page_total_at_top"], oversize="reject", largest_page=50, size_param="limit")
    with world(tmp_path, Company(replace(COMPANY, sessions=170)), now, behaviour) as here:
        here.night()
        here.night(now + timedelta(days=1))
        rows = len(here.sim.company.at(here.sim.now).sessions())
        assert list_pages(here) == ceil(rows / 50)
        assert_lists_equal(here, here.sim.now)
