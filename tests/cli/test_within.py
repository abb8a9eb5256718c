"""``--within``: what a user says, and what a night with little time shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import KEY, Shell
from tests.sync.world import UNLIMITED
from zenhire_sync import run
from zenhire_sync.config import load_config
from zenhire_sync.errors import EXIT_DONE, EXIT_USAGE
from zenhire_sync.progress import Silent
from zenhire_sync.simulator import Company, CompanySpec, SimulatorServer
from zenhire_sync.steps import Steps

START = datetime(2026, 1, 5, tzinfo=UTC)
COMPANY = Company(CompanySpec(sessions=600, days=40, start=START))
NOW = START + timedelta(days=45)


def test_marts_wait_for_no_backlog(shell: Shell) -> None:
    truth = COMPANY.at(NOW).sessions()
    as_of = ("--as-of", NOW.isoformat())
    with SimulatorServer(COMPANY, now=NOW, rate_limit_per_minute=UNLIMITED, keys={KEY: None}) as api:
        shell.set(ZENHIRE_BASE_URL=api.base_url, ZENHIRE_RATE_LIMIT_PER_MINUTE="30")
        first = shell.run("run", "--within", "1s", "--json", *as_of)
        assert first.exit_code == EXIT_DONE, first.err
        told = first.json
        assert [step["step"] for step in told["steps"]] == ["sync", "build", "publish", "report"]
        assert told["sync"]["details_left"] == sum(row["status"] == "completed" for row in truth)
        assert told["publish"]["credits_charged"] == sum(row["credit_charged"] or 0 for row in truth)
        assert api.log.count("detail") == 0


@pytest.mark.slow
def test_a_night_with_a_backlog_shows_its_marts_twice_and_adds_up_as_one(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "LONGEST_WAIT", timedelta(seconds=-1))
    with SimulatorServer(COMPANY, now=NOW, rate_limit_per_minute=UNLIMITED, keys={KEY: None}) as api:
        shell.set(ZENHIRE_BASE_URL=api.base_url, ZENHIRE_DATA_DIR=str(shell.folder / "data"))
        steps = Steps()
        config = load_config(shell.variables, None)
        done = run.run_night(config, as_of=NOW, progress=Silent(), run_id=steps.run_id, steps=steps)
        assert [step.name for step in steps.ended] == 2 * ["sync", "build", "publish", "report"]
        assert done.sync.ledger.total == len(api.log.records())
    truth = COMPANY.at(NOW).sessions()
    assert (done.sync.run_id, done.sync.new_sessions) == (steps.run_id, len(truth))
    assert done.sync.sessions_listed == len(truth)
    assert (done.sync.details_left, done.sync.details_postponed) == (0, False)
    assert done.publish.negative_surveys == done.sync.negative_surveys_found > 0


@pytest.mark.parametrize("text", ["90", "soon", "0m", "1m1h", "-5m", ""])
def test_a_time_that_is_none_is_told_before_any_request(shell: Shell, text: str) -> None:
    ended = shell.run("run", "--within", text)
    assert ended.exit_code == EXIT_USAGE
    assert "--within is a time such as 90m or 1h30m" in ended.told
    shell.set(ZENHIRE_RUN_WITHIN=text or "x")
    ended = shell.run("run")
    assert ended.exit_code == EXIT_USAGE
    assert "ZENHIRE_RUN_WITHIN" in ended.told
