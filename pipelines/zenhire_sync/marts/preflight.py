"""Whether there is anything to build from, asked before dbt spends seconds on it."""

from __future__ import annotations

from zenhire_schemas.tables import RAW_SCHEMA, RAW_TABLES, YOUNG_TABLES
from zenhire_sync.errors import BuildError
from zenhire_sync.warehouse.port import Warehouse

# what erase remembers is nobody's mart
SOURCE_TABLES = tuple(table for table in RAW_TABLES if not table.name.startswith("eras"))

# The build itself makes the others, when it brings in the company's files.
_SYNCED = {table.name for table in SOURCE_TABLES} - YOUNG_TABLES
_REMEDY = "Run `zenhire-sync sync` first"


def require_raw_tables(warehouse: Warehouse) -> None:
    """Raises BuildError when nothing was synced yet, WarehouseError when it cannot be opened."""
    present = warehouse.raw_tables()
    if present is None:
        raise BuildError(f"there is no warehouse at {warehouse.place}. {_REMEDY}")
    if missing := sorted(_SYNCED - present):
        raise BuildError(f"the warehouse has no {RAW_SCHEMA}.{missing[0]}. {_REMEDY}")
