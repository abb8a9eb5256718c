"""What a session was before is kept from the first run on: each state once, as it was seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sync.world import World, assert_states_follow, world
from zenhire_schemas.tables import SESSION_STATES
from zenhire_sync.errors import KeyRefusedError, WarehouseError
from zenhire_sync.progress import Silent
from zenhire_sync.rows.erased import PERSONAL_COLUMNS
from zenhire_sync.simulator import Company, CompanySpec, Fault, FaultPlan
from zenhire_sync.sync.commit import Committer
from zenhire_sync.sync.step import sync_sessions

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)
EMPTY = CompanySpec(sessions=0, personas=1, edits_per_persona=0, personas_deleted=0)


def states(here: World, session_id: str) -> list[tuple[Any, ...]]:
    """Status, rating and whether it was deleted, of each state in order."""
    return here.query(
        "select status, rating, deleted_at is not null from session_states where session_id = ? "
        "order by seen_from",
        session_id,
    )


def test_a_session_is_followed_through_all_its_states(tmp_path: Path) -> None:
    company = Company(EMPTY)
    session_id = company.add_session(NOON - HOUR)
    company.start_session(session_id, NOON + 3 * HOUR)
    company.fail_session(session_id, NOON + 4 * HOUR, duration_sec=540)
    company.reinvite(session_id, NOON + DAY + HOUR)
    company.start_session(session_id, NOON + 2 * DAY + HOUR)
    company.complete_session(session_id, NOON + 2 * DAY + 2 * HOUR, duration_sec=1_200)
    company.submit_survey(session_id, NOON + 3 * DAY + HOUR, 2, "slow")
    company.delete_session(session_id, NOON + 5 * DAY + HOUR)
    with world(tmp_path, company, NOON) as here:
        for night in range(6):
            here.night(NOON + night * DAY)
            assert_states_follow(here)
        here.sim.now = NOON + 6 * DAY
        here.reconcile()
        assert states(here, session_id) == [
            ("initiated", None, False),
            ("failed", None, False),
            ("initiated", None, False),
            ("completed", None, False),
            ("completed", 2, False),
            ("completed", 2, True),
        ]
        seen = here.query("select seen_from from session_states order by seen_from")
        days = [(moment - NOON) / DAY for (moment,) in seen]
        # The ladder asks for a survey 1, 2 and 3 days after the end.
        assert days == [0, 1, 2, 3, 4, 6]
        assert here.query("select count(distinct run_id) from session_states") == [(6,)]
        assert_states_follow(here)


def test_a_first_sync_writes_one_state_a_session_and_a_night_without_news_none(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=80, days=20))
    with world(tmp_path, company, company.settled_at) as here:
        first = here.night()
        sessions = here.query("select count(*) from sessions")[0][0]
        assert first.rows_by_table["session_states"] == sessions
        assert here.query("select count(*), count(distinct session_id) from session_states") == [
            (sessions, sessions)
        ]
        assert_states_follow(here)
        quiet = here.night(company.settled_at + HOUR)
        assert "session_states" not in quiet.rows_by_table


def test_what_is_no_part_of_a_state_makes_none(tmp_path: Path) -> None:
    company = Company(EMPTY)
    session_id = company.add_session(NOON - HOUR)
    with world(tmp_path, company, NOON) as here:
        here.night()
        timeline = company.find(session_id)
        assert timeline is not None
        assert timeline.traits is not None
        timeline.traits, timeline.rendered = timeline.traits._replace(tags=["another"]), None
        changed = here.night(NOON + DAY)
        assert changed.changed_sessions == 1
        assert states(here, session_id) == [("initiated", None, False)]


def test_the_same_time_again_neither_loses_a_state_nor_tells_one_twice(tmp_path: Path) -> None:
    company = Company(EMPTY)
    session_id = company.add_session(NOON - HOUR)
    company.start_session(session_id, NOON + HOUR)
    with world(tmp_path, company, NOON) as here:
        here.night()
        here.sim.now = NOON + 2 * HOUR
        for _ in range(2):
            # A run that is sent back in time sees the company as it is.
            sync_sessions(here.settings, here.keys, as_of=NOON, progress=Silent())
        assert [status for status, *_ in states(here, session_id)] == ["initiated", "active"]
        assert_states_follow(here)


def test_what_a_run_that_failed_has_seen_is_kept(tmp_path: Path) -> None:
    company = Company(EMPTY)
    session_id = company.add_session(NOON - HOUR)
    company.start_session(session_id, NOON + HOUR)
    company.complete_session(session_id, NOON + 2 * HOUR)
    company.submit_survey(session_id, NOON + DAY + HOUR, 5, "good")
    with world(tmp_path, company, NOON) as here:
        here.night()
        here.sim.faults = FaultPlan((Fault("unauthorized", "sessions/*", times=None),))
        with pytest.raises(KeyRefusedError):
            here.night(NOON + DAY)
        assert [row[:2] for row in states(here, session_id)] == [("initiated", None), ("completed", None)]
        here.sim.faults = FaultPlan(())
        here.night(NOON + 2 * DAY)
        assert [row[:2] for row in states(here, session_id)] == [
            ("initiated", None),
            ("completed", None),
            ("completed", 5),
        ]


def test_what_a_killed_run_has_seen_is_told_by_the_next(tmp_path: Path) -> None:
    company = Company(EMPTY)
    session_id = company.add_session(NOON - HOUR)
    company.start_session(session_id, NOON + HOUR)
    company.complete_session(session_id, NOON + DAY + HOUR)
    with world(tmp_path, company, NOON) as here:
        here.night()
        here.night(NOON + DAY)
        # As a run leaves it that was killed between its last session and the states.
        here.change("delete from session_states where run_id = (select run_id from sessions)")
        here.change("update sync_runs set outcome = 'running' where run_id = (select run_id from sessions)")
        here.night(NOON + 2 * DAY)
        assert [status for status, *_ in states(here, session_id)] == ["initiated", "active", "completed"]
        seen = here.query("select seen_from from session_states order by seen_from")
        assert [moment for (moment,) in seen] == [NOON, NOON + DAY, NOON + 2 * DAY]


def test_a_survey_that_was_written_without_its_session_is_told_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = Company(EMPTY)
    session_id = company.add_session(NOON - HOUR)
    company.start_session(session_id, NOON + HOUR)
    company.complete_session(session_id, NOON + 2 * HOUR)
    company.submit_survey(session_id, NOON + DAY + HOUR, 5, "good")
    with world(tmp_path, company, NOON) as here:
        here.night()
        here.night(NOON + DAY)
        load = Committer._load

        def die(self: Committer, tables: dict[str, Any], **how: Any) -> None:
            if "sessions" in tables and here.sim.log.count("detail"):
                raise WarehouseError("the end")
            load(self, tables, **how)

        with monkeypatch.context() as patch:
            patch.setattr(Committer, "_load", die)
            with pytest.raises(WarehouseError):
                here.night(NOON + 2 * DAY)
        assert [row[:2] for row in states(here, session_id)] == [("initiated", None), ("completed", None)]
        # It has its survey, so nobody asks for it again.
        here.night(NOON + 3 * DAY)
        assert here.sim.log.count("detail") == 0
        assert [row[:2] for row in states(here, session_id)][2:] == [("completed", 5)]
        assert here.query("select max(seen_from) from session_states") == [(NOON + 2 * DAY,)]
        assert_states_follow(here)
        here.night(NOON + 4 * DAY)
        assert len(states(here, session_id)) == 3


def test_the_warehouse_of_an_older_version_gets_a_state_for_each_session(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=40, days=10))
    with world(tmp_path, company, company.settled_at) as here:
        here.night()
        [(sessions,)] = here.query("select count(*) from sessions")
        here.change("delete from session_states")
        outcome = here.night(company.settled_at + HOUR)
        assert outcome.rows_by_table["session_states"] == sessions
        assert here.query("select distinct seen_from from session_states") == [(company.settled_at,)]
        assert_states_follow(here)


def test_states_of_a_clock_that_ran_ahead_are_set_back_in_their_order(tmp_path: Path) -> None:
    company = Company(EMPTY)
    session_id = company.add_session(NOON - HOUR)
    company.start_session(session_id, NOON + HOUR)
    with world(tmp_path, company, NOON) as here:
        here.night()
        here.night(NOON + DAY)
        here.change("update session_states set seen_from = seen_from + interval '50000 days'")
        here.night(NOON + 2 * DAY)
        seen = here.query("select seen_from, status from session_states order by seen_from")
        assert [status for _, status in seen] == ["initiated", "active"]
        assert seen[1][0] < datetime.now(UTC) + HOUR
        assert states(here, session_id)


def test_a_state_holds_nothing_of_the_person() -> None:
    told = set(SESSION_STATES.column_names)
    assert told.isdisjoint(
        {*PERSONAL_COLUMNS, "comment", "metadata", "tags", "tag", "value", "system_prompt"}
    )
