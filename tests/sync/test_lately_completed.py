"""A session that was created long ago and ends now is seen through a filter where the API has one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.sync.test_changes import EMPTY, NOON, completed
from tests.sync.world import world
from zenhire_sync.simulator import DEFAULT, Company

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def test_what_ended_around_the_last_run_is_seen_however_long_ago_it_was_created(tmp_path: Path) -> None:
    company = Company(EMPTY)
    early, late = (company.add_session(NOON - 300 * HOUR) for _ in range(2))
    for session_id in (early, late):
        company.start_session(session_id, NOON - HOUR)
    for hours in range(200, -1, -1):
        completed(company, NOON - hours * HOUR)
    pages = {"page_size": 10, "recheck_pages": 1, "recheck_days": 0}
    behaviour = replace(DEFAULT, filters=frozenset({"completed_after"}))
    with world(tmp_path, company, NOON, behaviour, **pages) as here:
        here.night(NOON, with_details=False)
        # One end was not shown yet when the last run read the list.
        company.complete_session(early, NOON - 5 * MINUTE)
        company.complete_session(late, NOON + 5 * MINUTE)
        assert here.night(NOON + HOUR, with_details=False).sessions_listed < 100
        statuses = "select status, count(*) from sessions group by 1"
        assert here.query(statuses) == [("completed", 203)]
