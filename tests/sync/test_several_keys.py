"""Several keys, each with its project: one that is refused stops nothing and makes nothing look deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from tests.sync.test_changes import DAY, EMPTY, NOON, completed
from tests.sync.world import assert_feedback_equal, assert_lists_equal, world
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.simulator import Company, CompanySpec, FaultPlan, mutate_sessions


def key(name: str) -> ApiKey:
    return ApiKey(name=name, value=SecretStr(f"zh_api_{name}"))


def test_each_key_brings_its_project_and_a_bad_one_does_not_stop_the_others(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=120, projects=2, no_project_share=0))
    one, two = company.project_ids
    now = datetime(2026, 4, 1, tzinfo=UTC)
    with world(tmp_path, company, now, keys={"zh_api_one": one, "zh_api_two": two}) as here:
        here.keys = (key("one"), key("bad"), key("two"))
        outcome = here.night()
        assert outcome.outcome == "set_aside"
        assert [problem.key_name for problem in outcome.key_problems] == ["bad"]
        assert "zh_api_bad" not in outcome.key_problems[0].message
        assert set(outcome.cursors_after) == {"one", "two"}
        assert_lists_equal(here, now)
        assert_feedback_equal(here, now)
        assert here.query("select count(*) from sessions where deleted_at is not null") == [(0,)]


def test_a_row_without_an_id_heals_only_once_every_list_was_read_to_its_end(tmp_path: Path) -> None:
    company = Company(replace(EMPTY, projects=2))
    one, two = company.project_ids
    broken, *_ = (
        completed(company, NOON - n * timedelta(hours=1), project_id=one) for n in range(200, 0, -1)
    )
    completed(company, project_id=two)
    keys = {"zh_api_one": one, "zh_api_two": two}
    pages = {"page_size": 10, "recheck_pages": 1, "recheck_days": 0}
    with world(tmp_path, company, NOON, keys=keys, **pages) as here:
        here.keys = (key("one"), key("two"))
        here.sim.faults = FaultPlan(mutate_row=mutate_sessions({broken: lambda row: row | {"id": None}}))
        assert here.night(NOON, with_details=False).rejected == 1
        here.sim.faults = FaultPlan()
        nameless = "select healed_at is not null from rejected_rows where session_id is null"
        here.night(NOON + timedelta(hours=1), with_details=False)
        assert here.query(nameless) == [(False,)], "the first key's list was not read so far"
        here.sim.now = NOON + DAY
        here.reconcile()
        assert here.query(nameless) == [(True,)]


def test_of_a_project_whose_key_left_the_profile_nothing_is_marked_deleted(tmp_path: Path) -> None:
    company = Company(replace(EMPTY, projects=2))
    one, two = company.project_ids
    gone, _ = (completed(company, project_id=one) for _ in range(2))
    for _ in range(2):
        completed(company, project_id=two)
    with world(tmp_path, company, NOON, keys={"zh_api_one": one, "zh_api_two": two}) as here:
        keys = (key("one"), key("two"))
        here.keys = keys
        here.night(NOON)
        company.delete_session(gone, NOON + timedelta(hours=1))
        here.keys, here.sim.now = keys[:1], NOON + DAY
        here.reconcile()
        assert here.query("select id from sessions where deleted_at is not null") == [(gone,)]


def test_a_session_of_a_key_that_is_refused_tonight_is_not_taken_for_deleted(tmp_path: Path) -> None:
    company = Company(replace(EMPTY, projects=2))
    one, two = company.project_ids
    ids = {project: completed(company, project_id=project) for project in (one, two)}
    with world(tmp_path, company, NOON, keys={"zh_api_one": one, "zh_api_two": two}) as here:
        here.keys = (key("one"), key("two"))
        here.night(NOON)
        here.sim.set_keys({"zh_api_one": one})
        outcome = here.night(NOON + DAY)
        assert [problem.key_name for problem in outcome.key_problems] == ["two"]
        assert outcome.details_left == 1
        here.reconcile()
        assert here.query("select deleted_at from sessions where deleted_at is not null") == []
        here.sim.set_keys({"zh_api_one": one, "zh_api_two": two})
        company.submit_survey(ids[two], NOON + DAY, 4)
        assert here.night(NOON + 2 * DAY).surveys_found == 1
