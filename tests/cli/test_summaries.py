"""Summaries: what a person reads and what ``--json`` says are the same facts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import KEY, Shell
from zenhire_sync.cli import summaries
from zenhire_sync.errors import EXIT_DONE, EXIT_SET_ASIDE
from zenhire_sync.simulator import FaultPlan, SimulatorServer, mutate_sessions
from zenhire_sync.sync.dry_run import Bill
from zenhire_sync.sync.outcome import SyncOutcome

MOMENT = datetime(2026, 2, 1, 2, tzinfo=UTC)
AS_OF = ("--as-of", "2026-02-01T02:00:00Z")


@pytest.fixture
def ready(shell: Shell, api: SimulatorServer) -> Shell:
    """A shell that talks to the small company."""
    shell.set(ZENHIRE_BASE_URL=api.base_url)
    return shell


@pytest.mark.slow
def test_a_run_tells_people_and_machines_the_same(ready: Shell, api: SimulatorServer) -> None:
    first = ready.run("run", "--json", *AS_OF)
    assert first.exit_code == EXIT_DONE, first.err
    facts = first.json
    truth = api.company.at(api.now)
    assert facts["command"] == "run"
    assert facts["sync"]["sessions_new"] == len(truth.ids())
    assert facts["sync"]["rows_by_table"]["sessions"] >= len(truth.ids())
    assert facts["build"]["credits_charged"] == sum(row["credit_charged"] or 0 for row in truth.sessions())
    assert facts["publish"]["negative_surveys"] == facts["sync"]["negative_surveys_found"]
    assert (ready.folder / facts["publish"]["path"]).is_file()
    assert (ready.folder / facts["report"]["path"]).is_file()

    again = ready.run("run", *AS_OF)
    assert again.exit_code == EXIT_DONE
    lines = _lines(again.out)
    assert lines["sessions"] == f"{len(truth.ids())} listed, 0 new, 0 changed, 0 found deleted"
    assert lines["surveys"] == "0 new, 0 of them negative"
    assert lines["credits"].startswith(f"{facts['build']['credits_charged']:,} ")
    assert lines["negative"].startswith(f"{facts['build']['negative_surveys']:,} ")
    assert lines["published"].startswith("data/published/zenhire.duckdb ")
    assert lines["report"] == "data/published/report.html"
    assert KEY not in first.out + first.err + again.out + again.err
    assert ready.holds(KEY) == []


def test_the_lines_of_a_dry_run_add_up_to_its_sum() -> None:
    lines = summaries.bill_lines(Bill(12, {"list": 12}, {"completed": 300, "persona": 7}, 1, 0.64))
    *parts, total = [int(re.findall(r"[\d,]+", line)[0].replace(",", "")) for line in lines]
    assert (parts, total) == ([12, 307, 1], 320)


def test_a_session_that_was_written_twice_is_not_two_sessions() -> None:
    done = SyncOutcome("r1", "sync", MOMENT, MOMENT, sessions_listed=11_942)
    done.rows_by_table.update({"session_tags": 7, "sessions": 21_471})
    [written] = [line for line in summaries.sync_lines(done) if line.startswith("  written ")]
    assert "21,471 rows of sessions (a session is written again when its detail has come)" in written
    done.rows_by_table["sessions"] = 11_942
    assert "written again" not in "\n".join(summaries.sync_lines(done))


def test_a_publish_alone_says_that_the_report_is_of_an_earlier_one(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    assert summaries.older_report_lines(report) == []
    report.write_text("<html>")
    [line] = summaries.older_report_lines(report)
    assert "still shows the publication before; `zenhire-sync report` next" in line


@pytest.mark.slow
def test_sync_and_its_dry_run_agree_on_the_bill(ready: Shell, api: SimulatorServer) -> None:
    bill = ready.run("sync", "--dry-run", "--json", *AS_OF).json["bill"]
    assert not (ready.folder / "data" / "warehouse.duckdb").exists()
    api.simulator.log.clear()
    done = ready.run("sync", *AS_OF)
    requests = _lines(done.out)["requests"]
    assert requests.startswith(f"{bill['requests']} (")
    assert len(api.log.records()) == bill["requests"]


@pytest.mark.slow
def test_a_row_that_breaks_the_contract_is_set_aside_and_the_rest_lands(
    ready: Shell, api: SimulatorServer
) -> None:
    ids = api.company.at(api.now).ids()
    broken = ids[3]
    api.faults = FaultPlan(mutate_row=mutate_sessions({broken: lambda row: {**row, "status": "paused"}}))
    for_people = ready.run("sync", *AS_OF)
    assert for_people.exit_code == EXIT_SET_ASIDE
    assert "zenhire_raw.rejected_rows" in for_people.out
    assert for_people.out.startswith("sync ")
    assert "set_aside" in for_people.out.splitlines()[0]
    assert "paused" not in for_people.out + for_people.err
    assert _lines(for_people.out)["sessions"].startswith(f"{len(ids)} listed, {len(ids) - 1} new")
    # For a scheduler that would start a good night again.
    ready.set(ZENHIRE_SET_ASIDE_EXIT="0")
    again = ready.run("sync", "--json", *AS_OF)
    assert (again.exit_code, again.json["exit_code"]) == (EXIT_DONE, EXIT_DONE)
    assert again.json["sync"]["outcome"] == "set_aside"
    ready.set(ZENHIRE_SET_ASIDE_EXIT=None)

    api.faults = FaultPlan()
    healed = ready.run("sync", "--json", *AS_OF)
    assert healed.exit_code == EXIT_DONE
    facts = healed.json["sync"]
    assert (facts["sessions_new"], facts["rejected"], facts["outcome"]) == (1, 0, "done")
    assert facts["healed"] >= 1


@pytest.mark.slow
def test_no_details_leaves_them_due(ready: Shell) -> None:
    listed = ready.run("sync", "--no-details", "--json", *AS_OF).json["sync"]
    assert listed["surveys_found"] == 0
    assert set(listed["requests_by_reason"]) == {"list", "end", "credits"}
    asked = ready.run("sync", "--json", *AS_OF).json["sync"]["requests_by_reason"]
    details = sum(number for reason, number in asked.items() if reason not in {"list", "end", "credits"})
    assert details == listed["details_left"] > 0


def _lines(text: str) -> dict[str, str]:
    """Label to what it says."""
    found: list[Any] = re.findall(r"^ {2}(\S+) +(.*)$", text, re.MULTILINE)
    return dict(found)
