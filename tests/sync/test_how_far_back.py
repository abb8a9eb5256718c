"""How far back a night reads its list: no further than it must, and as far as it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.sync.test_changes import EMPTY, NOON, completed
from tests.sync.world import world
from zenhire_sync.plan.detail_plan import Bounds
from zenhire_sync.simulator import DEFAULT, Company

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# A night reads a page of ten where nothing tells it to read more.
SHORT: dict[str, Any] = {"page_size": 10, "recheck_pages": 1, "recheck_days": 0}


def test_what_ended_around_the_last_run_is_seen_however_long_ago_it_was_created(tmp_path: Path) -> None:
    company = Company(EMPTY)
    early, late = (company.add_session(NOON - 300 * HOUR) for _ in range(2))
    for session_id in (early, late):
        company.start_session(session_id, NOON - HOUR)
    for hours in range(200, -1, -1):
        completed(company, NOON - hours * HOUR)
    behaviour = replace(DEFAULT, filters=frozenset({"completed_after"}))
    with world(tmp_path, company, NOON, behaviour, **SHORT) as here:
        here.night(NOON, with_details=False)
        # One end was not shown yet when the last run read the list.
        company.complete_session(early, NOON - 5 * MINUTE)
        company.complete_session(late, NOON + 5 * MINUTE)
        company.add_session(NOON + 10 * MINUTE)
        night = here.night(NOON + HOUR, with_details=False)
        assert night.sessions_listed < 100
        statuses = "select status, count(*) from sessions group by 1 order by 1"
        assert here.query(statuses) == [("completed", 203), ("initiated", 1)]
        # What each of the two readings saw counts.
        assert night.cursors_after["default"] == {
            "created_at": (NOON + 10 * MINUTE).isoformat(),
            "completed_at": (NOON + 5 * MINUTE).isoformat(),
        }


def test_a_backfill_that_ends_before_now_leaves_the_cursors_where_they_were(tmp_path: Path) -> None:
    company = Company(EMPTY)
    for hours in range(30, -1, -1):
        completed(company, NOON - hours * HOUR)
    completed(company, NOON + 3 * HOUR)
    with world(tmp_path, company, NOON, **SHORT) as here:
        before = here.night(NOON).cursors_after
        part = Bounds(since=NOON - 20 * HOUR, until=NOON - 10 * HOUR)
        assert here.night(NOON + 4 * HOUR, bounds=part).cursors_after == before
        assert here.night(NOON + 5 * HOUR).cursors_before == before
        assert here.night(NOON + 6 * HOUR).cursors_before != before


def test_a_backfill_reads_back_to_where_it_begins_and_a_night_does_not(tmp_path: Path) -> None:
    company = Company(EMPTY)
    ids = [completed(company, NOON - hours * HOUR) for hours in range(200, -1, -1)]
    with world(tmp_path, company, NOON, **SHORT) as here:
        here.night(NOON, with_details=False)
        here.change("update sessions set duration_sec = 1 where id in (?, ?)", ids[1], ids[101])
        wrong = "select id from sessions where duration_sec = 1 order by created_at"
        here.night(NOON + HOUR, with_details=False)
        assert here.query(wrong) == [(ids[1],), (ids[101],)]
        here.change("update sessions set fingerprint = null")
        since = Bounds(since=NOON - 150 * HOUR)
        here.night(NOON + 2 * HOUR, with_details=False, bounds=since)
        assert here.query(wrong) == [(ids[1],)]
