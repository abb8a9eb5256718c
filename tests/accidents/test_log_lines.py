"""With --log-format json a log is JSON to its last line, with the run's id, and tells each problem once."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from tests.accidents.commands import Ended, Nursery, variables
from tests.sync.world import World
from zenhire_sync.cli.log import set_up_logging
from zenhire_sync.simulator import CompanySpec, Fault, FaultPlan, mutate_sessions

SPEC = CompanySpec(sessions=24, days=8, personas=2, personas_deleted=0, sessions_deleted_share=0)


def logged(here: World, nursery: Nursery, *argv: str, **more: str) -> tuple[Ended, list[dict[str, Any]]]:
    """The command, and what it logged as JSON, surely all of one run."""
    env = variables(here.settings.data_dir, here.sim.base_url, ZENHIRE_LOG_FORMAT="json", **more)
    ended = nursery.run(env, *argv)
    lines = [json.loads(line) for line in ended.output.splitlines() if not line.startswith(("sync ", "  "))]
    assert len({line["run_id"] for line in lines}) == 1
    assert all({"event", "level", "logger", "timestamp"} <= line.keys() for line in lines)
    return ended, lines


def test_each_problem_of_a_night_is_one_line_with_the_id_of_the_run(here: World, nursery: Nursery) -> None:
    completed = [r["id"] for r in here.sim.company.at(here.sim.now).sessions() if r["status"] == "completed"]
    changes = {
        completed[0]: lambda row: {**row, "status": "paused"},
        completed[1]: lambda row: {**row, "status": "halted"},
        completed[2]: lambda row: {**row, "mood": "fine", "shoe_size": 43},
    }
    here.sim.faults = FaultPlan(
        (Fault("internal_error", f"sessions/{completed[3]}", times=None),),
        mutate_row=mutate_sessions(changes, frozenset({"list"})),
    )
    ended, lines = logged(here, nursery, "sync", "--as-of", here.sim.now.isoformat())
    assert ended.exit_code == 3
    assert here.query("select run_id from sync_runs") == [(lines[0]["run_id"],)]
    status, call = [line for line in lines if line["event"] == "rows set aside"]
    assert (status["rows"], status["reason"].partition(":")[0]) == (2, "status")
    assert (call["rows"], len(call["request_ids"]), call["level"]) == (1, 1, "warning")
    assert "HTTP 500" in call["reason"]
    [unknown] = [line for line in lines if "does not know" in line["event"]]
    assert unknown["fields"] == ["mood", "shoe_size"]


@pytest.mark.parametrize(
    ("arguments", "exit_code"), [(("sync",), 2), (("sync", "--nope"), 2), (("publish",), 1)], ids=str
)
def test_the_line_that_says_why_it_failed_is_json_too(
    here: World, nursery: Nursery, arguments: tuple[str, ...], exit_code: int
) -> None:
    here.sim.faults = FaultPlan((Fault("unauthorized", times=None),))
    ended, lines = logged(here, nursery, *arguments)
    assert ended.exit_code == exit_code
    last = lines[-1]
    assert (last["level"], last["command"], last["exit_code"]) == ("error", arguments[0], exit_code)
    assert last["event"]


def test_an_exception_that_a_library_logs_is_one_line_without_what_variables_held(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    monkeypatch.setattr(root, "level", root.level)
    ours = logging.getLogger("zenhire_sync")
    monkeypatch.setattr(ours, "level", ours.level)
    for log_format in ("text", "json"):
        set_up_logging(log_format, logging.INFO, "a-run")  # type: ignore[arg-type]
        comment = "they never let me finish"
        try:
            int(comment)
        except ValueError:
            logging.getLogger("asyncio").exception("task failed")
        [line] = capsys.readouterr().err.splitlines()
        assert "ValueError" in line
        assert comment not in line
    logging.captureWarnings(capture=False)
