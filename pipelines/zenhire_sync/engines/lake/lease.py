"""One run at a time by the catalog itself, whatever serves it: a lease that ends by itself.

The lease is an Iceberg table without rows. Its newest snapshot says who holds it and until when, and a commit
that meets another's is refused by every catalog, so that of two runs one is told no.
"""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError, TableAlreadyExistsError
from pyiceberg.table import Table as LakeTable

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_sync.engines.lake.raw_shape import PROPERTIES
from zenhire_sync.engines.lake.upkeep import forget_snapshots, remove_unnamed
from zenhire_sync.errors import LockHeldError
from zenhire_sync.lock import Holder
from zenhire_sync.processes import is_alive

_TABLE = (RAW_SCHEMA, "run_lease")
# A run that was killed is waited for so long; clocks of two machines may differ by less than the margin.
LASTS, RENEWED_EVERY, MARGIN = timedelta(minutes=10), timedelta(minutes=2), timedelta(minutes=1)
_MACHINE, _PROCESSES = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")


@dataclass(frozen=True, slots=True)
class _Told:
    """What the newest snapshot says."""

    holder: Holder
    until: datetime
    where: str

    @property
    def holds(self) -> bool:
        """Whether the run may be at work: its time has not come, and it is not known to be dead."""
        return datetime.now(UTC) < self.until and not self.died

    @property
    def died(self) -> bool:
        """Whether it was killed, on this very machine; of another one nobody here can tell."""
        pid = self.holder.pid
        return bool(pid and self.where) and self.where == _where() and not is_alive(pid or 0)

    @property
    def is_ours(self) -> bool:
        """Whether this very process holds it."""
        return (self.holder.pid, self.holder.host, self.where) == (
            os.getpid(),
            socket.gethostname(),
            _where(),
        )


class Lease:
    """Held by this process and renewed by a thread until ``end``."""

    def __init__(self, table: LakeTable, command: str) -> None:
        self._table = table
        self._command = command
        self._since = datetime.now(UTC).replace(microsecond=0)
        self._done = threading.Event()
        self._renewal = threading.Thread(target=self._renew, name="lease", daemon=True)

    def take(self) -> None:
        """Raises LockHeldError, naming the holder."""
        found = _state(self._table)
        if found is not None and found.holds:
            raise _in_use(found)
        try:
            self._write(datetime.now(UTC) + LASTS)
        except (CommitFailedException, OSError):
            # Another run was quicker; it may have cleaned away what this one was about to go on from.
            found = _state(self._table.refresh())
            if found is None or found.is_ours or not found.holds:
                raise
            raise _in_use(found) from None
        # What earlier renewals have left; only the holder writes here.
        forget_snapshots(self._table, timedelta(0))
        remove_unnamed(self._table)
        self._renewal.start()

    def end(self) -> None:
        """Free for the next run at once, if the catalog answers; a run that has it now keeps it."""
        self._done.set()
        self._renewal.join()
        with suppress(Exception):
            self._write(datetime.now(UTC))

    def _renew(self) -> None:
        while not self._done.wait(RENEWED_EVERY.total_seconds()):
            # Whatever fails is tried again, also after a commit of which the answer was lost. Before it
            # commits, the run looks whether the lease is still its own.
            with suppress(Exception):
                found = _state(self._table.refresh())
                if found is not None and found.is_ours:
                    self._write(datetime.now(UTC) + LASTS)

    def _write(self, until: datetime) -> None:
        told = {
            "zenhire.pid": str(os.getpid()),
            "zenhire.host": socket.gethostname(),
            "zenhire.where": _where(),
            "zenhire.command": self._command,
            "zenhire.since": self._since.isoformat(),
            "zenhire.until": until.isoformat(),
        }
        with (
            self._table.transaction() as transaction,
            transaction.update_snapshot(snapshot_properties=told).fast_append(),
        ):
            pass


def take_lease(catalog: Catalog, command: str) -> Lease:
    """The lease, until its ``end``. Raises LockHeldError, naming its holder."""
    lease = Lease(_table(catalog), command)
    lease.take()
    return lease


def require_lease(catalog: Catalog) -> None:
    """Raises LockHeldError when another run may be at work by now."""
    found = _state(catalog.load_table(_TABLE))
    if found is None or not found.is_ours or datetime.now(UTC) > found.until - MARGIN:
        who = "another run" if found is None or found.is_ours else str(found.holder)
        raise LockHeldError(f"the lease of the lake was lost, and {who} may work now; run again later")


def holder_of_lease(catalog: Catalog) -> tuple[Holder | None, Holder | None]:
    """The run at work, and else the one that was killed, if it can be told."""
    try:
        found = _state(catalog.load_table(_TABLE))
    except NoSuchTableError:
        return None, None
    if found is None:
        return None, None
    if found.holds:
        return found.holder, None
    return None, found.holder if found.died and datetime.now(UTC) < found.until else None


def require_unused(catalog: Catalog) -> None:
    """Raises LockHeldError naming the run that works."""
    try:
        found = _state(catalog.load_table(_TABLE))
    except NoSuchTableError:
        return
    if found is not None and found.holds:
        raise _in_use(found)


def _in_use(found: _Told) -> LockHeldError:
    until = found.until.isoformat(timespec="seconds")
    return LockHeldError(
        f"the lake is in use by {found.holder}; wait for it, then run again; should it have been killed, "
        f"its lease ends at {until}"
    )


def _table(catalog: Catalog) -> LakeTable:
    catalog.create_namespace_if_not_exists(RAW_SCHEMA)
    try:
        return catalog.load_table(_TABLE)
    except NoSuchTableError:
        shape = pa.schema([pa.field("nothing", pa.bool_())])
        try:
            return catalog.create_table(_TABLE, schema=shape, properties=PROPERTIES)
        except TableAlreadyExistsError:
            return catalog.load_table(_TABLE)


def _state(table: LakeTable) -> _Told | None:
    snapshot = table.current_snapshot()
    if snapshot is None or snapshot.summary is None:
        return None
    told = snapshot.summary.additional_properties
    try:
        holder = Holder(
            int(told["zenhire.pid"]),
            told["zenhire.command"],
            datetime.fromisoformat(told["zenhire.since"]),
            told["zenhire.host"],
        )
        return _Told(holder, datetime.fromisoformat(told["zenhire.until"]), told["zenhire.where"])
    except (KeyError, ValueError):
        return None


def _where() -> str:
    """This boot of this machine and this set of processes: there, a pid is one process."""
    try:
        return f"{_MACHINE.read_text(encoding='utf-8').strip()} {os.readlink(_PROCESSES)}"  # noqa: PTH115
    except OSError:
        return ""
