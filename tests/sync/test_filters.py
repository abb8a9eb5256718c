"""A filter of the API is believed as long as it shows what is known to be there, and not where nothing is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.sync.small_api import NOT_FOUND, detail, session, small_api, uid
from tests.sync.test_spellings import DAY, NOW, night, rows_of, settings_for


def test_a_filter_that_shows_one_of_two_is_not_used(tmp_path: Path) -> None:
    """Every second session is swallowed, of those that are known and of those to come."""
    rows = [session(n, NOW - timedelta(hours=3, minutes=10 * n)) for n in (4, 0, 3, 2, 5, 1)]
    swallowed = {uid(n) for n in range(1, 30, 2)}

    def answer(query: dict[str, str]) -> tuple[Any, dict[str, str]]:
        after = query.get("created_after", "")
        shown = [
            row
            for row in api.rows
            if not after or (row["created_at"] >= after and row["id"] not in swallowed)
        ]
        return {"data": shown, "total": len(shown)}, {}

    with small_api(rows, answer_list=answer) as api:
        settings = settings_for(tmp_path, api)
        for day in range(3):
            night(settings, NOW + day * DAY)
            api.rows = [session(7 + day, NOW + day * DAY + timedelta(hours=5)), *api.rows[::-1]]
        night(settings, NOW + 3 * DAY)
        assert rows_of(settings, "select count(*) from sessions") == [(len(api.rows),)]


def test_an_empty_answer_where_nothing_is_expected_is_no_reading(tmp_path: Path) -> None:
    rows = [session(n, NOW - timedelta(hours=3 + n)) for n in (4, 0, 7, 2, 9, 1)]
    swallows, gone = False, set[str]()

    def answer(query: dict[str, str]) -> tuple[Any, dict[str, str]]:
        after = query.get("created_after", "")
        shown = [row for row in api.rows if row["id"] not in gone and row["created_at"] >= after]
        return {"data": [] if swallows and after else shown, "total": len(shown)}, {}

    def answer_detail(asked: str) -> tuple[int, Any]:
        return NOT_FOUND if asked in gone else (200, detail(next(r for r in api.rows if r["id"] == asked)))

    with small_api(rows, answer_detail, answer) as api:
        settings = settings_for(tmp_path, api)
        for day in range(2):
            night(settings, NOW + day * DAY)
        [_, (paging,)] = rows_of(settings, "select paging from sync_runs order by finished_at")
        assert '"created_filter": "created_after"' in paging
        # The newest one, which alone was created since the cursor, is gone: nothing is expected any more.
        gone.add(uid(0))
        night(settings, NOW + 2 * DAY)
        assert rows_of(settings, "select id from sessions where deleted_at is not null") == [(uid(0),)]
        swallows = True
        api.rows.insert(2, session(20, NOW + 2 * DAY + timedelta(hours=5)))
        night(settings, NOW + 3 * DAY)
        assert rows_of(settings, "select count(*) from sessions where id = '" + uid(20) + "'") == [(1,)]
