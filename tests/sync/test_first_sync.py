"""The first sync of a company, whatever the API's dialect."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sync.world import (
    assert_feedback_equal,
    assert_lists_equal,
    assert_no_orphans_or_twins,
    assert_personas_equal,
    world,
)
from zenhire_sync.simulator import DIALECTS, Company, CompanySpec

NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
COMPANY = Company(CompanySpec(sessions=330, days=50))


@pytest.mark.parametrize(
    "name",
    # One in five goes through in a short run.
    [name if n % 5 == 0 else pytest.param(name, marks=pytest.mark.slow) for n, name in enumerate(DIALECTS)],
)
def test_raw_tables_equal_the_truth_in_every_paging_dialect(name: str, tmp_path: Path) -> None:
    with world(tmp_path, COMPANY, NOW, DIALECTS[name]) as here:
        outcome = here.night()
        assert outcome.outcome == "done"
        assert_lists_equal(here, NOW)
        assert_feedback_equal(here, NOW)
        assert_personas_equal(here, NOW)
        assert_no_orphans_or_twins(here)
        again = here.night()
        assert again.rows_by_table == {}
        assert again.ledger.total <= 20


@pytest.mark.slow
@pytest.mark.parametrize(
    "order", ["oldest_first", "by_completed_at", "unordered", "newest_first_with_jitter"]
)
@pytest.mark.parametrize(
    "name", ["page_nothing_reported", "offset_total", "cursor_next_cursor_in_pagination"]
)
def test_no_session_is_lost_in_any_order(name: str, order: str, tmp_path: Path) -> None:
    with world(tmp_path, COMPANY, NOW, replace(DIALECTS[name], order=order), recheck_pages=1) as here:
        here.night()
        assert_lists_equal(here, NOW)
        later = NOW.replace(day=3)
        here.night(later)
        assert_lists_equal(here, later)


def test_tables_and_columns_exist_for_a_company_without_tags_surveys_and_metadata(tmp_path: Path) -> None:
    bare = Company(CompanySpec(sessions=30, tags_share=0, metadata_share=0, survey_share=0))
    with world(tmp_path, bare, NOW) as here:
        here.night()
        assert_lists_equal(here, NOW)
        for table in ("session_tags", "session_metadata", "session_feedback", "rejected_rows"):
            assert here.rows(table) == []
        columns = (
            "select column_name from information_schema.columns"
            " where table_schema = 'zenhire_raw' and table_name = 'session_metadata'"
        )
        assert len(here.query(columns)) == 5


def test_a_company_without_sessions_is_no_error(tmp_path: Path) -> None:
    with world(tmp_path, Company(CompanySpec(sessions=0)), NOW) as here:
        outcome = here.night()
        assert outcome.outcome == "done"
        assert here.rows("sessions") == []
