"""Windows: what a run has committed when it stops, and a backfill within bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sync.test_changes import DAY, EMPTY, NOON, completed
from tests.sync.world import assert_feedback_equal, assert_lists_equal, world
from zenhire_sync.errors import KeyRefusedError
from zenhire_sync.plan.details import Bounds
from zenhire_sync.simulator import Company, CompanySpec, Fault, FaultPlan
from zenhire_sync.sync import details, reading
from zenhire_sync.sync.commit import Committer


def test_a_backfill_that_is_stopped_keeps_its_windows_and_goes_on(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=120, days=40))
    now = datetime(2026, 4, 1, tzinfo=UTC)
    with world(tmp_path, company, now, window_details=20, window_sessions=100) as here:
        here.sim.faults = FaultPlan((Fault("unauthorized", "sessions/*", first=50, times=None),))
        with pytest.raises(KeyRefusedError):
            here.night()
        kept = here.query("select count(*) from sessions where detail_checked_at is not null")[0][0]
        assert kept == 40
        here.sim.faults = FaultPlan()
        here.night()
        completed_sessions = sum(row["status"] == "completed" for row in company.at(now).sessions())
        assert here.sim.log.count("detail") <= completed_sessions - kept + 6
        assert_lists_equal(here, now)
        assert_feedback_equal(here, now)


def test_a_slow_backfill_commits_by_the_clock_and_asks_for_each_detail_once(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=60, days=40))
    now = datetime(2026, 4, 1, tzinfo=UTC)
    with world(tmp_path, company, now, window_minutes=0.000_001) as here:
        here.sim.faults = FaultPlan((Fault("unauthorized", "sessions/*", first=20, times=None),))
        with pytest.raises(KeyRefusedError):
            here.night()
        # Windows of one call for each request in flight, although window_details would take them all.
        kept = here.query("select count(*) from sessions where detail_checked_at is not null")[0][0]
        assert kept == 16
        here.sim.faults = FaultPlan()
        here.night()
        completed_sessions = sum(row["status"] == "completed" for row in company.at(now).sessions())
        assert here.sim.log.count("detail") <= completed_sessions - kept + 6
        assert_lists_equal(here, now)
        assert_feedback_equal(here, now)


def test_large_rows_are_committed_in_smaller_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "WINDOW_BYTES", 30_000)
    monkeypatch.setattr(details, "WINDOW_BYTES", 30_000)
    windows = []
    for name in ("commit_window", "commit_details"):
        commit = getattr(Committer, name)

        def noted(self: Committer, window: Any, name: str = name, commit: Any = commit) -> None:
            windows.append(name)
            commit(self, window)

        monkeypatch.setattr(Committer, name, noted)
    company = Company(CompanySpec(sessions=200, days=40))
    now = datetime(2026, 4, 1, tzinfo=UTC)
    with world(tmp_path, company, now) as here:
        here.night()
        assert_lists_equal(here, now)
        assert_feedback_equal(here, now)
    assert windows.count("commit_window") >= 2
    assert windows.count("commit_details") >= 4


def test_a_backfill_within_bounds_asks_for_its_details_only(tmp_path: Path) -> None:
    company = Company(EMPTY)
    ids = [completed(company, NOON - n * DAY) for n in range(10)]
    with world(tmp_path, company, NOON + timedelta(hours=1)) as here:
        outcome = here.night(bounds=Bounds(NOON - timedelta(days=5.5), NOON - timedelta(days=2.5)))
        assert {r.session_id for r in here.sim.log.records() if r.endpoint == "detail"} == set(ids[3:6])
        assert outcome.cursors_after == {}
        here.night()
        assert here.query("select count(*) from sessions where detail_checked_at is null") == [(0,)]
        assert_lists_equal(here, here.sim.now)
