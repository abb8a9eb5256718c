"""Ctrl-C, systemd, Docker and Kubernetes stop a command politely: what came is kept, and it says so."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from queue import Queue

import pytest

from tests.accidents.commands import Ended, Nursery, settled_truth, variables
from tests.sync.world import World
from tests.thorough import dice, few_or_all
from zenhire_sync.simulator import DEFAULT, Behaviour, CompanySpec, Fault, FaultPlan, RequestRecord

SPEC = CompanySpec(sessions=60, days=20, personas=2, personas_deleted=0, sessions_deleted_share=0)
IN_FLIGHT = 8
LONGEST_STOP_SECONDS = 10
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
WORDS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "SIGHUP"}


def env_of(here: World, **more: str) -> dict[str, str]:
    return variables(here.settings.data_dir, here.sim.base_url, ZENHIRE_WINDOW_DETAILS="2500", **more)


def sync(here: World) -> tuple[str, ...]:
    return "sync", "--as-of", here.sim.now.isoformat()


def stopped(
    here: World,
    nursery: Nursery,
    number: signal.Signals,
    nth: int,
    *,
    behaviour: Behaviour = DEFAULT,
    after: float = 0.0,
    **more: str,
) -> Ended:
    """A sync that gets the signal at its n-th request, or some seconds after; surely it ends in time."""
    pids: Queue[int] = Queue()
    signalled_at: Queue[float] = Queue()
    requests = count(1)

    def strike(_: RequestRecord) -> None:
        if next(requests) == nth:
            time.sleep(after)
            signalled_at.put(time.monotonic())
            os.kill(pids.get(), number)

    here.sim.behaviour = replace(behaviour, on_request=strike)
    child = nursery.start(env_of(here, **more), *sync(here))
    pids.put(child.pid)
    ended = child.ended()
    here.sim.behaviour = DEFAULT
    assert time.monotonic() - signalled_at.get(timeout=1) < LONGEST_STOP_SECONDS
    assert ended.exit_code == CODES[number], ended.output
    assert f"stopped by {WORDS[number]}" in ended.output
    return ended


def kept_details(here: World) -> int:
    [(kept,)] = here.query("select count(*) from sessions where detail_checked_at is not null")
    return int(kept)


def finish(here: World, nursery: Nursery) -> int:
    """The next run, surely right; how many details it asked for."""
    here.sim.faults = FaultPlan()
    here.sim.log.clear()
    nursery.run(env_of(here), *sync(here)).well()
    settled_truth(here)
    return here.sim.log.count("detail")


def completed(here: World) -> int:
    return sum(row["status"] == "completed" for row in here.sim.company.at(here.sim.now).sessions())


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_details_that_came_before_the_stop_are_not_asked_for_again(
    here: World, nursery: Nursery, number: signal.Signals
) -> None:
    nth = dice("the request").randrange(12, completed(here) - 5)
    ended = stopped(here, nursery, number, nth)
    kept = kept_details(here)
    # What was under way when it stopped is lost, and nothing else.
    assert 0 <= here.sim.log.count("detail") - kept <= IN_FLIGHT, nth
    assert f"{kept} details are kept; the next run goes on from there" in ended.output
    [(outcome, error)] = here.query("select outcome, error from sync_runs")
    assert (outcome, error) == ("failed", re.search(r"stopped by .* from there", ended.output)[0])  # type: ignore[index]
    assert finish(here, nursery) == completed(here) - kept, nth


@pytest.mark.slow
def test_a_stop_while_the_key_has_to_wait_for_its_next_minute(here: World, nursery: Nursery) -> None:
    stopped(here, nursery, signal.SIGTERM, 12, after=1, ZENHIRE_RATE_LIMIT_PER_MINUTE="13")
    assert kept_details(here) >= 12 - 1 - IN_FLIGHT
    finish(here, nursery)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["rate_limited", "internal_error"])
def test_a_stop_while_it_waits_because_the_api_said_so_or_failed(
    here: World, nursery: Nursery, fault: str
) -> None:
    here.sim.faults = FaultPlan((Fault(fault, "sessions/*", first=11, times=None, retry_after_header="200"),))  # type: ignore[arg-type]
    stopped(here, nursery, signal.SIGTERM, 14, after=1, ZENHIRE_RETRY_BASE_SECONDS="20")
    assert kept_details(here) >= 2
    finish(here, nursery)


@pytest.mark.slow
def test_a_stop_while_the_list_is_read(here: World, nursery: Nursery) -> None:
    pairs = replace(DEFAULT, default_page_size=2, largest_page=2)
    stopped(here, nursery, signal.SIGTERM, 9, behaviour=pairs)
    [(kept,)] = here.query("select count(*) from sessions")
    assert kept >= 10
    finish(here, nursery)


@pytest.mark.slow
def test_details_that_came_before_the_api_went_down_are_kept_too(here: World, nursery: Nursery) -> None:
    here.sim.faults = FaultPlan((Fault("internal_error", "sessions/*", first=13, times=None),))
    ended = nursery.run(env_of(here, ZENHIRE_REQUEST_ATTEMPTS="1"), *sync(here))
    assert ended.exit_code == 1
    kept = kept_details(here)
    assert kept == 12
    assert finish(here, nursery) == completed(here) - kept


@pytest.mark.slow
def test_stopped_at_any_statement_or_file_of_a_sync(here: World, nursery: Nursery) -> None:
    steps = nursery.run(env_of(here), *sync(here)).well().steps
    random = dice("the stops")
    for _ in range(few_or_all(2, 4)):
        at, number = random.randrange(1, steps), random.choice(list(CODES))
        ended = nursery.run(env_of(here), *sync(here), deadly=at, by=number)
        # 0: all had been done when it came.
        assert ended.exit_code in {0, CODES[number]}, ended.output
        assert "defect" not in ended.output, ended.output
    assert finish(here, nursery) == 0


_HANGS = """
import time
from zenhire_sync.stopping import held, signals_stop
with signals_stop(b"ended at once"), held():
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_at_once_what_hangs(number: signal.Signals) -> None:
    with _hanging() as process:
        process.send_signal(number)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(number)
        assert process.communicate(timeout=10)[1] == "ended at once"
        assert process.returncode == CODES[number]


def test_a_signal_that_timeout_sends_twice_in_a_row_is_one_wish() -> None:
    with _hanging() as process:
        for _ in range(2):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.02)
        time.sleep(0.5)
        assert process.poll() is None
        process.kill()


def test_what_nohup_told_to_ignore_is_ignored() -> None:
    with _hanging(lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN) and None) as process:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        assert process.poll() is None
        process.kill()


def _hanging(prepare: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HANGS],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,  # noqa: PLW1509 - one call
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


_QUERIES = """
import os, signal, sys, threading
from pathlib import Path
from zenhire_sync.cli.perform import Call, Result, guard
from zenhire_sync.stopping import interrupted, signals_stop
import duckdb

def query():
    connection = duckdb.connect(config={"threads": 2})
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
    with interrupted(connection.interrupt):
        connection.execute("select count(*) from range(1000000000000) where range % 7 = 3")
    return Result({}, "")

import typer
try:
    with signals_stop(b""):
        guard(Call("query"), query)
except typer.Exit as end:
    sys.exit(end.exit_code)
"""


def test_a_signal_in_the_middle_of_a_query_is_a_stop_and_no_defect() -> None:
    command = [sys.executable, "-c", _QUERIES]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 143, done.stderr
    assert done.stderr.startswith("zenhire-sync query: stopped by SIGTERM: ")
