"""From a profile's destination to the engine that is behind it."""

from __future__ import annotations

from zenhire_sync.engines.duckdb_file.warehouse import DuckDbFile
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import Warehouse


def warehouse_of(settings: Settings) -> Warehouse:
    """The warehouse that these settings mean. Nothing is opened yet."""
    return DuckDbFile(settings)
