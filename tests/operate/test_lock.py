"""Who may do what at the same time: one run, and looks that never disturb it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from zenhire_sync.errors import LockHeldError, WarehouseError
from zenhire_sync.lock import exclusive, look, require_locks

_HOLD = """
import sys, time
from pathlib import Path
from zenhire_sync.lock import exclusive
with exclusive(Path(sys.argv[1]), "sync"):
    print("held", flush=True)
    time.sleep(60)
"""


def _holder(state: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", _HOLD, str(state)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_a_second_run_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    with _holder(tmp_path / "state") as child:
        with (
            pytest.raises(LockHeldError, match=rf"in use by pid {child.pid} \(sync, since 20.*\+00:00\)"),
            exclusive(tmp_path / "state", "run"),
        ):
            pass
        child.kill()


def test_a_look_during_a_run_tells_who_and_since_when(tmp_path: Path) -> None:
    with _holder(tmp_path / "state") as child:
        with look(tmp_path / "state") as holder:
            assert holder is not None
            assert (holder.pid, holder.command) == (child.pid, "sync")
            assert holder.since is not None
        child.kill()


def test_a_holder_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    with _holder(tmp_path / "state") as child:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    with look(tmp_path / "state") as holder:
        assert holder is None
    with exclusive(tmp_path / "state", "run"):
        pass


def test_a_run_that_starts_during_a_look_waits_for_it_and_does_not_fail(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with exclusive(state, "sync"):
        pass
    started = threading.Event()
    ended: list[float] = []

    def run() -> None:
        started.set()
        with exclusive(state, "sync"):
            ended.append(time.monotonic())

    with look(state) as holder, look(state) as other:
        assert holder is other is None
        thread = threading.Thread(target=run)
        thread.start()
        started.wait()
        time.sleep(0.1)
        looked_until = time.monotonic()
    thread.join(5)
    assert ended
    assert ended[0] >= looked_until


def test_a_folder_that_was_never_used_is_looked_at_without_being_made(tmp_path: Path) -> None:
    with look(tmp_path / "state") as holder:
        assert holder is None
    assert list(tmp_path.iterdir()) == []


def test_a_look_needs_no_right_to_write(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with exclusive(state, "sync"):
        pass
    for file in state.iterdir():
        file.chmod(0o400)
    state.chmod(0o500)
    with look(state) as holder:
        assert holder is None
    state.chmod(0o700)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL])
def test_a_network_folder_without_locks_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with exclusive(tmp_path / "state", "run"):
        pass
    monkeypatch.setattr("fcntl.flock", refuse)
    words = rf"^{tmp_path} is on a file system that has no locks .*; set ZENHIRE_DATA_DIR to a local disk"
    with pytest.raises(WarehouseError, match=words), exclusive(tmp_path / "state", "run"):
        pass
    with pytest.raises(WarehouseError, match=words), look(tmp_path / "state"):
        pass
    with pytest.raises(WarehouseError, match=words):
        require_locks(tmp_path)
