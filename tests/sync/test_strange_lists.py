"""Lists that an adversary made up: every row comes, or an error says that they do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.lives.readings import Read, read_list
from tests.sync.small_api import Row, session, small_api
from tests.sync.world import UNLIMITED
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.errors import PagingError
from zenhire_sync.progress import Silent
from zenhire_sync.settings import Settings
from zenhire_sync.sync.step import reconcile_sessions, sync_sessions

NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
SESSIONS = 130
KEYS = (ApiKey(name="default", value=SecretStr("zh_api_case_key")),)
Query = dict[str, str]
Answer = tuple[Any, dict[str, str]]
Serve = Callable[[list[Row], Query], Answer]


def rows_of(count: int) -> list[Row]:
    """Newest first."""
    return [session(number, NOW - timedelta(hours=number + 1)) for number in range(count)]


def size(query: Query, most: int = 50) -> int:
    """The page size that is granted."""
    return min(int(query.get("limit", "20")), most)


def under_an_unknown_name(rows: list[Row], query: Query) -> Answer:
    return {"data": {"interviews": rows}}, {}


def by_status(rows: list[Row], query: Query) -> Answer:
    return {"result": {"completed": rows[::2], "failed": rows[1::2]}}, {}


def by_id(rows: list[Row], query: Query) -> Answer:
    return {"sessions": {row["id"]: row for row in rows}}, {}


def as_edges(rows: list[Row], query: Query) -> Answer:
    return {"sessions": {"edges": [{"cursor": "c", "node": row} for row in rows]}}, {}


def first_page_empty(rows: list[Row], query: Query) -> Answer:
    page = int(query.get("cursor", "0"))
    shown = rows[(page - 1) * 30 : page * 30] if page else []
    more = page * 30 < len(rows)
    return {"data": shown, "has_more": more, "next_cursor": str(page + 1) if more else None}, {}


def after_is_a_date(rows: list[Row], query: Query) -> Answer:
    start = int(query.get("skip", "0"))
    # No id is a date, and what is no date matches nothing.
    return {"data": [] if "after" in query else rows[start : start + size(query)]}, {}


def a_bad_cursor_matches_nothing(rows: list[Row], query: Query) -> Answer:
    start = int(query.get("start", "0"))
    return {"sessions": [] if "cursor" in query else rows[start : start + size(query)]}, {}


def offset_counts_pages(rows: list[Row], query: Query) -> Answer:
    page = int(query.get("offset", "0"))
    return {"data": rows[page * size(query) : (page + 1) * size(query)]}, {}


def more_is_always_denied(rows: list[Row], query: Query) -> Answer:
    start = int(query.get("cursor", "0"))
    end = start + size(query)
    return {
        "data": rows[start:end],
        "has_more": False,
        "next_cursor": str(end) if end < len(rows) else None,
    }, {}


def token_in_an_unknown_object(rows: list[Row], query: Query) -> Answer:
    start = int(query.get("cursor", "0"))
    following = str(start + 40) if start + 40 < len(rows) else None
    return {"data": rows[start : start + 40], "list_metadata": {"next_cursor": following}}, {}


def an_object_is_the_cursor(rows: list[Row], query: Query) -> Answer:
    # Both of its fields count.
    start = int(query["after_row"]) if "after_row" in query and query.get("shard") == "7" else 0
    end = start + size(query)
    following = {"after_row": end, "shard": 7} if end < len(rows) else None
    return {"data": rows[start:end], "next_cursor": following}, {}


def next_is_a_time(rows: list[Row], query: Query) -> Answer:
    shown = [row for row in rows if row["created_at"] < query.get("before_timestamp", "9")]
    return {"data": shown[:60], "next_timestamp": shown[59]["created_at"] if len(shown) > 60 else None}, {}


def a_count_says_more(rows: list[Row], query: Query) -> Answer:
    return {"count": len(rows), "sessions": rows[:60]}, {}


def a_header_says_more(rows: list[Row], query: Query) -> Answer:
    return rows[:60], {"X-Total-Count": str(len(rows))}


def it_says_that_it_is_truncated(rows: list[Row], query: Query) -> Answer:
    return {"sessions": rows[:60], "truncated": len(rows) > 60}, {}


def it_says_how_many_a_page_holds(rows: list[Row], query: Query) -> Answer:
    return {"sessions": rows[:37], "page": 1, "per_page": 37}, {}


def a_row_twice_on_a_page(rows: list[Row], query: Query) -> Answer:
    # As a join at the server makes it; sessions are counted all the same.
    start = int(query.get("offset", "0"))
    shown = rows[start : start + size(query)]
    return {"sessions": [*shown, *shown[7:9]]}, {}


def the_first_page_again_behind_the_last(rows: list[Row], query: Query) -> Answer:
    start = (int(query.get("page", "1")) - 1) * size(query)
    start = start if start < len(rows) else 0
    return {"sessions": rows[start : start + size(query)], "has_more": start + size(query) < len(rows)}, {}


def a_count_of_all_beside_a_page_of_fewer(rows: list[Row], query: Query) -> Answer:
    most = min(int(query.get("limit", "20")), 200)
    shown = rows[:most]
    return {"sessions": shown[1:], "count": len(rows), "has_more": most < len(rows)}, {}


def a_guess_makes_it_fail(rows: list[Row], query: Query) -> Answer:
    # To this one "after" is a date.
    if "after" in query:
        return {"error": {"code": "INTERNAL", "message": "no date"}}, {}
    start = int(query.get("page_token", "0"))
    following = start + size(query)
    token = f"0{following}" if following < len(rows) else None
    return {"sessions": rows[start:following], "next": token}, {}


def a_message_in_place_of_rows(rows: list[Row], query: Query) -> Answer:
    page = int(query.get("page", "1"))
    return {"data": rows[: size(query)] if page == 1 else {"message": "the index is warming up"}}, {}


# What a careful person would read on.
READABLE = (
    under_an_unknown_name,
    first_page_empty,
    after_is_a_date,
    a_bad_cursor_matches_nothing,
    more_is_always_denied,
    token_in_an_unknown_object,
    an_object_is_the_cursor,
    a_row_twice_on_a_page,
    the_first_page_again_behind_the_last,
    a_guess_makes_it_fail,
)
OPAQUE = (
    by_status,
    by_id,
    as_edges,
    offset_counts_pages,
    next_is_a_time,
    a_count_says_more,
    a_header_says_more,
    it_says_that_it_is_truncated,
    it_says_how_many_a_page_holds,
    a_message_in_place_of_rows,
    a_count_of_all_beside_a_page_of_fewer,
)


def read_by(answer_list: Callable[[Query], Answer], remembered: Any = None) -> Read:
    with small_api([], answer_list=answer_list) as api:
        return read_list(
            Settings(
                base_url=api.base_url,
                data_dir=Path("unused"),
                rate_limit_per_minute=UNLIMITED,
                retry_base_seconds=0.001,
            ),
            remembered,
        )


@pytest.mark.parametrize("serve", [*READABLE, *OPAQUE], ids=lambda serve: serve.__name__)
def test_a_list_in_a_way_that_nobody_foresaw_is_read_whole_or_ends_the_run(serve: Serve) -> None:
    rows = rows_of(SESSIONS)
    read = read_by(lambda query: serve(rows, query))
    if serve in READABLE:
        assert (len(read.seen), read.error) == (SESSIONS, None)
    else:
        assert read.error


@pytest.mark.parametrize("style", ["page", "cursor", "keyset"])
def test_a_row_that_is_left_out_once_comes_with_a_second_look(style: str) -> None:
    """Looks in vain, at a page that is always short and because of totals that fall, end no looking."""
    rows, looks = rows_of(230), Counter[int]()

    def serve(query: Query) -> Answer:
        at = {
            "page": lambda: (int(query.get("page", "1")) - 1) * 20,
            "cursor": lambda: int(query.get("cursor", "c0")[1:]),
            "keyset": lambda: next(
                (n for n, row in enumerate(rows, 1) if row["id"] == query.get("after")), 0
            ),
        }
        start = at[style]()
        looks[start] += 1
        shown = rows[start : start + 20]
        if start == 20 or (start in {60, 140} and looks[start] == 1):
            del shown[5]
        body: Row = {"sessions": shown, "total": len(shown)}
        if style == "cursor":
            body["next_cursor"] = f"c{start + 20}" if start + 20 < len(rows) else None
        return body, {}

    read = read_by(serve)
    assert read.error is None
    assert len(read.seen) == len(rows) - 1


@pytest.mark.parametrize("said", [{}, {"page": 1}, {"total": 40}])
def test_a_page_of_few_is_whole_where_the_last_one_comes_for_every_number(said: Row) -> None:
    rows, asked = rows_of(40), []

    def serve(query: Query) -> Answer:
        asked.append(query)
        pages = -(-len(rows) // size(query))
        page = min(int(query.get("page", "1")), pages)
        shown = rows[(page - 1) * size(query) : page * size(query)]
        return {"sessions": shown, **said, **({"page": page} if "page" in said else {})}, {}

    read = read_by(serve)
    assert (len(read.seen), read.error) == (40, None)
    asked.clear()
    assert read_by(serve, read.dialect).error is None
    assert len(asked) < 4


@pytest.mark.slow
def test_while_a_list_is_in_doubt_reconcile_marks_nothing(tmp_path: Path) -> None:
    rows = rows_of(61)
    with small_api(rows, answer_list=lambda _: ({"data": rows[:61]}, {})) as api:
        settings = Settings(base_url=api.base_url, data_dir=tmp_path, rate_limit_per_minute=UNLIMITED)
        sync_sessions(settings, KEYS, as_of=NOW, progress=Silent())
        rows[:0] = [session(200 + number, NOW + timedelta(hours=number)) for number in range(9)]
        for days in (1, 2):
            with pytest.raises(PagingError, match=r"does not show session .* still there"):
                reconcile_sessions(settings, KEYS, as_of=NOW + timedelta(days=days), progress=Silent())
    assert _marked(settings) == (70, 0)


@pytest.mark.slow
def test_sessions_that_answer_are_not_deleted_though_the_list_comes_empty(tmp_path: Path) -> None:
    rows, is_empty = rows_of(40), False

    def serve(query: Query) -> Answer:
        start = int(query.get("offset", "0"))
        shown = [] if is_empty else rows[start : start + size(query)]
        return {"data": shown, "has_more": bool(shown) and start + size(query) < len(rows)}, {}

    with small_api(rows, answer_list=serve) as api:
        settings = Settings(
            base_url=api.base_url,
            data_dir=tmp_path,
            rate_limit_per_minute=UNLIMITED,
            retry_base_seconds=0.001,
        )
        sync_sessions(settings, KEYS, as_of=NOW, progress=Silent())
        is_empty = True
        for days in (1, 2):
            with pytest.raises(PagingError, match=r"does not show session .* still there"):
                reconcile_sessions(settings, KEYS, as_of=NOW + timedelta(days=days), progress=Silent())
    assert _marked(settings) == (40, 0)


def _marked(settings: Settings) -> tuple[int, int]:
    """Sessions in the warehouse, and how many of them are marked deleted."""
    with warehouse_of(settings).reading() as reader:
        [row] = reader.rows("select count(*) as sessions, count(deleted_at) as deleted from sessions")
    return int(row["sessions"]), int(row["deleted"])
