"""A night compares by fingerprint; where that may not be trusted, it looks at the rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.sync.world import World, assert_lists_equal, world
from zenhire_sync.simulator import Company, CompanySpec

# Nothing changes any more, and the last night of each test reads the whole list.
QUIET = datetime(2026, 4, 1, tzinfo=UTC)
COMPANY = Company(CompanySpec(sessions=120, days=40))
HALF_WRITTEN = "update session_tags set tag = 'of a run that died'"


def without_fingerprint(here: World) -> int:
    [(rows,)] = here.query("select count(*) from sessions where fingerprint is null")
    return int(rows)


def test_a_warehouse_of_the_version_before_is_filled_and_nothing_counts_as_changed(tmp_path: Path) -> None:
    with world(tmp_path, COMPANY, QUIET) as here:
        here.night()
        here.change("alter table sessions drop column fingerprint")
        first = here.night(QUIET + timedelta(days=1))
        assert (first.new_sessions, first.changed_sessions) == (0, 0)
        assert without_fingerprint(here) == 0
        assert_lists_equal(here, here.sim.now)
        # The surveys have been asked for to the end of the ladder; only the run itself is written.
        second = here.night(QUIET + timedelta(days=2), with_details=False)
        assert set(second.rows_by_table) <= {"sync_runs"}


@pytest.mark.parametrize("outcome", ["running", "failed"])
def test_after_a_run_that_did_not_end_well_the_rows_themselves_are_compared(
    tmp_path: Path, outcome: str
) -> None:
    """It may have died between a session's children and the session."""
    with world(tmp_path, COMPANY, QUIET) as here:
        here.night()
        here.change(HALF_WRITTEN)
        here.change(f"update sync_runs set outcome = '{outcome}'")
        outcome_of_night = here.night(QUIET + timedelta(days=1))
        assert outcome_of_night.changed_sessions > 0
        assert_lists_equal(here, here.sim.now)


def test_reconcile_mends_what_differs_however_it_came_about(tmp_path: Path) -> None:
    with world(tmp_path, COMPANY, QUIET) as here:
        here.night()
        here.change(HALF_WRITTEN)
        here.change("update sessions set candidate_ref = 'another', credit_charged = 7")
        assert here.reconcile().changed_sessions > 0
        assert_lists_equal(here, here.sim.now)


def test_a_killed_run_is_told_by_the_table_until_the_next_begins_and_then_failed(tmp_path: Path) -> None:
    with world(tmp_path, COMPANY, QUIET) as here:
        killed = here.night(with_details=False).run_id
        here.change("update sync_runs set outcome = 'running', finished_at = started_at")
        here.night(QUIET + timedelta(days=1), with_details=False)
        [(outcome, error)] = here.query("select outcome, error from sync_runs where run_id = ?", killed)
        assert outcome == "failed"
        assert "killed" in error
