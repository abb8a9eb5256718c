"""The summary of a run: one object, on standard output and in a file, however the run ends."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from tools.run_summary import schema_text

from tests.accidents.commands import SUMMARY, Nursery
from tests.cli.conftest import KEY, Shell
from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED, EXIT_TERMINATED, EXIT_USAGE
from zenhire_sync.simulator import Fault, FaultPlan, SimulatorServer, mutate_sessions

SCHEMA = Path(__file__).parents[2] / "docs" / "run-summary.schema.json"
AS_OF = ("--as-of", "2026-02-01T02:00:00Z")


@pytest.fixture
def ready(shell: Shell, api: SimulatorServer) -> Shell:
    """A shell that talks to the small company."""
    shell.set(ZENHIRE_BASE_URL=api.base_url)
    return shell


def summary_of(shell: Shell, name: str = "summary.json") -> dict[str, Any]:
    """What the file says, once it keeps to the schema."""
    told: dict[str, Any] = json.loads((shell.folder / name).read_text())
    SUMMARY.validate(told)
    return told


def test_the_schema_is_fresh() -> None:
    assert schema_text() == SCHEMA.read_text(), (
        "run `python -m tools.run_summary > docs/run-summary.schema.json`"
    )


def test_the_file_says_what_standard_output_says(ready: Shell) -> None:
    ended = ready.run("sync", "--json", "--summary", "summary.json", *AS_OF)
    assert ended.exit_code == EXIT_DONE, ended.err
    told = summary_of(ready)
    assert told == ended.json
    assert (told["outcome"], told["exit_code"]) == ("done", EXIT_DONE)
    assert [step["step"] for step in told["steps"]] == ["sync"]
    assert (
        told["steps"][0]["requests"]
        == told["sync"]["requests"]
        == sum(told["sync"]["requests_by_reason"].values())
    )
    assert told["started_at"] < told["ended_at"]
    assert list(ready.folder.glob(".summary*")) == []


def test_a_night_that_set_rows_aside_says_so_whatever_its_exit_code(
    ready: Shell, api: SimulatorServer
) -> None:
    broken = api.company.at(api.now).ids()[3]
    api.faults = FaultPlan(mutate_row=mutate_sessions({broken: lambda row: {**row, "status": "paused"}}))
    ready.set(ZENHIRE_SET_ASIDE_EXIT="0")
    assert ready.run("sync", "--summary", "summary.json", *AS_OF).exit_code == EXIT_DONE
    told = summary_of(ready)
    assert (told["exit_code"], told["outcome"], told["sync"]["rejected"]) == (EXIT_DONE, "set_aside", 1)


def test_a_night_that_failed_says_why_without_the_key(ready: Shell, api: SimulatorServer) -> None:
    api.faults = FaultPlan((Fault("internal_error", times=None),))
    ready.set(ZENHIRE_SUMMARY_FILE="failed.json")
    ended = ready.run("run", *AS_OF)
    told = summary_of(ready, "failed.json")
    assert ended.exit_code == told["exit_code"] == EXIT_FAILED
    assert (told["outcome"], [step["outcome"] for step in told["steps"]]) == ("failed", ["failed"])
    assert told["error"] in ended.told
    assert told["error"] == told["steps"][0]["error"]
    assert "sync" not in told
    assert ready.holds(KEY) == []


def test_settings_that_cannot_be_used_are_told_too(ready: Shell) -> None:
    ready.set(ZENHIRE_RECHECK_DAYS="soon")
    assert ready.run("sync", "--summary", "summary.json").exit_code == EXIT_USAGE
    told = summary_of(ready)
    assert (told["outcome"], told["exit_code"]) == ("failed", EXIT_USAGE)
    assert "ZENHIRE_RECHECK_DAYS" in told["error"]


@pytest.mark.parametrize("name", ["nowhere/summary.json", ".", "/"])
def test_a_file_that_cannot_be_written_is_told_before_any_request(
    ready: Shell, api: SimulatorServer, name: str
) -> None:
    ended = ready.run("sync", "--summary", name, *AS_OF)
    assert ended.exit_code == EXIT_USAGE
    assert f"{name} cannot be written" in ended.told
    assert api.log.records() == ()


@pytest.mark.parametrize(("by", "outcome"), [(signal.SIGTERM, "stopped"), (signal.SIGKILL, "running")])
def test_one_that_is_stopped_or_killed(
    ready: Shell, api: SimulatorServer, by: signal.Signals, outcome: str
) -> None:
    ready.run("sync", "--summary", "summary.json", *AS_OF)
    api.faults = FaultPlan((Fault("stall", times=None),))
    path = ready.folder / "summary.json"
    nursery = Nursery.of_this_process()
    env = {**ready.variables, "ZENHIRE_DATA_DIR": str(ready.folder / "data")}
    child = nursery.start(env, "reconcile", "--summary", str(path), *AS_OF)
    give_up = time.monotonic() + 30
    while summary_of(ready)["command"] != "reconcile" and time.monotonic() < give_up:
        time.sleep(0.02)
    os.kill(child.pid, by)
    child.ended()
    told = summary_of(ready)
    assert (told["command"], told["outcome"]) == ("reconcile", outcome)
    assert told["exit_code"] == (EXIT_TERMINATED if by == signal.SIGTERM else None)


def test_a_dry_run_has_its_bill(ready: Shell) -> None:
    ready.run("sync", "--dry-run", "--summary", "summary.json", *AS_OF)
    bill = summary_of(ready)["bill"]
    assert bill["requests"] == sum(bill["requests_by_reason"].values())
