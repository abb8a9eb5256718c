"""``close`` and ``reopen`` as users run them: what they refuse and leave behind, and what status tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.operate.conftest import Done, Shell, shell_for
from tests.sync.world import World, world
from zenhire_sync.errors import EXIT_DONE, EXIT_USAGE
from zenhire_sync.simulator import Company, CompanySpec

START = datetime(2026, 1, 5, tzinfo=UTC)
PLAIN = CompanySpec(
    sessions=60, days=25, start=START, survey_share=0, reinvite_share=0, sessions_deleted_share=0
)
FEBRUARY = datetime(2026, 2, 2, 2, tzinfo=UTC)


@dataclass
class Office:
    """A company, and the commands that its finance team runs."""

    here: World
    shell: Shell

    def night(self, now: datetime) -> None:
        self.here.sim.now = now
        done = self.shell("run", "--as-of", now.isoformat())
        assert done.exit_code == EXIT_DONE, done.err

    def published(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.here.settings.published_path), read_only=True) as marts:
            return list(marts.execute(sql).fetchall())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with world(tmp_path, Company(PLAIN), FEBRUARY) as here:
        yield Office(here, shell_for(here.settings.data_dir, here.sim.base_url))


def refused(done: Done, *words: str) -> None:
    """It ends with exit code 2 and one line that says what is wrong."""
    assert (done.exit_code, done.out) == (EXIT_USAGE, "")
    assert len(done.err.strip().splitlines()) == 1, done.err
    for word in words:
        assert word in done.err


@pytest.mark.file_only
@pytest.mark.parametrize("command", ["close", "reopen"])
@pytest.mark.parametrize("month", ["2026-13", "2026-2", "February", "2026-02-01", "1066-10", "٢٠٢٦-٠٢"])
def test_what_is_no_month_is_refused(office: Office, command: str, month: str) -> None:
    refused(office.shell(command, month), "MONTH is a month such as 2026-02, not", month)


@pytest.mark.file_only
def test_before_the_first_night_there_is_nothing_to_close_or_to_reopen(office: Office) -> None:
    refused(office.shell("close", "2026-01"), "nothing is published yet", "zenhire-sync run")
    refused(office.shell("reopen", "2026-01"), "2026-01 is not closed")


@pytest.mark.file_only
def test_what_an_earlier_version_published_is_built_anew_before_a_month_of_it_is_closed(
    office: Office,
) -> None:
    file = office.here.settings.published_path
    file.parent.mkdir(parents=True)
    with duckdb.connect(str(file)) as marts:
        marts.execute("create schema zenhire_marts; create table zenhire_marts.publication (sessions bigint)")
    refused(
        office.shell("close", "2026-01"), "an earlier version published what there is", "build and publish"
    )


@pytest.mark.slow
@pytest.mark.file_only
def test_a_month_is_closed_once_and_reopened_once_and_both_leave_a_trace(office: Office) -> None:
    shell = office.shell
    office.night(FEBRUARY)
    assert "restated" not in shell("status").out
    refused(shell("close", "2026-02"), "2026-02 was not over when what is published was synced")
    refused(shell("close", "2025-12"), "2025-12 has no usage in what is published")
    refused(shell("close", "2026-01", "--note", "two\nlines"), "--note is one line of at most 500 characters")
    refused(shell("close", "2026-01", "--note", "x" * 501), "--note is one line of at most 500 characters")

    [(credit,)] = office.published(
        "select sum(credits_to_sign) from zenhire_marts.credit_close where is_complete_month"
    )
    closed = shell("close", "2026-01", "--note", "signed by finance")
    assert (closed.exit_code, closed.err) == (EXIT_DONE, "")
    assert f"close: 2026-01 is closed with {credit:,} credits (" in closed.out
    refused(shell("close", "2026-01"), "2026-01 is closed already", "`zenhire-sync reopen 2026-01`")

    edit_a_charge_of_january(office)
    office.night(FEBRUARY + timedelta(days=5))
    signed = office.published(
        "from zenhire_marts.focus_1_4_cost_and_usage where x_BillingMonthStartDate = '2026-01-01'"
    )
    assert office.published("select sum(adjustment_credits) from zenhire_marts.credit_close") == [(5,)]
    status = shell("status").out
    assert (
        "restated   1 figure of published months at this publication, 1 in 28 days (charge edited 1)"
        in status
    )
    moved = shell("status", "--json").json["status"]["publication"]["moved"]
    assert moved == {"last_figures": 1, "figures": 1, "by_cause": [["charge_edited", 1]]}
    page = office.here.settings.report_path.read_text()
    assert "1 in this publication, 1 in the 28 days up to it (charge edited 1)" in page

    reopened = shell("reopen", "2026-01", "--note", "one more invoice", "--json")
    assert reopened.json["reopen"] == {"month": "2026-01"}
    refused(shell("reopen", "2026-01"), "2026-01 is not closed; there is nothing to reopen")
    refused(
        shell("close", "2026-01"), "2026-01 was opened again after the last publication", "build and publish"
    )
    traces = office.here.query("select month, event, note from month_closings order by happened_at")
    assert traces == [
        ("2026-01-01", "close", "signed by finance"),
        ("2026-01-01", "reopen", "one more invoice"),
    ]
    assert office.here.query("select sum(credits + adjustment_credits) from closed_months") == [(credit,)]
    assert office.here.query("select count(*), sum(credits) from closed_charges") == [(len(signed), credit)]


def edit_a_charge_of_january(office: Office) -> None:
    """Of an interview that the next night asks for its survey."""
    company = office.here.sim.company
    [(chosen,)] = office.published(
        "select session_id from zenhire_marts.fct_sessions where outcome = 'completed' and not has_feedback"
        " and usage_date < '2026-02-01' order by completed_at desc, session_id limit 1"
    )
    session = company.find(chosen)
    assert session is not None
    last = session.states[-1]
    session.states[-1] = last._replace(credit_charged=(last.credit_charged or 0) + 5)
    session.rendered = None
    company.move_session(chosen, session.project_id)
