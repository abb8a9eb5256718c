"""kill -9 at any step of publish: a reader finds the old file or the new one, and the next run repairs."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.accidents.commands import Child, Nursery
from tests.thorough import dice

from zenhire_sync.publish import PublishSummary
from zenhire_sync.settings import Settings

# The child counts what it does to the file system (CPython reports it), gets a signal before the n-th step.
_DIE_AT_STEP = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import Stopped, signals_stop
data_dir, deadly, by = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
STEPS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.symlink", "shutil.rmtree"}
taken = 0
def step(event, args):
    global taken
    if event in STEPS and str(data_dir) in str(args):
        taken += 1
        if taken == deadly:
            os.kill(os.getpid(), by)
sys.addaudithook(step)
with signals_stop(b""):
    try:
        publish_marts(Settings(data_dir=data_dir), now=datetime(2026, 3, 5, tzinfo=UTC))
    except Stopped as stop:
        sys.exit(stop.exit_code)
print(taken)
"""
_NEW_ROW = (
    "insert into zenhire_raw.sessions values ('s5', 'completed', 5);"
    "insert into zenhire_marts.credit_usage_daily values ('2026-03-03', 'Driver', 5, 0)"
)
Publish = Callable[[], PublishSummary]
Read = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def half_way(publish: Publish, change_warehouse: Callable[[str], None]) -> None:
    """One published night (50 credits) and a second one (55) in the warehouse."""
    publish()
    change_warehouse(_NEW_ROW)


def _child(nursery: Nursery, settings: Settings, deadly: int, by: signal.Signals = signal.SIGKILL) -> Child:
    return nursery.start_script(_DIE_AT_STEP, str(settings.data_dir), str(deadly), str(int(by)))


def _credits(settings: Settings, read: Read) -> tuple[int, int]:
    """Credits in the published file and in Parquet, read as strangers do."""
    [(in_file,)] = read("select sum(credits_charged) from zenhire_marts.credit_usage_daily")
    parquet = settings.published_path.parent / "parquet/credit_usage_daily/credit_usage_daily.parquet"
    [(in_parquet,)] = read(f"select sum(credits_charged) from '{parquet}'")
    return int(in_file), int(in_parquet)


@pytest.mark.slow
def test_killed_before_each_step_on_the_file_system(
    half_way: None, nursery: Nursery, settings: Settings, publish: Publish, read: Read
) -> None:
    seen = []
    for deadly in range(1, 200):
        code = _child(nursery, settings, deadly).ended().exit_code
        seen.append(_credits(settings, read))
        if code == 0:
            break
        assert code == -9
    assert len(seen) > 15
    assert seen[0] == (50, 50)
    assert seen == sorted(seen)  # the file first, then Parquet, and never back
    assert set(seen) <= {(50, 50), (55, 50), (55, 55)}
    publish()
    _assert_tidy(settings)


@pytest.mark.slow
@pytest.mark.usefixtures("half_way")
def test_a_stop_between_two_swaps_leaves_no_file_of_tonight_beside_parquet_of_last_night(
    nursery: Nursery,
    settings: Settings,
    publish: Publish,
    change_warehouse: Callable[[str], None],
    read: Read,
) -> None:
    steps = int(_child(nursery, settings, 0).ended().output)
    assert _credits(settings, read) == (55, 55)
    before = 55
    # The last steps are the swaps, in each publish anew.
    for deadly in dice("the stops").sample(range(steps - 20, steps + 1), 5):
        change_warehouse(_NEW_ROW.replace("'s5'", f"'s{before}'"))
        code = _child(nursery, settings, deadly, signal.SIGTERM).ended().exit_code
        assert code in {0, 143}, deadly
        # Stopped after the swaps: what is left to do is to record them.
        assert _credits(settings, read) in {(before + 5,) * 2, (before + 5 * (code == 0),) * 2}, deadly
        publish()
        before += 5
    _assert_tidy(settings)


def test_killed_at_any_moment(
    half_way: None, nursery: Nursery, settings: Settings, publish: Publish, read: Read
) -> None:
    started = time.monotonic()
    _child(nursery, settings, 0).ended().well()
    whole_seconds = time.monotonic() - started
    for part in range(10):
        child = _child(nursery, settings, 0)
        time.sleep(whole_seconds * part / 10)
        child.kill()
        assert child.ended().exit_code in {-9, 0}
        assert _credits(settings, read) == (55, 55)
        assert not list(settings.published_path.parent.glob("zenhire.duckdb.wal*"))
    publish()
    _assert_tidy(settings)


def _assert_tidy(settings: Settings) -> None:
    published = settings.published_path.parent
    assert {path.name for path in published.iterdir()} == {"zenhire.duckdb", "parquet", ".parquet"}
    assert len(list((published / ".parquet").iterdir())) == 2
    assert list(settings.state_dir.iterdir()) == []


def test_a_working_folder_of_a_living_process_is_left_alone(publish: Publish, settings: Settings) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as living:
        folder = settings.published_path.parent / f".publish-{living.pid}"
        folder.mkdir(parents=True)
        publish()
        assert folder.is_dir()
    publish()
    assert not Path(folder).exists()
