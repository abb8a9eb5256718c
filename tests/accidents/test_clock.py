"""A clock that ran ahead, and one that went back: what was looked at "next year" is looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.sync.world import assert_feedback_equal, assert_lists_equal, world
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.progress import Silent
from zenhire_sync.settings import Settings
from zenhire_sync.simulator import Company, CompanySpec
from zenhire_sync.sync.outcome import SyncOutcome
from zenhire_sync.sync.step import sync_sessions

DAY = timedelta(days=1)
# After the wall clock of any machine that runs this test: only then does a time lie ahead of it.
NOON = datetime(2100, 3, 1, 12, tzinfo=UTC)
YEAR = 365 * DAY


def interview(company: Company, ended_at: datetime) -> str:
    session_id = company.add_session(ended_at - DAY / 24)
    company.start_session(session_id, ended_at - DAY / 48)
    company.complete_session(session_id, ended_at)
    return session_id


@pytest.mark.slow
def test_a_survey_after_a_clock_that_ran_a_year_ahead_is_not_lost(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=0, personas=1, edits_per_persona=0, personas_deleted=0))
    session_id = interview(company, NOON - DAY / 2)
    company.submit_survey(session_id, NOON + DAY, 1, "late")
    company.edit_persona(company.persona_ids[0], NOON + DAY, system_prompt="edited")
    with world(tmp_path, company, NOON) as here:
        sync_at(here.settings, here.keys, NOON + YEAR)
        for night in range(1, 12):
            here.night(NOON + night * DAY)
        assert_feedback_equal(here, here.sim.now)
        assert here.query("select system_prompt from personas") == [("edited",)]
        assert here.query("select max(finished_at) < '2100-04-01' from sync_runs") == [(True,)]
        [(latest,)] = here.query("select max(greatest(synced_at, detail_checked_at)) from sessions")
        assert latest <= here.sim.now


def test_a_clock_that_went_back_a_day_changes_nothing_that_is_known(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=40, days=10, personas=2, personas_deleted=0))
    evening = company.settled_at
    with world(tmp_path, company, evening) as here:
        here.night(evening)
        assert sync_at(here.settings, here.keys, evening - DAY).rows_by_table == {}
        here.night(evening + DAY)
        assert_lists_equal(here, here.sim.now)
        assert_feedback_equal(here, here.sim.now)


def sync_at(settings: Settings, keys: Sequence[ApiKey], as_of: datetime) -> SyncOutcome:
    """A sync whose clock is not the company's."""
    return sync_sessions(settings, keys, as_of=as_of, progress=Silent())
