"""A night without a line in its JSON log: each step says that it begins, and how it ended, well or not."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from itertools import count
from queue import Queue
from typing import Any

from tests.accidents.commands import Ended, Nursery, variables
from tests.sync.world import World
from zenhire_sync.simulator import CompanySpec, Fault, FaultPlan, RequestRecord

SPEC = CompanySpec(sessions=40, days=12, personas=2, personas_deleted=0, sessions_deleted_share=0)


def env_of(here: World) -> dict[str, str]:
    return variables(here.settings.data_dir, here.sim.base_url, ZENHIRE_LOG_FORMAT="json")


def events(ended: Ended) -> list[dict[str, Any]]:
    """What steps told, in its order; an end is what has an outcome."""
    lines = [json.loads(line) for line in ended.output.splitlines() if line.startswith("{")]
    return [line for line in lines if "step" in line]


def test_a_good_sync_writes_when_it_began_and_what_it_did(here: World, nursery: Nursery) -> None:
    ended = nursery.run(env_of(here), "sync", "--as-of", here.sim.now.isoformat()).well()
    begin, end = events(ended)
    assert (begin["event"], begin["step"], "outcome" in begin) == ("sync begins", "sync", False)
    assert (end["step"], end["outcome"]) == ("sync", "done")
    assert end["seconds"] > 0
    counts = {name for name, value in end.items() if isinstance(value, int) and value > 0}
    assert len(counts) > 2, end


def test_a_sync_that_fails_says_so_with_its_reason_and_what_it_had_done(
    here: World, nursery: Nursery
) -> None:
    here.sim.faults = FaultPlan((Fault("internal_error", "sessions/*", first=9, times=None),))
    env = {**env_of(here), "ZENHIRE_REQUEST_ATTEMPTS": "1"}
    ended = nursery.run(env, "sync", "--as-of", here.sim.now.isoformat())
    assert ended.exit_code == 1
    _, end = events(ended)
    assert (end["step"], end["outcome"]) == ("sync", "failed")
    assert end["seconds"] > 0
    assert "HTTP 500" in end["error"]
    assert end["sessions_listed"] == SPEC.sessions
    assert end["details_kept"] == 8


def test_a_sync_that_is_stopped_says_so_with_what_it_kept(here: World, nursery: Nursery) -> None:
    pids: Queue[int] = Queue()
    requests = count(1)

    def strike(_: RequestRecord) -> None:
        if next(requests) == 14:
            os.kill(pids.get(), signal.SIGTERM)

    here.sim.behaviour = replace(here.sim.behaviour, on_request=strike)
    child = nursery.start(env_of(here), "sync", "--as-of", here.sim.now.isoformat())
    pids.put(child.pid)
    ended = child.ended()
    assert ended.exit_code == 143
    _, end = events(ended)
    assert (end["step"], end["outcome"]) == ("sync", "stopped")
    assert f"{end['details_kept']} details are kept" in end["error"]
    assert end["sessions_listed"] == SPEC.sessions


def test_a_build_that_fails_is_in_the_log_too(here: World, nursery: Nursery) -> None:
    ended = nursery.run(env_of(here), "build")
    assert ended.exit_code == 1
    begin, end = events(ended)
    assert (begin["event"], end["outcome"]) == ("build begins", "failed")
    assert "zenhire-sync sync" in end["error"]
