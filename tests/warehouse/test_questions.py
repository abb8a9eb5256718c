"""What steps ask of the raw tables, and put right in them, at its edges: warehouses of a few rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.transforms.warehouse import NOW, at, completed, persona_version, session, survey, write_raw

from zenhire_schemas.tables import SESSIONS
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.plan.cursors import Cursors
from zenhire_sync.plan.detail_plan import NO_BOUNDS, Bounds, PersonaUse
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse import questions
from zenhire_sync.warehouse.clock import set_back
from zenhire_sync.warehouse.orphans import drop_orphans
from zenhire_sync.warehouse.port import Loader
from zenhire_sync.warehouse.questions import Memory
from zenhire_sync.warehouse.session_states import add_states_of_run
from zenhire_sync.warehouse.survey_delays import completed_a_day, read_survey_delays

pytestmark = pytest.mark.file_only

Row = dict[str, Any]
MONDAY, TUESDAY, WEDNESDAY = at("2026-03-02 10:00"), at("2026-03-03 10:00"), at("2026-03-04 10:00")


@contextmanager
def loading(folder: Path, **rows: list[Row]) -> Iterator[Loader]:
    """A run's access to a warehouse in the folder with these rows."""
    settings = Settings(data_dir=folder)
    write_raw(settings.warehouse_path, rows)
    with warehouse_of(settings).loading() as loader:
        yield loader


def waiting(session_id: str, ended: str, **fields: Any) -> Row:
    """A completed session that nobody has looked at, created an hour before its end."""
    return completed(session_id, ended, 0, **fields)


def cursors(day: int) -> dict[str, Any]:
    return {"default": {"created_at": f"2026-03-0{day}T00:00:00+00:00", "completed_at": None}}


@pytest.mark.parametrize(("told", "state"), [(5, 3), (3, 5)], ids=["state behind", "runs behind"])
def test_of_the_states_and_the_runs_cursor_the_earlier_counts(tmp_path: Path, told: int, state: int) -> None:
    run = {"run_id": "run-1", "command": "sync", "outcome": "done", "as_of": NOW, "finished_at": NOW}
    row = pa.Table.from_pylist([session("a", "2026-03-01 10:00")], schema=SESSIONS.arrow_schema())
    with loading(tmp_path, sync_runs=[{**run, "cursors_after": json.dumps(cursors(told))}]) as loader:
        assert Memory(loader).cursors("default") == Cursors(at(f"2026-03-0{told} 00:00"))
        loader.load({"sessions": row}, cursors(state))
    with warehouse_of(Settings(data_dir=tmp_path)).loading() as loader:
        assert Memory(loader).cursors("default") == Cursors(at("2026-03-03 00:00"))


def test_a_run_that_failed_or_still_works_vouches_for_nothing(tmp_path: Path) -> None:
    def run(day: int, outcome: str) -> Row:
        ended = at(f"2026-03-0{day} 02:00")
        told = {"run_id": f"run-{day}", "command": "sync", "outcome": outcome, "as_of": ended}
        return {**told, "finished_at": ended, "cursors_after": json.dumps(cursors(day))}

    runs = [run(3, "done"), run(4, "set_aside"), run(5, "failed"), run(6, "running")]
    with loading(tmp_path, sync_runs=runs) as loader:
        memory = Memory(loader)
        assert memory.cursors("default") == Cursors(at("2026-03-04 00:00"))
        assert memory.last_run_at() == at("2026-03-04 02:00")
        assert memory.cursors("another") is None


def test_the_oldest_that_may_still_change_is_one_that_is_not_completed_nor_gone(tmp_path: Path) -> None:
    with loading(
        tmp_path,
        sessions=[
            session("gone", "2026-03-01 10:00", deleted_at=NOW),
            completed("done", "2026-03-01 11:00", 600),
            session("failed", "2026-03-02 10:00", status="failed"),
            session("invited", "2026-03-03 10:00"),
        ],
    ) as loader:
        memory = Memory(loader)
        assert memory.oldest_unfinished(at("2026-02-01 00:00")) == MONDAY
        assert memory.oldest_unfinished(MONDAY) == TUESDAY, "created after, not at"
        assert memory.oldest_unfinished(TUESDAY) is None


def test_the_backlog_is_what_is_completed_was_never_asked_for_and_is_there(tmp_path: Path) -> None:
    with loading(
        tmp_path,
        sessions=[
            waiting("a", "2026-03-02 11:00"),
            waiting("b", "2026-03-03 11:00"),
            waiting("gone", "2026-03-03 11:00", deleted_at=NOW),
            waiting("asked", "2026-03-03 11:00", detail_checked_at=NOW),
            session("invited", "2026-03-03 10:00"),
            session("failed", "2026-03-03 10:00", status="failed"),
        ],
    ) as loader:
        memory = Memory(loader)

        def told(bounds: Bounds) -> list[str]:
            ids = [planned.session_id for planned in memory.backlog_details(bounds)]
            assert sum(part.sessions for part in memory.backlog(bounds)) == len(ids)
            among = memory.in_backlog(["a", "b", "gone", "asked", "invited", "failed"], bounds)
            assert among == set(ids)
            return ids

        assert told(NO_BOUNDS) == ["b", "a"]
        assert told(Bounds(MONDAY, TUESDAY)) == ["a"], "created from the first moment on, before the second"
        assert told(Bounds(TUESDAY, WEDNESDAY)) == ["b"]


def test_the_backlog_comes_latest_end_first_in_pages_each_session_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = [waiting(name, "2026-03-03 11:00") for name in "bdace"]
    with loading(
        tmp_path, sessions=[*at_once, waiting("x", "2026-03-01 11:00"), waiting("f", "2026-03-04 11:00")]
    ) as loader:
        memory = Memory(loader)
        for size in (1, 2, 3, 7, 100):
            monkeypatch.setattr(questions, "BACKLOG_PAGE", size)
            # No more of it than there can be: a page that repeats its last row has no end.
            told = islice(memory.backlog_details(NO_BOUNDS), 20)
            assert [planned.session_id for planned in told] == list("fedcbax"), size


def test_a_survey_is_looked_for_until_the_last_rung_and_a_new_end_makes_all_due(tmp_path: Path) -> None:
    longest = timedelta(days=2)
    # ended at ten on Monday
    ended = "2026-03-02 10:00"
    with loading(
        tmp_path,
        sessions=[
            waiting("polled", ended, detail_checked_at=TUESDAY),
            waiting("at the last rung", ended, detail_checked_at=WEDNESDAY),
            waiting("answered", ended, detail_checked_at=TUESDAY),
            waiting("completed anew", "2026-03-03 11:00", detail_checked_at=TUESDAY),
            waiting("gone", ended, detail_checked_at=TUESDAY, deleted_at=NOW),
            waiting("never asked", ended),
            session("invited", "2026-03-02 09:00", detail_checked_at=TUESDAY),
        ],
        session_feedback=[survey(name, 4, ended) for name in ("answered", "completed anew")],
    ) as loader:
        memory = Memory(loader)
        assert [state.id for state in memory.looked_at(longest)] == ["completed anew", "polled"]


def test_a_persona_is_asked_for_by_its_newest_living_session_and_was_seen_by_the_latest_look(
    tmp_path: Path,
) -> None:
    of_client = {"client_id": "client", "project_id": "project"}
    with loading(
        tmp_path,
        sessions=[
            session("a", "2026-03-01 10:00", detail_checked_at=WEDNESDAY, **of_client),
            session("b", "2026-03-02 10:00", detail_checked_at=TUESDAY, **of_client),
            session("c", "2026-03-02 10:00", **of_client),
            session("gone", "2026-03-03 10:00", detail_checked_at=NOW, deleted_at=NOW, **of_client),
            session("other", "2026-03-01 10:00", persona_id="persona-2", **of_client),
        ],
    ) as loader:
        memory = Memory(loader)
        assert memory.personas_in_use() == [
            PersonaUse("persona-1", "c", MONDAY, WEDNESDAY, project_id="project", client_id="client"),
            PersonaUse(
                "persona-2", "other", at("2026-03-01 10:00"), None, project_id="project", client_id="client"
            ),
        ]


def test_of_a_persona_the_latest_version_is_known_and_when_the_first_was_seen(tmp_path: Path) -> None:
    with loading(
        tmp_path,
        persona_versions=[
            persona_version("persona-1", 2, ("2026-03-03 10:00", "2026-03-04 10:00")),
            persona_version("persona-1", 1, ("2026-03-02 10:00", "2026-03-03 10:00")),
        ],
    ) as loader:
        memory = Memory(loader)
        [known] = memory.personas().latest.values()
        assert (known.version, known.content.system_prompt, known.first_seen_at) == (2, "prompt 2", MONDAY)


def test_who_is_marked_deleted_is_not_expected_in_the_list(tmp_path: Path) -> None:
    with loading(
        tmp_path,
        sessions=[
            session("a", "2026-03-02 10:00"),
            session("b", "2026-03-03 10:00"),
            session("gone", "2026-03-03 10:00", deleted_at=NOW),
        ],
    ) as loader:
        memory = Memory(loader)
        assert sorted(memory.living_ids()) == ["a", "b"]
        assert list(memory.living_ids(MONDAY)) == ["b"], "created after, not at"
        assert [state.id for state in memory.deleted_states()] == ["gone"]


def test_an_id_is_spelled_as_the_open_row_that_was_set_aside_last_spells_it(tmp_path: Path) -> None:
    sent = "5BC8FBBC-BDE5-4099-A164-D8399F767C45"

    def rejected(key: str, spelled: str, **fields: Any) -> Row:
        payload = json.dumps({"id": spelled})
        told = {"rejected_id": key, "session_id": sent.lower(), "endpoint": "list", "payload": payload}
        return {**told, "reason": "odd", "first_seen_at": NOW, "seen_at": NOW, "run_id": "run-1", **fields}

    healed = rejected("r2", sent.replace("BC", "bc"), healed_at=NOW)
    open_row = rejected("r1", sent)
    for rows, spelled in (([healed, open_row], {sent.lower(): sent}), ([healed], {}), ([], {})):
        with loading(tmp_path / str(len(rows)), rejected_rows=rows) as loader:
            assert Memory(loader).sent_ids([sent.lower(), "another"]) == spelled


def test_a_survey_came_when_it_was_submitted_and_else_when_it_was_found(tmp_path: Path) -> None:
    ended = "2026-03-02 10:00"
    rows: dict[str, list[Row]] = {
        "sessions": [
            waiting("told", ended, detail_checked_at=WEDNESDAY),
            waiting("untold", ended, detail_checked_at=TUESDAY),
            waiting("none", ended, detail_checked_at=WEDNESDAY),
            waiting("never asked", ended),
            waiting("long ago", "2024-03-02 10:00", detail_checked_at=WEDNESDAY),
        ],
        "session_feedback": [
            survey("told", 4, "2026-03-02 12:30"),
            {**survey("untold", 4, ended), "submitted_at": None},
        ],
    }
    with loading(tmp_path, **rows) as loader:
        delays = read_survey_delays(loader, NOW)
        assert (dict(delays.submitted), dict(delays.unanswered)) == ({3: 1, 24: 1}, {48: 1})
        assert completed_a_day(loader, NOW) == 4 / 28


@pytest.mark.parametrize("told_after", [0, 5], ids=["in the same instant", "later"])
def test_a_state_comes_after_the_one_before_whatever_the_clock_says(tmp_path: Path, told_after: int) -> None:
    told_at = NOW + timedelta(seconds=told_after)
    before = {"session_id": "a", "seen_from": told_at, "status": "initiated", "run_id": "run-0"}
    rows: dict[str, list[Row]] = {
        "sessions": [session("a", "2026-03-02 10:00", status="failed")],
        "session_states": [{**before, "is_removed": False}],
    }
    with loading(tmp_path, **rows) as loader:
        add_states_of_run(loader, Settings(data_dir=tmp_path), "run-1")
        told = loader.select("select status, seen_from from session_states order by seen_from").to_pylist()
    assert [(one["status"], one["seen_from"]) for one in told] == [
        ("initiated", told_at),
        ("failed", told_at + timedelta(microseconds=1)),
    ]


def test_times_still_to_come_are_set_back_one_by_one_and_a_look_to_come_was_none(tmp_path: Path) -> None:
    next_year, just_now = NOW + timedelta(days=365), NOW + timedelta(minutes=59)
    told = {"session_id": "a", "persona_id": "persona-1", "status": "initiated", "run_id": "run-0"}
    rows: dict[str, list[Row]] = {
        "sessions": [
            waiting("a", "2026-03-02 10:00", synced_at=next_year, detail_checked_at=next_year),
            waiting("b", "2026-03-02 10:00", synced_at=just_now, detail_checked_at=MONDAY),
        ],
        "session_states": [
            {**told, "is_removed": False, "seen_from": moment}
            for moment in (MONDAY, just_now, next_year, next_year + timedelta(days=1))
        ],
    }
    with loading(tmp_path, **rows) as loader:
        assert set_back(loader, NOW) == NOW
        sessions = loader.select("select synced_at, detail_checked_at from sessions order by id").to_pylist()
        states = loader.select("select seen_from from session_states order by seen_from").column(0)
    # The rows of a table are set back together.
    assert [tuple(row.values()) for row in sessions] == [(NOW, None), (NOW, MONDAY)]
    tick = timedelta(microseconds=1)
    assert states.to_pylist() == [MONDAY, just_now, just_now + tick, just_now + 2 * tick]


def test_a_clock_that_is_less_than_an_hour_off_sets_nothing_back(tmp_path: Path) -> None:
    for minutes in (59, -1):
        moment = NOW + timedelta(minutes=minutes)
        rows = [waiting("a", "2026-03-02 10:00", synced_at=moment, detail_checked_at=moment)]
        with loading(tmp_path / str(minutes), sessions=rows) as loader:
            assert set_back(loader, NOW) == moment
            [left] = loader.rows("select synced_at, detail_checked_at from sessions")
            assert set(left.values()) == {moment}


def test_children_without_a_session_go_and_no_others(tmp_path: Path) -> None:
    rows: dict[str, list[Row]] = {
        "sessions": [session("a", "2026-03-02 10:00")],
        "session_tags": [
            {"session_id": name, "position": 0, "tag": "eu", "is_removed": False} for name in ("a", "lost")
        ],
        "session_feedback": [survey(name, 4, "2026-03-02 10:00") for name in ("a", "lost")],
    }

    with loading(tmp_path, **rows) as loader:
        drop_orphans(loader)
        for child in ("session_tags", "session_feedback"):
            assert loader.rows(f"select session_id from {child}") == [{"session_id": "a"}]
