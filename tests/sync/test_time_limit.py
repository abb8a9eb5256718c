"""A night that ends in time: what there is no time for is counted, stays due, and is asked for next."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.sync.world import World, assert_feedback_equal, assert_lists_equal, moment, world
from zenhire_sync.errors import ApiUnreachableError
from zenhire_sync.simulator import Company, CompanySpec, Fault, FaultPlan
from zenhire_sync.sync.detail_calls import DetailCalls
from zenhire_sync.sync.pace import DetailTime

START = datetime(2026, 1, 5, tzinfo=UTC)
COMPANY = Company(CompanySpec(sessions=600, days=40, start=START))
NOW = START + timedelta(days=45)
WINDOW = 100


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, COMPANY, NOW, window_details=WINDOW) as here:
        yield here


def never_asked(here: World) -> list[datetime]:
    """When the completed sessions ended whose detail was never asked for."""
    sql = "select completed_at from sessions where status = 'completed' and detail_checked_at is null"
    return [row[0] for row in here.query(sql)]


def test_when_the_time_is_up_no_detail_is_asked_for(here: World) -> None:
    done = here.night(time=DetailTime(until=time.monotonic()))
    assert here.sim.log.count("detail") == 0
    assert (done.outcome, done.is_out_of_time) == ("done", True)
    assert done.details_left == len(never_asked(here))
    again = here.night()
    assert (again.details_left, again.is_out_of_time) == (0, False)
    assert here.sim.log.count("detail") == done.details_left
    assert_lists_equal(here, NOW)
    assert_feedback_equal(here, NOW)


def test_a_night_that_is_cut_short_tells_what_is_left(here: World) -> None:
    here.sim.faults = FaultPlan((Fault("internal_error", path="sessions/*", first=WINDOW + 51, times=None),))
    told: dict[str, int] = {}
    with pytest.raises(ApiUnreachableError):
        here.night(tell=told.update)
    assert told["details_kept"] > WINDOW
    assert told["details_left"] == len(never_asked(here)) > WINDOW


def test_what_ended_last_is_asked_for_first_also_before_older_rungs(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # These have rungs that came since, others have ended.
    here.night(NOW - timedelta(days=20))
    here.sim.now = NOW
    windows = iter([False, True])
    monkeypatch.setattr(DetailCalls, "is_late", lambda _: next(windows))
    done = here.night()
    asked = {record.session_id for record in here.sim.log.records() if record.endpoint == "detail"}
    assert len(asked) == WINDOW
    never = max(never_asked(here))
    rows = {row["id"]: moment(row["completed_at"]) for row in here.sim.company.at(NOW).sessions()}
    older = [i for i in asked if i and (ended := rows[i]) is not None and ended < never]
    # but for the few that are asked for because of their persona
    assert len(older) <= len(here.rows("personas"))
    assert done.details_left > len(never_asked(here)) > 0


def test_a_plan_that_takes_too_long_is_left_as_a_whole(here: World) -> None:
    slow = replace(here, settings=here.settings.model_copy(update={"rate_limit_per_minute": 60}))
    done = slow.night(time=DetailTime(longest_seconds=120))
    assert slow.sim.log.count("detail") == 0
    assert done.details_postponed
    assert done.details_left == len(never_asked(here)) > 120
    assert not here.night(time=DetailTime(longest_seconds=120)).details_postponed
    assert_feedback_equal(here, NOW)
