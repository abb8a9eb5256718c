"""One run at a time in a data directory. The operating system drops the lock when its holder dies.

Two files: ``lock`` is the runs' own, with the name of its holder; ``readers`` lets ``status`` and ``check``
look into the warehouse for an instant. A run that starts just then waits for them; while it goes on, they
look elsewhere. So they never disturb it.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from zenhire_sync.errors import LockHeldError, WarehouseError
from zenhire_sync.processes import is_alive

# A look takes milliseconds. One that takes this long hangs, and the night does not wait for it.
PATIENCE_WITH_READERS_SECONDS = 10.0
# What a network file system without its lock service answers.
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock. Fields are None where the holder did not say."""

    pid: int | None = None
    command: str | None = None
    since: datetime | None = None
    host: str | None = None

    def __str__(self) -> str:
        if self.pid is None:
            return "another process"
        since = "" if self.since is None else f", since {self.since.isoformat()}"
        where = "" if self.host is None else f" on {self.host}"
        return f"pid {self.pid}{where} ({self.command}{since})"


@contextmanager
def exclusive(state_dir: Path, command: str) -> Iterator[None]:
    """Holds the lock for the block.

    Raises LockHeldError with the holder's pid, start and command, and WarehouseError when the folder cannot
    be written.
    """
    try:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptors = [
            os.open(state_dir / name, os.O_RDWR | os.O_CREAT, 0o600) for name in ("lock", "readers")
        ]
    except OSError as error:
        raise WarehouseError(
            f"{state_dir} cannot be written ({error.strerror}); check ZENHIRE_DATA_DIR"
        ) from None
    with (
        os.fdopen(descriptors[0], "r+", encoding="utf-8") as file,
        os.fdopen(descriptors[1], "r+", encoding="utf-8") as readers,
    ):
        try:
            _lock(file, fcntl.LOCK_EX, state_dir)
        except BlockingIOError:
            holder = _holder(file.read())
            raise LockHeldError(
                f"{state_dir.parent} is in use by {holder}; wait for it, then run again"
            ) from None
        try:
            _sign(file, command)
            _wait_for(readers, state_dir)
            yield
        finally:
            # However it ended, it could say so itself. What was killed leaves its name.
            os.ftruncate(file.fileno(), 0)


@contextmanager
def look(state_dir: Path) -> Iterator[Holder | None]:
    """Who holds the lock; None when no process does: then no run touches the warehouse during the block.

    Keep the block short: a run that starts meanwhile waits for it. Needs no right to write.
    Raises WarehouseError when the lock cannot be read.
    """
    try:
        descriptor = os.open(state_dir / "readers", os.O_RDONLY)
    except FileNotFoundError:
        # No run was ever here, or none since the folder was deleted.
        yield None
        return
    except OSError as error:
        raise WarehouseError(
            f"{state_dir} cannot be read ({error.strerror}); check ZENHIRE_DATA_DIR"
        ) from None
    with os.fdopen(descriptor, encoding="utf-8") as readers:
        try:
            _lock(readers, fcntl.LOCK_SH, state_dir)
        except BlockingIOError:
            yield _named_in(state_dir / "lock")
        else:
            yield None


@contextmanager
def undisturbed(state_dir: Path) -> Iterator[None]:
    """A look during which no run works. Raises LockHeldError naming the run that does."""
    with look(state_dir) as holder:
        if holder is not None:
            raise LockHeldError(f"{state_dir.parent} is in use by {holder}; wait for it, then run again")
        yield


def signer(state_dir: Path) -> Holder | None:
    """Who signed the lock file last, alive or not; None when the last run ended by itself."""
    holder = _named_in(state_dir / "lock")
    return None if holder.pid is None else holder


def died(state_dir: Path) -> Holder | None:
    """The run that was the last to hold the lock, if it was killed; ask while no process holds it."""
    holder = signer(state_dir)
    # One that has just begun is alive. Where another process has a dead one's pid by now, nothing is said.
    return None if holder is None or holder.pid is None or is_alive(holder.pid) else holder


def _lock(file: TextIO, kind: int, state_dir: Path) -> None:
    """Raises BlockingIOError when another process has the file; WarehouseError when none ever can."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        has_none = error.errno in _NO_LOCKS
        what = "is on a file system that has no locks" if has_none else "cannot be locked"
        raise WarehouseError(
            f"{state_dir.parent} {what} ({error.strerror}), so two runs could damage the warehouse; set "
            "ZENHIRE_DATA_DIR to a local disk, or mount it with locks"
        ) from None


def require_locks(folder: Path) -> None:
    """Tries a lock in a folder that can be written. Raises WarehouseError when its file system has none."""
    with tempfile.TemporaryFile("w", dir=folder) as file:
        _lock(file, fcntl.LOCK_EX, folder / "state")


def _wait_for(readers: TextIO, state_dir: Path) -> None:
    deadline = time.monotonic() + PATIENCE_WITH_READERS_SECONDS
    while True:
        try:
            _lock(readers, fcntl.LOCK_EX, state_dir)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise LockHeldError(
                    f"{state_dir.parent} is being read by a `status`, `check` or `sql` that does not end; "
                    "stop it"
                ) from None
            time.sleep(0.02)
        else:
            return


def _sign(file: TextIO, command: str) -> None:
    holder = {
        "pid": os.getpid(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
    }
    os.ftruncate(file.fileno(), 0)
    # On a full disk the lock holds without a name; the run will find out what is full, and say so.
    with suppress(OSError):
        os.pwrite(file.fileno(), json.dumps(holder).encode(), 0)


def _named_in(path: Path) -> Holder:
    try:
        return _holder(path.read_text(encoding="utf-8"))
    except OSError:
        return Holder()


def _holder(text: str) -> Holder:
    try:
        found = json.loads(text)
        return Holder(int(found["pid"]), str(found["command"]), datetime.fromisoformat(found["since"]))
    except (ValueError, KeyError, TypeError):
        return Holder()
