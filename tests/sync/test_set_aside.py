"""Rows set aside heal by what mends them and by nothing else; surveys that are known are not found again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sync.small_api import NOT_FOUND, Row, detail, session, small_api, survey, uid
from tests.sync.test_spellings import DAY, NOW, night, rows_of, settings_for
from zenhire_sync.sync import list_reader

OPEN = "select endpoint, session_id from rejected_rows where healed_at is null order by 1"
UNBEGUN: Row = {"status": "initiated", "started_at": None, "completed_at": None, "duration_sec": None}


def invited(**fields: Any) -> Row:
    """A session that nobody has begun: its detail is not asked for."""
    return session(0, NOW - timedelta(hours=3), **{**UNBEGUN, "credit_charged": None, **fields})


def test_a_list_row_heals_with_the_next_good_one_of_the_list(tmp_path: Path) -> None:
    with small_api([invited(status="paused")], lambda _: (500, {})) as api:
        settings = settings_for(tmp_path, api)
        assert night(settings, NOW).rejected == 1
        assert rows_of(settings, OPEN) == [("sessions", uid(0))]
        api.rows = [invited()]
        assert night(settings, NOW + DAY).healed == 1
        # Its detail is asked for as well, and does not come.
        assert rows_of(settings, OPEN) == [("sessions/{id}", uid(0))]


def test_what_stays_set_aside_has_the_time_when_it_first_was_and_last_was(tmp_path: Path) -> None:
    times = "select first_seen_at, seen_at from rejected_rows where endpoint = 'sessions'"
    with small_api([invited(status="paused")]) as api:
        settings = settings_for(tmp_path, api)
        for days in range(3):
            night(settings, NOW + days * DAY)
            assert rows_of(settings, times) == [(NOW, NOW + days * DAY)]


def test_a_broken_detail_is_not_healed_by_a_good_list_row_and_is_asked_for_again(tmp_path: Path) -> None:
    row = session(0, NOW - timedelta(hours=3))
    with small_api([row], lambda _: (200, {**detail(row), "status": "paused"})) as api:
        settings = settings_for(tmp_path, api)
        night(settings, NOW)
        # The list row changes, so that it is written and not only looked at.
        api.rows = [{**row, "tags": ["eu", "new"]}]
        outcome = night(settings, NOW + timedelta(minutes=10))
        assert outcome.healed == 0
        assert [endpoint for endpoint, _ in rows_of(settings, OPEN)] == ["sessions/{id}"]
        assert api.asked == [uid(0)] * 2


def test_a_broken_detail_of_a_session_that_is_gone_is_open_no_more(tmp_path: Path) -> None:
    row = session(0, NOW - timedelta(hours=3))
    with small_api([row], lambda _: (200, {**detail(row), "status": "paused"})) as api:
        settings = settings_for(tmp_path, api)
        night(settings, NOW)
        api.answer_detail = lambda _: NOT_FOUND
        api.rows = [invited(id=uid(1))]
        assert night(settings, NOW + DAY).healed == 1
        assert rows_of(settings, OPEN) == []
        night(settings, NOW + 2 * DAY)
        assert api.asked.count(uid(0)) == 2


def test_a_survey_is_found_once_and_goes_when_it_is_gone(tmp_path: Path) -> None:
    row = session(0, NOW - timedelta(hours=3))
    answer = detail(row, feedback=survey(NOW - timedelta(hours=1)))
    with small_api([row], lambda _: (200, answer)) as api:
        # A session with a survey is asked for by the sample alone.
        settings = settings_for(tmp_path, api).model_copy(update={"audit_requests": 5})
        assert night(settings, NOW).surveys_found == 1
        assert night(settings, NOW + DAY).surveys_found == 0
        answer["feedback"] = None
        night(settings, NOW + 2 * DAY)
        assert api.asked == [uid(0)] * 3
        assert rows_of(settings, "select session_id from session_feedback") == []


def test_a_prompt_that_is_turned_back_is_a_version_of_its_own(tmp_path: Path) -> None:
    """The content of the first night comes again: it is known, and yet news."""
    with small_api([]) as api:
        settings = settings_for(tmp_path, api)
        for number, prompt in enumerate(("Be kind.", "Be brief.", "Be kind.")):
            now = NOW + number * DAY
            api.rows = [session(number, now - timedelta(hours=3)), *api.rows]
            api.answer_detail = lambda asked, said=prompt: (
                200,
                detail(next(row for row in api.rows if row["id"] == asked), said),
            )
            night(settings, now)
        told = rows_of(settings, "select system_prompt from persona_versions order by valid_from")
        assert told == [("Be kind.",), ("Be brief.",), ("Be kind.",)]
        assert rows_of(settings, "select system_prompt from personas") == [("Be kind.",)]


def test_a_session_that_a_first_list_shows_twice_is_one_row_as_it_was_shown_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It changed and moved on while the list was read, behind hundreds that wait to be written with it."""
    monkeypatch.setattr(list_reader, "ADDED_ROWS", 100)
    # Nobody has begun them: a detail would write them once more.
    rows = [session(n, NOW - timedelta(hours=3, minutes=n), **UNBEGUN) for n in range(450)]
    moved = {**rows[10], "tags": ["moved"]}
    shown = [*rows[:400], moved, *rows[400:]]

    def page(query: dict[str, str]) -> tuple[Any, dict[str, str]]:
        start, limit = int(query.get("offset", 0)), int(query.get("limit", 20))
        part = {"offset": start, "limit": limit, "has_more": start + limit < len(shown)}
        answer = {"data": shown[start : start + limit], "pagination": part}
        if start + limit > 400:
            rows[10] = shown[10] = moved
        return answer, {}

    with small_api(rows, answer_list=page) as api:
        settings = settings_for(tmp_path, api)
        night(settings, NOW)
        counted = "select count(*) as n, count(distinct id) as ids from sessions"
        assert rows_of(settings, counted) == [(450, 450)]
        tags = f"select tag from session_tags where session_id = '{uid(10)}'"
        assert rows_of(settings, tags) == [("moved",)]
