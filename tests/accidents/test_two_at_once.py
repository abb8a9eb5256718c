"""Two runs at once: the second is told who, since when and what; a dead holder holds nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from threading import Event

import pytest

from tests.accidents.commands import Nursery, settled_truth, variables
from tests.sync.world import World
from zenhire_sync.simulator import DEFAULT, CompanySpec, RequestRecord

SPEC = CompanySpec(sessions=24, days=8, personas=2, personas_deleted=0, sessions_deleted_share=0)


@pytest.fixture
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Runs a command while another one is under way."""
    with Nursery(tmp_path_factory.mktemp("other")) as running:
        yield running


@pytest.mark.slow
def test_the_second_is_told_who_runs_and_the_first_is_not_disturbed(
    here: World, nursery: Nursery, other: Nursery
) -> None:
    under_way, may_go_on = Event(), Event()

    def wait(_: RequestRecord) -> None:
        under_way.set()
        assert may_go_on.wait(60)

    here.sim.behaviour = replace(DEFAULT, on_request=wait)
    env = variables(here.settings.data_dir, here.sim.base_url)
    first = nursery.start(env, "sync", "--as-of", here.sim.now.isoformat())
    assert under_way.wait(60)
    for command in ("sync", "run", "reconcile", "build", "publish", "report"):
        second = other.run(env, command)
        assert second.exit_code == 4
        [line] = second.output.splitlines()
        assert re.search(rf"in use by pid {first.pid} \(sync, since 20\d\d-.*\+00:00\)", line)
    may_go_on.set()
    first.ended().well()
    settled_truth(here)


@pytest.mark.slow
def test_the_lock_of_a_run_that_was_killed_is_taken_over(here: World, nursery: Nursery) -> None:
    under_way = Event()

    def wait(_: RequestRecord) -> None:
        under_way.set()

    here.sim.behaviour = replace(DEFAULT, on_request=wait, latency_sec=1)
    env = variables(here.settings.data_dir, here.sim.base_url)
    first = nursery.start(env, "sync")
    assert under_way.wait(60)
    first.kill()
    assert first.ended().exit_code == -9
    assert f'"pid": {first.pid}' in (here.settings.state_dir / "lock").read_text()
    here.sim.behaviour = DEFAULT
    nursery.run(env, "sync", "--as-of", here.sim.now.isoformat()).well()
    settled_truth(here)
