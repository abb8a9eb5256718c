"""However a run ended, status says so: stopped, killed, or by a defect of ours."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from queue import Queue

import pytest

from tests.accidents.commands import KEY, Nursery, settled_truth, variables
from tests.sync.world import World, world
from zenhire_sync.simulator import DEFAULT, DEFAULT_KEY, Behaviour, Company, CompanySpec, RequestRecord
from zenhire_sync.sync import step

SPEC = CompanySpec(sessions=24, days=8, personas=2, personas_deleted=0, sessions_deleted_share=0)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A company where all has happened."""
    company = Company(SPEC)
    with world(tmp_path, company, company.settled_at, keys={KEY: None, DEFAULT_KEY: None}) as found:
        yield found


def signalled(here: World, nursery: Nursery, number: signal.Signals, behaviour: Behaviour = DEFAULT) -> int:
    """The exit code of a sync that got the signal during its ninth request."""
    pids: Queue[int] = Queue()
    here.sim.behaviour = replace(behaviour, on_request=_sender(pids, number))
    env = variables(here.settings.data_dir, here.sim.base_url)
    child = nursery.start(env, "sync", "--as-of", here.sim.now.isoformat())
    pids.put(child.pid)
    code = child.ended().exit_code
    here.sim.behaviour = DEFAULT
    return code


def _sender(pids: Queue[int], number: signal.Signals) -> Callable[[RequestRecord], None]:
    requests = count(1)

    def send(_: RequestRecord) -> None:
        if next(requests) == 9:
            os.kill(pids.get(), number)

    return send


def status(here: World, nursery: Nursery) -> str:
    return nursery.run(variables(here.settings.data_dir, here.sim.base_url), "status").well().output


def test_what_a_stopped_run_had_read_of_the_list_is_there(here: World, nursery: Nursery) -> None:
    pairs = replace(DEFAULT, default_page_size=2, largest_page=2)
    assert signalled(here, nursery, signal.SIGINT, pairs) == 130
    [(kept,)] = here.query("select count(*) from sessions")
    assert 10 <= kept < SPEC.sessions


def test_a_run_that_was_stopped_is_among_the_last_runs(here: World, nursery: Nursery) -> None:
    assert signalled(here, nursery, signal.SIGINT) == 130
    told = status(here, nursery)
    assert "failed in" in told
    assert "stopped by Ctrl-C" in told
    assert "KILLED" not in told
    [(run_id,)] = here.query("select run_id from sync_runs")
    assert f"(run {run_id})" in told


@pytest.mark.slow
def test_a_run_that_was_killed_is_named_until_another_ended(here: World, nursery: Nursery) -> None:
    assert signalled(here, nursery, signal.SIGKILL) == -9
    assert "  KILLED     pid " in (told := status(here, nursery))
    assert "(sync, since 20" in told
    env = variables(here.settings.data_dir, here.sim.base_url)
    facts = json.loads(nursery.run(env, "status", "--json").well().output)
    assert facts["status"]["killed"]["command"] == "sync"
    nursery.run(env, "sync", "--as-of", here.sim.now.isoformat()).well()
    settled_truth(here)
    assert "KILLED" not in status(here, nursery)


def test_a_run_that_a_defect_of_ours_ended_is_among_the_last_runs(
    here: World, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError("they never let me finish")

    monkeypatch.setattr(step, "account_balances", fail)
    with pytest.raises(ZeroDivisionError):
        here.night()
    told = status(here, nursery)
    assert "unexpected ZeroDivisionError" in told
    assert "they never let me finish" not in told
