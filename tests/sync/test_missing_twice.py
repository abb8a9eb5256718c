"""What is missing once is looked for again: before a list counts as read, and before a session as deleted."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sync.small_api import NOT_FOUND, detail, session, small_api, uid
from tests.sync.test_spellings import DAY, KEY, NOW, night, rows_of, settings_for
from zenhire_sync.errors import ContractFloodError, PagingError
from zenhire_sync.progress import Silent
from zenhire_sync.sync.step import reconcile_sessions


@pytest.mark.parametrize("hidden_in", [1, 2])
def test_reconcile_marks_only_what_was_missing_twice(hidden_in: int, tmp_path: Path) -> None:
    rows = [session(n, NOW - timedelta(hours=3 + n)) for n in range(40)]
    with small_api(rows) as api:
        settings = settings_for(tmp_path, api)
        night(settings, NOW)
        readings = 0

        def answer(query: dict[str, str]) -> tuple[Any, dict[str, str]]:
            nonlocal readings
            start, limit = int(query.get("offset", "0")), int(query.get("limit", "20"))
            readings += not start
            shown = api.rows if readings > hidden_in else api.rows[:7] + api.rows[8:]
            paging = {"offset": start, "limit": limit, "total": len(shown)}
            return {"data": shown[start : start + limit], "pagination": paging}, {}

        api.answer_list = answer
        reconcile_sessions(settings, KEY, as_of=NOW + DAY, progress=Silent())
        gone = [(uid(7),)] if hidden_in == 2 else []
        assert rows_of(settings, "select id from sessions where deleted_at is not null") == gone


@pytest.mark.parametrize("times", [1, 999])
def test_a_row_that_one_page_lost_on_its_way_is_looked_for_again(times: int, tmp_path: Path) -> None:
    rows = [session(n, NOW - timedelta(hours=3 + n)) for n in range(130)]
    losses = times

    def answer(query: dict[str, str]) -> tuple[Any, dict[str, str]]:
        nonlocal losses
        start, limit = int(query.get("offset", "0")), 50
        shown = rows[start : start + limit]
        if start + limit >= len(rows) and losses:
            shown, losses = shown[:-2] + shown[-1:], losses - 1
        return {"data": shown, "pagination": {"offset": start, "limit": limit, "total": len(rows)}}, {}

    with small_api(rows, answer_list=answer) as api:
        settings = settings_for(tmp_path, api)
        with (
            nullcontext() if times == 1 else pytest.raises(PagingError, match="129 sessions but counted 130")
        ):
            night(settings, NOW)
        assert rows_of(settings, "select count(*) from sessions") == [(130 if times == 1 else 129,)]


def test_nothing_is_marked_while_a_list_may_be_the_first_page_of_several(tmp_path: Path) -> None:
    rows = [session(n, NOW - timedelta(hours=3 + n)) for n in range(100)]
    with small_api(rows) as api:
        settings = settings_for(tmp_path, api)
        night(settings, NOW)
        gone, api.rows = rows[3], [row for row in rows if row is not rows[3]]
        # Of the rest nobody can know: the last ones answer by their ids.
        api.answer_list = lambda _: ({"data": api.rows[:95]}, {})
        with pytest.raises(PagingError):
            reconcile_sessions(settings, KEY, as_of=NOW + DAY, progress=Silent())
        assert rows_of(settings, "select id from sessions where deleted_at is not null") == []
        api.answer_list = None
        reconcile_sessions(settings, KEY, as_of=NOW + 2 * DAY, progress=Silent())
        assert rows_of(settings, "select id from sessions where deleted_at is not null") == [(gone["id"],)]


@pytest.mark.parametrize("shown", [0, 12, 25], ids=lambda shown: f"{shown} of 30")
@pytest.mark.parametrize("are_there", [True, False], ids=["there", "deleted"])
def test_a_list_that_shows_less_than_half_of_what_is_there_ends_no_night_well(
    shown: int, are_there: bool, tmp_path: Path
) -> None:
    """Its index is being made anew, as they say."""
    rows = [session(n, NOW - timedelta(hours=3 + n)) for n in range(30)]
    listed = [*rows]

    def answer(query: dict[str, str]) -> tuple[Any, dict[str, str]]:
        start, limit = int(query.get("offset", "0")), int(query.get("limit", "20"))
        paging = {"offset": start, "limit": limit, "total": len(listed)}
        return {"data": listed[start : start + limit], "pagination": paging}, {}

    def answer_detail(asked: str) -> tuple[int, Any]:
        found = next((row for row in rows if row["id"] == asked), None)
        is_there = found is not None and (are_there or found in listed)
        return (200, detail(found)) if found is not None and is_there else NOT_FOUND

    with small_api(rows, answer_detail, answer) as api:
        settings = settings_for(tmp_path, api)
        night(settings, NOW)
        rows[:0] = [session(100, NOW + timedelta(hours=2))]
        listed[:] = rows[2 : 2 + shown]
        is_doubtful = are_there and shown < 15
        with (
            pytest.raises(PagingError, match=r"does not show session .* still there")
            if is_doubtful
            else nullcontext()
        ):
            night(settings, NOW + DAY)
        listed[:] = rows
        night(settings, NOW + 2 * DAY)
        assert rows_of(settings, f"select count(*) from sessions where id = '{uid(100)}'") == [(1,)]
        assert rows_of(settings, "select outcome from sync_runs order by started_at") == [
            ("done",),
            ("failed" if is_doubtful else "done",),
            ("done",),
        ]


@pytest.mark.parametrize("gone", [12, 40])
def test_details_that_deny_what_the_list_shows_mark_nothing(gone: int, tmp_path: Path) -> None:
    """A night on which the service of the details does not find what the list shows; few may be deletions."""
    rows = [session(n, NOW - timedelta(hours=3 + n)) for n in range(70)]
    denied = set[str]()

    def answer_detail(asked: str) -> tuple[int, Any]:
        found = next(row for row in rows if row["id"] == asked)
        return NOT_FOUND if asked in denied else (200, detail(found))

    with small_api(rows, answer_detail) as api:
        settings = settings_for(tmp_path, api)
        denied |= {row["id"] for row in rows[:gone]}
        is_flood = gone == 40
        with (
            pytest.raises(ContractFloodError, match="40 of 70 session details answer that there is no such")
            if is_flood
            else nullcontext()
        ):
            night(settings, NOW)
        marked = rows_of(settings, "select count(*) from sessions where deleted_at is not null")
        assert marked == [(0 if is_flood else gone,)]
        denied.clear()
        night(settings, NOW + DAY)
        assert rows_of(settings, "select count(*) from sessions where deleted_at is not null") == [(0,)]
