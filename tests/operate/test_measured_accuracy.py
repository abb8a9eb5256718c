"""What a sample found is told to readers, an operator and a monitor; of an untouched company, nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.operate.conftest import shell_for
from tests.sync.world import world
from zenhire_sync.simulator import Company, CompanySpec

START = datetime(2026, 1, 5, tzinfo=UTC)
SAMPLED = {"ZENHIRE_AUDIT_REQUESTS": "60", "ZENHIRE_RECHECK_PAGES": "1", "ZENHIRE_PAGE_SIZE": "20"}


def whole(published: Path) -> tuple[Any, ...]:
    """The newest row of all sessions and any field."""
    with duckdb.connect(str(published), read_only=True) as marts:
        row = marts.execute(
            "select compared_sessions, differing_sessions, differing_rate, differing_rate_high "
            "from zenhire_marts.sync_accuracy where stratum = 'all' and field = 'any' "
            "order by window_end_date desc nulls last limit 1"
        ).fetchone()
    assert row is not None
    return row


@pytest.mark.slow
@pytest.mark.file_only
def test_what_differs_behind_the_cursors_is_told_and_what_does_not_is_not(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=60, days=20, start=START))
    quiet = company.settled_at + timedelta(days=60)
    with world(tmp_path, company, quiet) as here:
        shell = shell_for(here.settings.data_dir, here.sim.base_url)

        def night(number: int) -> str:
            here.sim.now = quiet + timedelta(days=number)
            done = shell("run", "--as-of", here.sim.now.isoformat(), **SAMPLED)
            assert done.exit_code == 0, done.err
            return shell("status").out

        assert "accuracy" not in night(0)
        told = night(1)
        compared, differing, rate, high = whole(here.settings.published_path)
        [(living,)] = here.query("select count(*) from sessions where deleted_at is null")
        assert (compared, differing, rate) == (living, 0, 0)
        assert f"at most {high:.2%} of the sessions differ from ZenHire (95%): 0 of {living} drawn" in told
        assert 0.04 < high < 0.06
        [(survived, *_)] = here.query("select id from sessions where status = 'completed' limit 1")
        company.submit_survey(survived, here.sim.now, 1, "too late")
        told = night(2)
        compared, differing, rate, high = whole(here.settings.published_path)
        assert (compared, differing) == (2 * living, 1)
        assert 0 < rate < high < 0.06
        assert f"at most {high:.2%} of the sessions differ from ZenHire (95%): 1 of {2 * living} " in told
        accuracy = shell("status", "--json").json["status"]["publication"]["accuracy"]
        assert accuracy["differing_sessions"] == 1
        assert accuracy["differing_rate_high"] == pytest.approx(float(high))
        page = here.settings.report_path.read_text()
        assert f"Of {2 * living} sessions drawn at random in the 28 days to" in page
        assert f"with 95% confidence at most {high:.2%} of all sessions do" in page
        assert here.query("select rating from session_feedback where session_id = ?", survived) == [(1,)]
