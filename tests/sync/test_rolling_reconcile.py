"""Each night reads a part of the list again: what was edited behind every cursor is mended within the days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sync.world import World, assert_lists_equal, world
from zenhire_sync.simulator import DIALECTS, Behaviour, Company, CompanySpec

START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
PAGE = 20
SPEC = CompanySpec(sessions=700, days=60, start=START, sessions_deleted_share=0)


def small(dialect: str, **changes: Any) -> Behaviour:
    return replace(DIALECTS[dialect], largest_page=PAGE, default_page_size=PAGE, **changes)


WAYS = {
    "pages": small("page_total_pages"),
    "pages from zero": small("page_zero_based"),
    "bare pages": small("bare_page_number"),
    "offsets": small("offset_total"),
    "bare offsets": small("bare_offset"),
    "last ids": small("cursor_starting_after_has_more_only"),
    "a filter": small("cursor_next_cursor_in_pagination", filters=frozenset({"created_before"})),
    "a filter in camel case": small(
        "cursor_page_token", filters=frozenset({"created_before"}), filter_names="camel"
    ),
    "two filters": small(
        "cursor_next_cursor_in_pagination",
        filters=frozenset({"created_before", "created_after"}),
        order="oldest_first",
    ),
}


def old_company(**changes: Any) -> tuple[Company, datetime]:
    company = Company(replace(SPEC, **changes))
    return company, company.settled_at + 60 * DAY


def ages(here: World) -> list[float]:
    """Days since each living session was last seen, oldest first, as fct_sessions tells it."""
    rows = here.query(
        """
        select greatest(s.synced_at, coalesce(s.detail_checked_at, s.synced_at),
            coalesce(r.verified_at, s.synced_at)) as seen_at
        from sessions s
        left join verified_ranges r
            on r.client_id = s.client_id and r.project_id = coalesce(s.project_id, '')
            and s.created_at >= r.created_from and s.created_at <= r.created_to
        where s.deleted_at is null
        """
    )
    return sorted(((here.sim.now - seen_at) / DAY for (seen_at,) in rows), reverse=True)


def oldest_ids(here: World, count: int) -> list[str]:
    return [row[0] for row in here.query("select id from sessions order by created_at, id limit ?", count)]


@pytest.mark.parametrize("way", WAYS)
def test_an_old_session_edited_behind_every_cursor_is_mended_in_thirty_nights(
    way: str, tmp_path: Path
) -> None:
    company, quiet = old_company()
    with world(tmp_path, company, quiet, WAYS[way], recheck_pages=2, verify_days=30) as here:
        here.night()
        edited = oldest_ids(here, 700)[::70]
        for session_id in edited:
            company.move_session(session_id, company.project_ids[0])
        for number in range(1, 31):
            done = here.night(quiet + number * DAY)
            assert ages(here)[0] < 30
            assert done.keys_not_verified == []
        assert_lists_equal(here, here.sim.now)
