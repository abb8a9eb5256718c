"""What changes without a cursor moving: each kind of change by itself, as it must end in the warehouse."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.sync.world import assert_feedback_equal, assert_lists_equal, world
from zenhire_sync.errors import ContractFloodError, PagingError
from zenhire_sync.simulator import (
    DEFAULT,
    DEFAULT_KEY,
    NO_PROJECT,
    Company,
    CompanySpec,
    Fault,
    FaultPlan,
    mutate_sessions,
)

DAY = timedelta(days=1)
NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)
EMPTY = CompanySpec(sessions=0)


def completed(company: Company, at: datetime = NOON, **fields: object) -> str:
    session_id = company.add_session(at - timedelta(hours=2), **fields)  # type: ignore[arg-type]
    company.start_session(session_id, at - timedelta(hours=1))
    company.complete_session(session_id, at)
    return session_id


@pytest.mark.slow
def test_a_failed_session_that_is_invited_again_is_followed_to_its_end(tmp_path: Path) -> None:
    company = Company(EMPTY)
    session_id = company.add_session(NOON - 3 * DAY)
    company.start_session(session_id, NOON - 2 * DAY)
    company.fail_session(session_id, NOON - 2 * DAY + timedelta(minutes=9), duration_sec=540)
    company.reinvite(session_id, NOON + timedelta(hours=1))
    company.start_session(session_id, NOON + 3 * DAY)
    company.complete_session(session_id, NOON + 3 * DAY + timedelta(minutes=20), duration_sec=1200)
    company.submit_survey(session_id, NOON + 5 * DAY, 2, "slow")
    with world(tmp_path, company, NOON) as here:
        seen = []
        for night in range(8):
            here.night(NOON + night * DAY)
            seen += here.query("select status, started_at is null, completed_at is null from sessions")
            assert_lists_equal(here, here.sim.now)
        assert seen[0] == ("failed", False, False)
        assert seen[1] == ("initiated", True, True)
        assert seen[4] == ("completed", False, False)
        assert_feedback_equal(here, here.sim.now)


def test_an_expired_invitation_that_comes_alive_after_weeks_is_seen(tmp_path: Path) -> None:
    company = Company(EMPTY)
    session_id = company.add_session(NOON)
    company.reinvite(session_id, NOON + 25 * DAY)
    company.start_session(session_id, NOON + 26 * DAY)
    company.complete_session(session_id, NOON + 26 * DAY + timedelta(minutes=10))
    newer = [completed(company, NOON + timedelta(days=1 + n / 10)) for n in range(250)]
    behaviour = replace(DEFAULT, largest_page=20)
    with world(tmp_path, company, NOON, behaviour, recheck_pages=1) as here:
        here.night(NOON + 25 * DAY)
        here.night(NOON + 27 * DAY)
        assert here.query("select status from sessions where id = ?", session_id) == [("completed",)]
        assert len(newer) == 250


@pytest.mark.slow
def test_a_survey_that_comes_on_the_thirtieth_day_is_found(tmp_path: Path) -> None:
    company = Company(EMPTY)
    session_id = completed(company)
    company.submit_survey(session_id, NOON + timedelta(days=29, hours=20), 1, "too late?")
    with world(tmp_path, company, NOON) as here:
        here.night(NOON + timedelta(hours=1))
        asked = 0
        for night in range(1, 40):
            asked += here.night(NOON + night * DAY + timedelta(hours=1)).ledger.by_reason["survey"]
        assert asked == 8
        assert_feedback_equal(here, here.sim.now)


@pytest.mark.slow
def test_an_edited_persona_gets_a_version_and_a_deleted_one_keeps_its_content(tmp_path: Path) -> None:
    company = Company(replace(EMPTY, personas=1, edits_per_persona=0, personas_deleted=0))
    persona_id = company.persona_ids[0]
    completed(company, persona_id=persona_id)
    company.edit_persona(persona_id, NOON + DAY, system_prompt="be kind", role_name="Chief")
    company.delete_persona(persona_id, NOON + 3 * DAY)
    with world(tmp_path, company, NOON) as here:
        for night in range(6):
            here.night(NOON + timedelta(hours=1) + night * DAY)
        versions = here.query(
            "select version, system_prompt, role_name from persona_versions order by version"
        )
        assert [version[0] for version in versions] == [1, 2]
        assert versions[1][1:] == ("be kind", "Chief")
        assert here.query("select system_prompt, role_name from personas") == [("be kind", "Chief")]
        assert here.query("select role_name from sessions") == [("Chief",)]


@pytest.mark.slow
def test_a_persona_in_use_is_looked_at_again_each_week_and_not_more(tmp_path: Path) -> None:
    company = Company(replace(EMPTY, personas=1, edits_per_persona=0, personas_deleted=0))
    company.add_session(NOON - DAY, persona_id=company.persona_ids[0])
    company.edit_persona(company.persona_ids[0], NOON + 3 * DAY, system_prompt="edited")
    with world(tmp_path, company, NOON) as here:
        asked = []
        for night in range(36):
            here.night(NOON + night * DAY)
            asked.append(here.sim.log.count("detail"))
        assert [night for night, count in enumerate(asked) if count] == [0, 7, 14, 21, 28]
        assert here.query("select system_prompt from personas") == [("edited",)]


@pytest.mark.parametrize("answer", [404, 410])
def test_a_session_whose_detail_is_gone_is_marked_and_asked_for_no_more(answer: int, tmp_path: Path) -> None:
    company = Company(EMPTY)
    session_id = completed(company)
    with world(tmp_path, company, NOON, replace(DEFAULT, deleted_answer=answer)) as here:
        here.night(NOON)
        company.delete_session(session_id, NOON + timedelta(hours=2))
        here.night(NOON + DAY)
        assert here.query("select deleted_at from sessions") == [(NOON + DAY,)]
        assert here.query("select credit_charged > 0 from sessions") == [(True,)]
        here.night(NOON + 2 * DAY)
        assert here.sim.log.count("detail") == 0


@pytest.mark.slow
def test_a_deleted_session_that_stays_listed_lives_again_only_when_its_detail_does(tmp_path: Path) -> None:
    company = Company(EMPTY)
    session_id = completed(company)
    company.delete_session(session_id, NOON + timedelta(hours=2))
    with world(tmp_path, company, NOON, replace(DEFAULT, deleted_stays_listed=True)) as here:
        here.night(NOON)
        for night in range(1, 4):
            here.night(NOON + night * DAY)
            assert here.query("select deleted_at from sessions") == [(NOON + DAY,)]
        here.sim.behaviour = replace(here.sim.behaviour, deleted_answer=200)
        reasons = [set(here.night(NOON + night * DAY).ledger.by_reason) for night in range(4, 9)]
        assert any("reappeared" in asked for asked in reasons)
        assert here.query("select deleted_at from sessions") == [(None,)]


def test_a_session_that_comes_back_to_the_list_is_no_longer_deleted(tmp_path: Path) -> None:
    company = Company(EMPTY)
    session_id = completed(company)
    company.submit_survey(session_id, NOON, 5)
    company.delete_session(session_id, NOON + timedelta(hours=2))
    with world(tmp_path, company, NOON) as here:
        here.night(NOON)
        here.sim.now = NOON + DAY
        here.reconcile()
        assert here.query("select deleted_at from sessions") == [(NOON + DAY,)]
        here.sim.behaviour = replace(here.sim.behaviour, deleted_stays_listed=True)
        here.night(NOON + 2 * DAY)
        assert here.query("select deleted_at from sessions") == [(None,)]


@pytest.mark.parametrize("answer", [404, 200])
def test_reconcile_marks_what_left_the_list_and_repairs_what_differs(answer: int, tmp_path: Path) -> None:
    company = Company(replace(EMPTY, personas=1))
    ids = [completed(company, NOON - timedelta(minutes=n)) for n in range(40)]
    for session_id in ids:
        company.submit_survey(session_id, NOON, 5)
    with world(tmp_path, company, NOON, replace(DEFAULT, deleted_answer=answer)) as here:
        here.night(NOON + timedelta(hours=1))
        company.delete_session(ids[3], NOON + timedelta(hours=2))
        here.sim.now = NOON + DAY
        here.change("update sessions set duration_sec = 1 where id = ?", ids[0])
        here.change("delete from session_tags")
        here.change("update sessions set status = 'failed' where id = ?", ids[1])
        outcome = here.reconcile()
        assert outcome.changed_sessions == 2
        assert here.query("select id, deleted_at from sessions where deleted_at is not null") == [
            (ids[3], NOON + DAY)
        ]
        assert_lists_equal(here, here.sim.now)


def test_reconcile_with_a_key_of_somebody_else_marks_nothing(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=300, projects=2, no_project_share=0))
    keys = {DEFAULT_KEY: None}
    with world(tmp_path, company, NOON + 60 * DAY, keys=keys) as here:
        here.night(with_details=False)
        here.sim.set_keys({DEFAULT_KEY: NO_PROJECT})
        with pytest.raises(PagingError, match="nothing was marked"):
            here.reconcile()
        assert here.query("select count(*) from sessions where deleted_at is not null") == [(0,)]


@pytest.mark.slow
def test_a_row_that_breaks_the_contract_is_set_aside_and_heals_by_itself(tmp_path: Path) -> None:
    company = Company(EMPTY)
    ids = [completed(company, NOON - timedelta(minutes=n)) for n in range(30)]
    broken = mutate_sessions({ids[0]: lambda row: {**row, "status": "paused"}}, frozenset({"list", "detail"}))
    ruined = mutate_sessions({ids[1]: lambda row: {**row, "feedback": {"rating": 9}}}, frozenset({"detail"}))
    with world(tmp_path, company, NOON) as here:
        here.sim.faults = FaultPlan(mutate_row=lambda row, kind: ruined(broken(row, kind), kind))
        first = here.night(NOON)
        assert (first.outcome, first.rejected) == ("set_aside", 2)
        assert {row[0] for row in here.query("select id from sessions")} == set(ids[1:])
        reasons = dict(here.query("select session_id, reason from rejected_rows"))
        assert "status" in reasons[ids[0]]
        assert "feedback.rating" in reasons[ids[1]]
        second = here.night(NOON + DAY)
        assert second.ledger.by_reason["retry"] + second.ledger.by_reason["completed"] == 2
        here.sim.faults = FaultPlan()
        third = here.night(NOON + 2 * DAY)
        assert third.outcome == "done"
        assert third.healed >= 2
        assert here.query("select count(*) from rejected_rows where healed_at is null") == [(0,)]
        assert_lists_equal(here, here.sim.now)


def test_a_flood_of_broken_rows_is_an_api_change_and_commits_nothing(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=60))
    with world(tmp_path, company, NOON + 60 * DAY) as here:
        here.sim.faults = FaultPlan(mutate_row=lambda row, _: {**row, "created_at": 5})
        with pytest.raises(ContractFloodError, match="the API has changed"):
            here.night()
        assert here.rows("sessions") == []
        assert here.rows("rejected_rows") == []


def test_fields_that_nobody_knows_are_kept_and_change_nothing_later(tmp_path: Path) -> None:
    company = Company(EMPTY)
    session_id = completed(company)
    company.submit_survey(session_id, NOON, 1, "!")

    def grown(row: dict[str, object], kind: str) -> dict[str, object]:
        return {**row, ("mood" if kind == "list" else "nps"): {"a": [1, None]}}

    with world(tmp_path, company, NOON) as here:
        here.sim.faults = FaultPlan(mutate_row=grown)
        here.night(NOON)
        found = here.query("select unknown_fields from sessions")[0][0]
        assert '"mood"' in found
        assert '"nps"' in found
        assert here.night(NOON + timedelta(hours=1)).rows_by_table == {}


def test_one_session_whose_detail_keeps_failing_does_not_stop_the_rest(tmp_path: Path) -> None:
    company = Company(EMPTY)
    ids = [completed(company, NOON - timedelta(minutes=n)) for n in range(12)]
    with world(tmp_path, company, NOON, request_attempts=2) as here:
        here.sim.faults = FaultPlan((Fault("internal_error", f"sessions/{ids[4]}", times=None),))
        outcome = here.night(NOON)
        assert (outcome.outcome, outcome.rejected) == ("set_aside", 1)
        assert here.query("select session_id, request_id is not null from rejected_rows") == [(ids[4], True)]
        assert here.query("select count(*) from sessions where detail_checked_at is not null") == [(11,)]
        here.sim.faults = FaultPlan()
        assert here.night(NOON + timedelta(minutes=5)).outcome == "done"
        assert here.query("select count(*) from rejected_rows where healed_at is null") == [(0,)]


@pytest.mark.slow
@pytest.mark.file_only
def test_nothing_is_lost_when_the_working_folder_is_deleted_or_yesterdays_file_comes_back(
    tmp_path: Path,
) -> None:
    company = Company(CompanySpec(sessions=150, days=40))
    start = datetime(2026, 1, 25, tzinfo=UTC)
    with world(tmp_path, company, start) as here:
        here.night()
        backup = tmp_path / "backup.duckdb"
        shutil.copy(here.settings.warehouse_path, backup)
        here.night(start + DAY)
        shutil.rmtree(here.settings.state_dir)
        here.night(start + 2 * DAY)
        assert_lists_equal(here, here.sim.now)
        shutil.copy(backup, here.settings.warehouse_path)
        here.night(start + 3 * DAY)
        assert_lists_equal(here, here.sim.now)
