"""A uuid is the same in capitals, whenever and wherever they come; requests keep the API's own spelling."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.engine import CURRENT, changed
from tests.sync.small_api import NOT_FOUND, SmallApi, detail, session, small_api, survey, uid
from tests.sync.world import (
    assert_feedback_equal,
    assert_lists_equal,
    assert_no_orphans_or_twins,
    assert_personas_equal,
    world,
)
from zenhire_sync.api.paging.envelope import Envelope
from zenhire_sync.api.paging.page_body import page_parser
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.erase import ErasureRequest
from zenhire_sync.progress import Silent
from zenhire_sync.settings import Settings
from zenhire_sync.simulator import NO_FAULTS, Company, CompanySpec, FaultPlan
from zenhire_sync.sync.outcome import SyncOutcome
from zenhire_sync.sync.step import sync_sessions

NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)
IDS = ("id", "client_id", "persona_id", "project_id")
KEY = (ApiKey(name="default", value=SecretStr("zh_api_small")),)


def in_capitals(row: dict[str, Any], _: str) -> dict[str, Any]:
    spelled = {name: value.upper() if name in IDS and value else value for name, value in row.items()}
    if spelled.get("persona"):
        spelled["persona"] = {**spelled["persona"], "id": spelled["persona"]["id"].upper()}
    return spelled


def settings_for(tmp_path: Path, api: SmallApi) -> Settings:
    return CURRENT.settings(
        Settings(
            base_url=api.base_url,
            data_dir=tmp_path / "data",
            rate_limit_per_minute=1_000_000,
            retry_base_seconds=0.01,
            audit_requests=0,
        )
    )


def night(settings: Settings, now: datetime) -> SyncOutcome:
    return sync_sessions(settings, KEY, as_of=now, progress=Silent())


def rows_of(settings: Settings, sql: str) -> list[Any]:
    with warehouse_of(settings).reading() as reader:
        return [tuple(row.values()) for row in reader.rows(sql)]


@pytest.mark.slow
def test_ids_in_capitals_from_one_night_on_are_the_same_sessions_personas_and_projects(
    tmp_path: Path,
) -> None:
    company = Company(CompanySpec(sessions=60, days=20, personas=3, projects=2, personas_deleted=0))
    with world(tmp_path, company, NOW) as here:
        here.night(NOW)
        before = here.query("select (select count(*) from persona_versions), count(*) from personas")
        for mutate in (in_capitals, None, in_capitals):
            here.sim.faults = FaultPlan(mutate_row=mutate) if mutate else NO_FAULTS
            here.night(here.sim.now + DAY)
            assert_lists_equal(here, here.sim.now)
            assert_feedback_equal(here, here.sim.now)
            assert_personas_equal(here, here.sim.now)
            assert_no_orphans_or_twins(here)
        assert here.reconcile().deleted == 0
        assert before == here.query("select (select count(*) from persona_versions), count(*) from personas")
        assert here.query("select count(*) from sessions where deleted_at is not null") == [(0,)]
        assert here.query("select count(*) from sessions where sent_id is distinct from upper(id)") == [(0,)]


def test_an_api_that_compares_ids_as_text_is_asked_in_the_spelling_that_it_sent(tmp_path: Path) -> None:
    rows = [session(n, NOW - timedelta(hours=3 + n)) for n in range(3)]
    with small_api(rows) as api:
        settings = settings_for(tmp_path, api)
        night(settings, NOW)
        mixed = rows[0]["id"].replace("a", "A")
        api.rows = [{**rows[0], "id": mixed}, *({**row, "id": row["id"].upper()} for row in rows[1:])]
        api.asked.clear()
        api.answer_detail = lambda asked: next(
            ((200, detail(row, feedback=survey(NOW))) for row in api.rows if row["id"] == asked),
            NOT_FOUND,
        )
        assert night(settings, NOW + DAY).surveys_found == 3
        assert sorted(api.asked) == sorted(row["id"] for row in api.rows)
        assert rows_of(settings, "select count(*), count(deleted_at) from sessions") == [(3, 0)]


def test_a_404_for_small_letters_deletes_nothing_while_the_api_sends_capitals(tmp_path: Path) -> None:
    rows = [session(n, NOW - timedelta(hours=3 + n)) for n in range(2)]

    def only_in_capitals(asked: str) -> tuple[int, Any]:
        row = next((row for row in rows if row["id"].upper() == asked), None)
        return NOT_FOUND if row is None else (200, detail(row, feedback=survey(NOW)))

    with small_api(rows) as api:
        settings = settings_for(tmp_path, api)
        night(settings, NOW)
        # One was listed again in its new spelling; the other not yet.
        api.rows = [{**rows[0], "id": rows[0]["id"].upper()}, rows[1]]
        api.answer_detail = only_in_capitals
        assert night(settings, NOW + DAY).surveys_found == 2
        api.answer_detail = lambda _: NOT_FOUND
        assert night(settings, NOW + 3 * DAY).deleted == 0, "surveys are here: nothing was asked"


def test_a_session_that_is_gone_in_every_spelling_is_marked_deleted(tmp_path: Path) -> None:
    rows = [session(0, NOW - timedelta(hours=3), id=uid(0).upper())]
    with small_api(rows) as api:
        settings = settings_for(tmp_path, api)
        night(settings, NOW)
        assert api.asked == [uid(0).upper()]
        api.answer_detail = lambda _: NOT_FOUND
        assert night(settings, NOW + DAY).deleted == 1


def test_a_broken_row_in_capitals_is_set_aside_once_and_asked_for_as_it_was_spelled(tmp_path: Path) -> None:
    row = session(0, NOW - timedelta(hours=3), status="odd")
    with small_api([row]) as api:
        settings = settings_for(tmp_path, api)
        night(settings, NOW)
        api.rows = [{**row, "id": row["id"].upper()}]
        night(settings, NOW + DAY)
        assert rows_of(settings, "select session_id from rejected_rows where endpoint = 'sessions'") == [
            (uid(0),)
        ]
        api.answer_detail = lambda asked: (
            (200, detail({**row, "status": "completed"})) if asked == uid(0).upper() else NOT_FOUND
        )
        night(settings, NOW + 2 * DAY)
        assert rows_of(settings, "select id, status from sessions") == [(uid(0), "completed")]


@pytest.mark.parametrize("spell", [str.upper, str.title, str.lower])
def test_keyset_paging_names_the_last_row_as_it_was_sent(spell: Callable[[str], str]) -> None:
    rows = [session(n, NOW, id=spell(uid(n))) for n in range(3)]
    typed = page_parser(None)(json.dumps({"data": rows}).encode())["data"]
    for page in (Envelope(rows), Envelope(typed)):
        assert page.ids == [uid(n) for n in range(3)]
        assert page.last_sent_id == spell(uid(2))


def test_a_person_who_was_erased_does_not_come_back_under_the_same_id_in_capitals(tmp_path: Path) -> None:
    rows = [session(n, NOW - timedelta(hours=3 + n)) for n in range(2)]
    assert ErasureRequest(session_ids=(uid(0).upper(),)).session_ids == (uid(0),)
    with small_api(rows) as api:
        settings = settings_for(tmp_path, api)
        night(settings, NOW)
        changed(settings, "insert into erased_sessions values (?, ?, ?)", uid(0), NOW, NOW)
        api.rows = [{**row, "id": row["id"].upper()} for row in rows]
        night(settings, NOW + DAY)
        refs = rows_of(settings, "select id, candidate_ref from sessions order by id")
        assert refs == [(uid(0), None), (uid(1), "candidate-1")]
