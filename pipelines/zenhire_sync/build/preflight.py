"""Whether there is anything to build from, asked before dbt spends seconds on it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from zenhire_schemas.tables import RAW_SCHEMA, RAW_TABLES
from zenhire_sync.errors import BuildError, ConfigurationError, WarehouseError
from zenhire_sync.warehouse.opening import OFFLINE, explain

# what erase remembers is nobody's mart
SOURCE_TABLES = tuple(table for table in RAW_TABLES if not table.name.startswith("eras"))

_REMEDY = "Run `zenhire-sync sync` first"


def require_raw_tables(warehouse: Path) -> None:
    """Raises BuildError when nothing was synced yet, WarehouseError when the file cannot be opened."""
    if not warehouse.is_file():
        raise BuildError(f"there is no warehouse at {warehouse}. {_REMEDY}")
    missing = sorted({table.name for table in SOURCE_TABLES} - _raw_tables(warehouse))
    if missing:
        raise BuildError(f"the warehouse has no {RAW_SCHEMA}.{missing[0]}. {_REMEDY}")


def require_memory_limit(limit: str) -> None:
    """Raises ConfigurationError when DuckDB does not understand the limit."""
    try:
        duckdb.connect(config={"memory_limit": limit}).close()
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise ConfigurationError(f"memory_limit {limit!r} cannot be used: {reason}") from None


def _raw_tables(warehouse: Path) -> set[str]:
    query = "select table_name from information_schema.tables where table_schema = ?"
    try:
        with duckdb.connect(str(warehouse), config=OFFLINE) as connection:
            return {name for (name,) in connection.execute(query, [RAW_SCHEMA]).fetchall()}
    except duckdb.Error as error:
        raise WarehouseError(explain(warehouse, error)) from None
