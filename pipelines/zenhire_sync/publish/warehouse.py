"""Opening the warehouse to read from it: never written, never waited for, with bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from zenhire_schemas.tables import RAW_SCHEMA
from zenhire_sync.errors import ConfigurationError, WarehouseError
from zenhire_sync.memory_limit import duckdb_part, whole_limit
from zenhire_sync.publish.sql import WAREHOUSE, literal
from zenhire_sync.stopping import interrupted


@contextmanager
def open_warehouse(path: Path, *, memory_limit: str | None, spill: Path) -> Iterator[Any]:
    """A connection with the warehouse attached read-only as ``warehouse``; sorts spill to ``spill``.

    Raises WarehouseError when it is missing, in use by a writer or not a warehouse.
    """
    if not path.is_file():
        raise WarehouseError(f"no warehouse at {path}; run `zenhire-sync run` first")
    connection = _connect(memory_limit, spill)
    try:
        try:
            connection.execute(f"attach {literal(str(path))} as {WAREHOUSE} (read_only)")
        except duckdb.Error as error:
            raise WarehouseError(_explain(path, error)) from None
        with interrupted(connection.interrupt):
            yield connection
    finally:
        connection.close()


def require_tables(connection: Any, *tables: str) -> None:
    """Raises WarehouseError unless these raw tables exist."""
    present = {
        name
        for (name,) in connection.execute(
            "select table_name from information_schema.tables where table_catalog = ? and table_schema = ?",
            [WAREHOUSE, RAW_SCHEMA],
        ).fetchall()
    }
    if missing := sorted(set(tables) - present):
        names = ", ".join(f"{RAW_SCHEMA}.{name}" for name in missing)
        raise WarehouseError(f"the warehouse has no {names}; run `zenhire-sync sync` first")


def first_line(error: Exception) -> str:
    """What DuckDB says, without its hints and pictures."""
    return str(error).partition("\n")[0].strip()


def _connect(memory_limit: str | None, spill: Path) -> Any:
    config = {
        "memory_limit": duckdb_part(whole_limit(memory_limit)),
        "temp_directory": str(spill),
        # Nothing is fetched from anywhere to read or write our own files.
        "autoinstall_known_extensions": "false",
    }
    try:
        connection = duckdb.connect(":memory:", config=config)
    except duckdb.Error as error:
        raise ConfigurationError(
            f"ZENHIRE_MEMORY_LIMIT cannot be used: {first_line(error)}, got {memory_limit!r}"
        ) from None
    # It would be drawn into the output of --json.
    connection.execute("set enable_progress_bar = false")
    return connection


def _explain(path: Path, error: Exception) -> str:
    message = first_line(error)
    holder = re.search(r"\(PID (\d+)\)", message)
    if isinstance(error, duckdb.ResourceInUseException) or "Could not set lock" in message:
        who = f"process {holder[1]}" if holder else "another connection"
        return f"{path} is being written by {who}; wait until that is done and publish again"
    return (
        f"{path} cannot be read: {message}; restore it from a backup, or move it away and run "
        "`zenhire-sync sync`, which brings everything in again"
    )
