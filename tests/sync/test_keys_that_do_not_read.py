"""A 404 is no proof while a key that may see the session is refused, or has left the profile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.sync.test_changes import DAY, EMPTY, NOON, completed
from tests.sync.world import World, world
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.simulator import Company
from zenhire_sync.simulator.request_log import RequestRecord


@pytest.fixture
def company() -> Company:
    return Company(replace(EMPTY, projects=2))


@pytest.fixture
def here(company: Company, tmp_path: Path) -> Iterator[World]:
    one, two = company.project_ids
    with world(tmp_path, company, NOON, keys={"zh_api_one": one, "zh_api_two": two}) as running:
        running.keys = (
            ApiKey(name="one", value="zh_api_one"),  # type: ignore[arg-type]
            ApiKey(name="two", value="zh_api_two"),  # type: ignore[arg-type]
        )
        yield running


def move(company: Company, session_id: str, project_id: str) -> None:
    company._session(session_id).project_id = project_id


def deleted(here: World) -> list[tuple[str]]:
    return here.query("select id from sessions where deleted_at is not null")


def test_a_session_that_moved_to_the_project_of_a_refused_key_is_not_marked(
    company: Company, here: World
) -> None:
    one, two = company.project_ids
    moved, stays = completed(company, project_id=one), completed(company, project_id=one)
    gone = completed(company, project_id=one)
    here.night(NOON)
    move(company, moved, two)
    company.delete_session(gone, NOON + timedelta(hours=1))
    here.sim.set_keys({"zh_api_one": one})
    outcome = here.night(NOON + DAY)
    assert [problem.key_name for problem in outcome.key_problems] == ["two"]
    assert outcome.ledger.by_reason["survey"] >= 3, "they were asked for"
    assert deleted(here) == [], "gone or moved: nobody can tell tonight"
    here.sim.set_keys({"zh_api_one": one, "zh_api_two": two})
    company.submit_survey(moved, NOON + DAY, 1)
    assert here.night(NOON + 2 * DAY).surveys_found == 1
    assert deleted(here) == [(gone,)]
    assert stays != moved


def test_a_session_that_the_list_still_shows_is_gone_when_its_own_key_says_so(
    company: Company, here: World
) -> None:
    one, _ = company.project_ids
    gone = completed(company, project_id=one)
    here.night(NOON)
    company.delete_session(gone, NOON + timedelta(hours=1))
    here.sim.behaviour = replace(here.sim.behaviour, deleted_stays_listed=True)
    here.sim.set_keys({"zh_api_one": one})
    here.night(NOON + DAY)
    assert deleted(here) == [(gone,)]


def test_a_key_that_is_refused_while_it_looks_for_another_keys_sessions_costs_only_its_own(
    company: Company, here: World
) -> None:
    one, two = company.project_ids
    moved, living = completed(company, project_id=one), completed(company, project_id=one)
    here.night(NOON)
    move(company, moved, two)
    company.submit_survey(living, NOON + timedelta(hours=1), 4)

    def refuse_when_details_begin(record: RequestRecord) -> None:
        if record.endpoint == "detail":
            here.sim.set_keys({"zh_api_one": one})

    here.sim.behaviour = replace(here.sim.behaviour, on_request=refuse_when_details_begin)
    # The list of the second key was read before; it just does not hold the moved session's detail.
    outcome = here.night(NOON + DAY)
    assert [problem.key_name for problem in outcome.key_problems] == ["two"]
    assert outcome.surveys_found == 1, "the first key's answers are kept"


def test_sessions_of_a_key_that_left_the_profile_are_not_marked(company: Company, here: World) -> None:
    one, two = company.project_ids
    of_two, gone = completed(company, project_id=two), completed(company, project_id=one)
    completed(company, project_id=one)
    here.night(NOON)
    company.delete_session(gone, NOON + timedelta(hours=1))
    here.keys = here.keys[:1]
    here.night(NOON + DAY)
    assert deleted(here) == [(gone,)]
    here.reconcile()
    assert deleted(here) == [(gone,)], of_two


def test_what_a_key_that_is_refused_on_the_way_leaves_is_counted(company: Company, here: World) -> None:
    one, two = company.project_ids
    for _ in range(12):
        completed(company, project_id=one)
        completed(company, project_id=two)
    here = replace(here, settings=here.settings.model_copy(update={"window_details": 6}))

    def refuse_when_details_begin(record: RequestRecord) -> None:
        if record.endpoint == "detail":
            here.sim.set_keys({"zh_api_one": one})

    here.sim.behaviour = replace(here.sim.behaviour, on_request=refuse_when_details_begin)
    outcome = here.night(NOON)
    [(never_asked,)] = here.query("select count(*) from sessions where detail_checked_at is null")
    assert [problem.key_name for problem in outcome.key_problems] == ["two"]
    assert outcome.details_left == never_asked > 10
