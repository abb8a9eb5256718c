"""One run at a time in a database, by an advisory lock: it is free the moment that its holder dies."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_sync.engines.postgres.connecting import connected, place, query, require_own_session
from zenhire_sync.errors import LockHeldError
from zenhire_sync.lock import PATIENCE_WITH_READERS_SECONDS, Holder
from zenhire_sync.settings import Settings

LOCK_KEY = f"hashtextextended('zenhire:' || current_database() || ':{RAW_SCHEMA}', 0)"
_HOLDER = f"""
    select a.application_name, a.backend_start
    from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.objsubid = 1 and l.granted and l.mode = 'ExclusiveLock'
        and l.database = (select oid from pg_database where datname = current_database())
        and (l.classid::bigint << 32) + l.objid::bigint = {LOCK_KEY}
    limit 1
"""
_NAME = re.compile(r"zenhire-sync (?P<command>\S*) (?P<pid>\d+)@(?P<host>.*)")


@contextmanager
def advisory_lock(settings: Settings, command: str) -> Iterator[None]:
    """Holds the lock for the block. Raises LockHeldError, naming its holder."""
    with connected(settings, command) as connection:
        require_own_session(settings, connection)
        deadline = time.monotonic() + PATIENCE_WITH_READERS_SECONDS
        while not _try(connection, "pg_try_advisory_lock"):
            found = holder(connection)
            if found is not None or time.monotonic() > deadline:
                what = f"is in use by {found or 'a `status`, `check` or `sql` that does not end'}"
                raise LockHeldError(f"{place(settings)} {what}; wait for it, then run again")
            time.sleep(0.05)
        yield


@contextmanager
def shared_lock(settings: Settings) -> Iterator[None]:
    """No run works during the block. Raises LockHeldError naming the run that does."""
    with connected(settings) as connection:
        if not _try(connection, "pg_try_advisory_lock_shared"):
            who = holder(connection) or "another process"
            raise LockHeldError(f"{place(settings)} is in use by {who}; wait for it, then run again")
        yield


def holder(connection: Any) -> Holder | None:
    """The run that holds the lock now; None when none does."""
    for name, since in query(connection, _HOLDER):
        found = _NAME.match(name)
        if found is None:
            return Holder()
        return Holder(int(found["pid"]), found["command"], since.replace(microsecond=0), found["host"])
    return None


def is_this_process(found: Holder) -> bool:
    """Whether a holder is this very process. The server keeps the first letters of a long name only."""
    return found.pid == os.getpid() and socket.gethostname().startswith(found.host or "")


def _try(connection: Any, function: str) -> bool:
    [(is_ours,)] = query(connection, f"select {function}({LOCK_KEY})")
    return bool(is_ours)
