"""kill -9 of sync: at steps, requests and any moment, again and again; the next run ends with the truth."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from queue import Queue

import pytest

from tests.accidents.commands import PROGRAM, Nursery, settled_truth, variables
from tests.sync.world import World
from tests.thorough import dice, few_or_all
from zenhire_sync.simulator import DEFAULT, CompanySpec, RequestRecord

SPEC = CompanySpec(
    sessions=70, days=25, personas=3, personas_deleted=0, sessions_deleted_share=0, reinvite_share=0.7
)
START = datetime(2026, 1, 5, tzinfo=UTC)
# A step of a first sync is one of about 2,200; fewer are looked at on each run of the tests.
KILLS_AT_STEPS = few_or_all(2, 10)


def sync(here: World) -> tuple[str, ...]:
    """The command line of a sync at the company's time."""
    return ("sync", "--as-of", here.sim.now.isoformat())


def env_of(here: World) -> dict[str, str]:
    return variables(here.settings.data_dir, here.sim.base_url)


def spread(steps: int, kills: int) -> list[int]:
    """Steps to die at: one in each part of the run, somewhere in it."""
    random = dice("the steps to die at")
    return [1 + int((part + random.random()) * steps / kills) for part in range(kills)]


def test_killed_at_steps_of_a_first_sync(here: World, nursery: Nursery) -> None:
    env = env_of(here)
    steps = nursery.run(env, *sync(here)).well().steps
    for deadly in spread(steps, KILLS_AT_STEPS):
        shutil.rmtree(here.settings.data_dir)
        killed = nursery.run(env, *sync(here), deadly=deadly)
        assert killed.exit_code in {-9, 0}, deadly
        nursery.run(env, *sync(here)).well()
        settled_truth(here)


@pytest.mark.slow
def test_killed_at_steps_of_a_later_night(here: World, nursery: Nursery, tmp_path: Path) -> None:
    env, evening = env_of(here), here.sim.now
    here.sim.now = START + timedelta(days=22)
    nursery.run(env, *sync(here)).well()
    here.sim.now = evening
    before = tmp_path / "before"
    shutil.copytree(here.settings.data_dir, before)
    steps = nursery.run(env, *sync(here)).well().steps
    for deadly in spread(steps, KILLS_AT_STEPS):
        shutil.rmtree(here.settings.data_dir)
        shutil.copytree(before, here.settings.data_dir)
        killed = nursery.run(env, *sync(here), deadly=deadly)
        assert killed.exit_code in {-9, 0}, deadly
        nursery.run(env, *sync(here)).well()
        settled_truth(here)


@pytest.mark.slow
def test_killed_again_and_again_before_any_run_ends(here: World, nursery: Nursery) -> None:
    env = env_of(here)
    for deadly in sorted(dice("the deaths").choices(range(100, 2_000), k=few_or_all(5, 16))):
        assert nursery.run(env, *sync(here), deadly=deadly).exit_code in {-9, 0}, deadly
    nursery.run(env, *sync(here)).well()
    settled_truth(here)


@pytest.mark.slow
def test_killed_while_a_request_is_under_way(here: World, nursery: Nursery) -> None:
    env = env_of(here)
    requests = (1, 2, 3, 5, 13, 23, 31, 44)
    for nth in sorted(dice("the requests").sample(requests, few_or_all(3, len(requests)))):
        pids: Queue[int] = Queue()
        here.sim.behaviour = replace(DEFAULT, on_request=killer(nth, pids))
        child = nursery.start(env, *sync(here))
        pids.put(child.pid)
        assert child.ended().exit_code in {-9, 0}
    here.sim.behaviour = DEFAULT
    nursery.run(env, *sync(here)).well()
    settled_truth(here)


def killer(nth: int, pids: Queue[int]) -> Callable[[RequestRecord], None]:
    """Kills the process at its n-th request, before it is answered."""
    requests = count(1)

    def strike(_: RequestRecord) -> None:
        if next(requests) == nth:
            os.kill(pids.get(), signal.SIGKILL)

    return strike


@pytest.mark.slow
def test_the_installed_command_killed_at_any_moment(here: World) -> None:
    env = env_of(here)
    started = time.monotonic()
    command = [PROGRAM, *sync(here)]
    subprocess.run(command, env=env, check=True, capture_output=True)
    whole_seconds = time.monotonic() - started
    shutil.rmtree(here.settings.data_dir)
    random, kills = dice("the moments"), few_or_all(2, 8)
    for part in range(kills):
        with subprocess.Popen(
            command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as child:
            time.sleep(whole_seconds * (part + random.random()) / kills)
            child.kill()
            assert child.stderr is not None
            assert "Traceback" not in child.stderr.read()
    subprocess.run(command, env=env, check=True, capture_output=True)
    settled_truth(here)
