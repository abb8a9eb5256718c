"""One run at a time on a lake: by a lock of its catalog's PostgreSQL, a file beside a catalog in a file, or a
lease in any other catalog.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zenhire_sync.engines.lake.catalog import (
    catalog_of,
    explained,
    file_of_catalog,
    server_of_catalog,
)
from zenhire_sync.engines.lake.lease import holder_of_lease, require_lease, require_unused, take_lease
from zenhire_sync.errors import LockHeldError
from zenhire_sync.lock import Holder, died, exclusive, look, undisturbed
from zenhire_sync.settings import Settings


@contextmanager
def lake_lock(settings: Settings, command: str) -> Iterator[None]:
    """Holds the lock for the block. Raises LockHeldError, naming its holder."""
    server = server_of_catalog(settings)
    with exclusive(settings.state_dir, command):
        if server is not None:
            from zenhire_sync.engines.postgres.advisory_lock import advisory_lock

            with advisory_lock(server, command):
                yield
        elif (folder := _folder(settings)) is not None:
            with exclusive(folder, command):
                yield
        else:
            with explained(settings):
                lease = take_lease(catalog_of(settings), command)
            try:
                yield
            finally:
                lease.end()


@contextmanager
def shared_lock(settings: Settings) -> Iterator[None]:
    """No run works during the block. Raises LockHeldError naming the run that does."""
    server = server_of_catalog(settings)
    if server is not None:
        from zenhire_sync.engines.postgres.advisory_lock import shared_lock as shared_on_server

        with shared_on_server(server):
            yield
    elif (folder := _folder(settings)) is not None:
        with undisturbed(folder):
            yield
    else:
        # Nothing keeps a run from starting meanwhile; who reads has pinned its snapshots.
        with explained(settings):
            require_unused(catalog_of(settings))
        yield


@contextmanager
def holder_of_lock(settings: Settings) -> Iterator[tuple[Holder | None, Holder | None]]:
    """The run at work, and else the one that was killed, if it can be told."""
    server = server_of_catalog(settings)
    if server is not None:
        from zenhire_sync.engines.postgres.advisory_lock import holder
        from zenhire_sync.engines.postgres.connecting import connected

        with connected(server) as connection:
            yield holder(connection), None
    elif (folder := _folder(settings)) is not None:
        with look(folder) as at_work:
            yield at_work, died(folder) if at_work is None else None
    else:
        with explained(settings):
            found = holder_of_lease(catalog_of(settings))
        yield found


def require_lock(settings: Settings) -> None:
    """Raises LockHeldError when the lock was lost to another run: nothing may be committed then."""
    server = server_of_catalog(settings)
    if server is None:
        # A lock of a file is held as long as its process lives.
        if _folder(settings) is None:
            require_lease(catalog_of(settings))
        return
    from zenhire_sync.engines.postgres.advisory_lock import holder, is_this_process
    from zenhire_sync.engines.postgres.connecting import connected

    with connected(server) as connection:
        found = holder(connection)
    if found is not None and not is_this_process(found):
        raise LockHeldError(
            f"the connection that held the lock was lost, and {found} works now; run again later"
        )


def _folder(settings: Settings) -> Path | None:
    file = file_of_catalog(settings)
    return None if file is None else file.parent / "locks"
