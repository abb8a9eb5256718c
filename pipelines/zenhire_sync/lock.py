"""One run at a time in a data directory. The operating system drops the lock when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from zenhire_sync.errors import LockHeldError, WarehouseError


@contextmanager
def exclusive(state_dir: Path, command: str) -> Iterator[None]:
    """Holds the lock for the block.

    Raises LockHeldError with the holder's pid, start and command.
    """
    try:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(state_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise WarehouseError(
            f"{state_dir} cannot be written ({error.strerror}); check ZENHIRE_DATA_DIR"
        ) from None
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockHeldError(_held_by(file.read(), state_dir)) from None
        holder = {
            "pid": os.getpid(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": command,
        }
        file.seek(0)
        file.truncate()
        file.write(json.dumps(holder))
        file.flush()
        yield
        file.seek(0)
        file.truncate()


def _held_by(text: str, state_dir: Path) -> str:
    try:
        holder = json.loads(text)
        who = f"pid {holder['pid']} ({holder['command']}, since {holder['since']})"
    except (ValueError, KeyError, TypeError):
        who = "another process"
    return f"{state_dir.parent} is in use by {who}; wait for it, then run again"
