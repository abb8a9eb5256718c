"""What is missing once is looked for again: before a list counts as read, and before a session as deleted."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sync.small_api import session, small_api, uid
from tests.sync.test_spellings import DAY, KEY, NOW, night, rows_of, settings_for
from zenhire_sync.errors import PagingError
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
