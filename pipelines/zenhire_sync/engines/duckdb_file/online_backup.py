"""A copy of the warehouse as it was at one moment, taken without a lock, so that nothing waits for it.

DuckDB never overwrites a block that its file's header reaches: what changes goes to free blocks, then the
header is written, then the log is emptied. So a copy is whole, as after a power cut, when header and log are
the same before and after it. Where a run wrote them meanwhile, it is copied again.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_sync.engines.duckdb_file.opening import DUCKDB_LIMITS, HEADERS_BYTES, OFFLINE, explain
from zenhire_sync.engines.duckdb_file.quoting import identifier
from zenhire_sync.errors import ConfigurationError, LockHeldError, WarehouseError
from zenhire_sync.lock import look
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import Backup
from zenhire_sync.whole_files import private_folder, put_in_place, seal

PATIENCE_SECONDS = 300.0
_SECONDS_BETWEEN_TRIES = 0.5
_MODE = 0o600


def back_up(settings: Settings, target: Path, *, replace: bool) -> Backup:
    """Puts a copy of the warehouse at ``target``, in one step and for its owner alone.

    Raises ConfigurationError when the target cannot be used, LockHeldError when an erasure goes on or the
    warehouse never stands still, WarehouseError when the copy cannot be made or does not hold what it should.
    """
    warehouse = settings.warehouse_path
    if not warehouse.is_file():
        raise WarehouseError(f"no warehouse at {warehouse}; run `zenhire-sync run` first")
    _require_usable(target, warehouse, settings, replace=replace)
    try:
        with private_folder(target.parent, "backup") as scratch:
            copy = scratch / "warehouse.duckdb"
            rows = _copy_that_stands(settings, warehouse, copy)
            seal(copy, like=scratch, file_mode=_MODE)
            put_in_place(copy, target)
    except OSError as error:
        raise WarehouseError(
            f"cannot write {error.filename or target}: {error.strerror}; free some space or name another file"
        ) from None
    return Backup(target, target.stat().st_size, rows)


def _require_usable(target: Path, warehouse: Path, settings: Settings, *, replace: bool) -> None:
    if not target.parent.is_dir():
        raise ConfigurationError(f"there is no folder {target.parent} for the backup; make it first")
    if target.exists() and not target.is_file():
        raise ConfigurationError(f"{target} is not a file; name a file for the backup")
    place = target.resolve()
    ours = (warehouse.resolve(), settings.published_path.resolve(), settings.report_path.resolve())
    inside = (settings.state_dir.resolve(), settings.published_path.parent.resolve())
    if place in ours or any(place.is_relative_to(folder) for folder in inside):
        raise ConfigurationError(f"{target} is a place of zenhire-sync's own files; name another file")
    if target.exists() and not replace:
        raise ConfigurationError(f"{target} is there already; name another file, or say --force")


def _copy_that_stands(settings: Settings, warehouse: Path, copy: Path) -> dict[str, int]:
    """Rows by raw table of a copy that was looked through from end to end."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with look(settings.state_dir) as holder:
            pass
        if holder is not None and holder.command == "erase":
            raise LockHeldError(f"{settings.data_dir} is in use by {holder}; wait for it, then run again")
        is_late = time.monotonic() > deadline
        if _copy(warehouse.resolve(), copy):
            try:
                return _looked_through(copy)
            except WarehouseError:
                # Half an entry of the log, perhaps, of a run that was in the middle of one.
                if holder is None or is_late:
                    raise
        if is_late:
            raise LockHeldError(
                f"{warehouse} was written all the time it was copied ({holder or 'by another process'}); "
                "wait until the run has ended, then run again"
            )
        time.sleep(_SECONDS_BETWEEN_TRIES)


def _copy(warehouse: Path, copy: Path) -> bool:
    """Copies the file and its log; whether the file stood still meanwhile."""
    log, log_copy = (path.with_name(f"{path.name}.wal") for path in (warehouse, copy))
    log_copy.unlink(missing_ok=True)
    with warehouse.open("rb") as source, copy.open("wb") as target:
        before = _state(source, log)
        source.seek(0)
        shutil.copyfileobj(source, target, 1 << 20)
        # It may go at any moment, and then the header has changed.
        with suppress(FileNotFoundError):
            shutil.copyfile(log, log_copy)
        # An erasure puts another file in its place.
        is_still_there = warehouse.exists() and os.path.samestat(warehouse.stat(), os.fstat(source.fileno()))
        return is_still_there and _state(source, log) == before


def _state(file: BinaryIO, log: Path) -> tuple[bytes, int]:
    """The header and how long the log is: both change with every commit or checkpoint."""
    file.seek(0)
    return file.read(HEADERS_BYTES), log.stat().st_size if log.exists() else 0


def _looked_through(copy: Path) -> dict[str, int]:
    """Works the log in, and reads every value of every table, which checks every block."""
    try:
        with duckdb.connect(str(copy), config={**OFFLINE, **DUCKDB_LIMITS}) as connection:
            connection.execute("set enable_progress_bar = false; checkpoint")
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables()"
                " where database_name = current_database() and not temporary order by all"
            ).fetchall()
            counts = {table: _read(connection, *table) for table in tables}
    except duckdb.Error as error:
        raise WarehouseError(f"nothing was backed up: {explain(copy, error)}") from None
    return {table: rows for (schema, table), rows in counts.items() if schema == RAW_SCHEMA}


def _read(connection: Any, schema: str, table: str) -> int:
    name = f"{identifier(schema)}.{identifier(table)}"
    # Names come from the catalog and are quoted.
    sql = f"select count(*), bit_xor(hash(whole)) from {name} as whole"  # noqa: S608
    [(rows, _)] = connection.execute(sql).fetchall()
    return int(rows)
