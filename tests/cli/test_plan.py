"""``plan``: the bill of the next sync, and a cheaper ladder where enough surveys are known."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Shell
from zenhire_sync.errors import EXIT_DONE, EXIT_USAGE
from zenhire_sync.plan import ladder
from zenhire_sync.simulator import SimulatorServer

AS_OF = ("--as-of", "2026-03-20T02:00:00Z")


@pytest.fixture
def ready(shell: Shell, api: SimulatorServer) -> Shell:
    shell.set(ZENHIRE_BASE_URL=api.base_url)
    return shell


def test_the_bill_is_that_of_the_dry_run(ready: Shell) -> None:
    told = ready.run("plan", "--json", *AS_OF)
    assert told.exit_code == EXIT_DONE, told.err
    assert told.json["bill"] == ready.run("sync", "--dry-run", "--json", *AS_OF).json["bill"]


@pytest.mark.parametrize(
    "more", [("--within", "2h"), ("--since", "2026-01-01"), ("--until", "2026-01-01"), ("--no-details",)]
)
def test_a_dry_run_refuses_what_it_would_not_count(
    ready: Shell, api: SimulatorServer, more: tuple[str, ...]
) -> None:
    told = ready.run("sync", "--dry-run", *more)
    assert told.exit_code == EXIT_USAGE
    assert f"leave out {more[0]}" in told.err
    assert api.log.records() == ()


def test_a_ladder_is_proposed_from_what_the_warehouse_knows(ready: Shell, api: SimulatorServer) -> None:
    assert ready.run("sync", *AS_OF).exit_code == EXIT_DONE
    api.log.clear()
    told = ready.run("plan", "--suggest-ladder", *AS_OF)
    assert told.exit_code == EXIT_DONE, told.err
    assert api.log.records() == ()
    rows = api.company.at(api.now).sessions()
    completed = sum(row["status"] == "completed" for row in rows)
    assert f"of {completed} completed interviews" in told.out
    assert f"fewer than {ladder.FEWEST_SURVEYS} surveys" in told.out
    facts = ready.run("plan", "--suggest-ladder", "--json", *AS_OF).json["ladder"]
    assert facts["suggested"] is None
    assert facts["today"]["rungs"] == [0, 1, 2, 3, 5, 8, 13, 21, 30]
