"""The lake's tables as of one snapshot each, asked by DuckDB: the same questions as on every engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from pyiceberg.table import Table as LakeTable

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_schemas.tables import RAW_TABLES, Table
from zenhire_sync.engines.duckdb_file.opening import OFFLINE, Connected
from zenhire_sync.engines.lake.catalog import catalog_of, explained, place
from zenhire_sync.engines.lake.commits import live_files, rows_of, shape_of
from zenhire_sync.engines.lake.raw_shape import raw_tables
from zenhire_sync.errors import WarehouseError
from zenhire_sync.memory_limit import duckdb_part, whole_limit
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import interrupted
from zenhire_sync.warehouse.shape import require_known_layout
from zenhire_sync.whole_files import private_folder


class Pinned(Connected):
    """Raw tables under their bare names. What is committed later is seen after ``pin``."""

    def pin(self, tables: Iterable[LakeTable]) -> None:
        """Shows the tables as they are in these. Raises WarehouseError for what cannot be read rightly."""
        for table in tables:
            name = table.name()[-1]
            self.connection.register(f"files_of_{name}", live_rows(table))
            # A view, so that a question names it as on every engine.
            self.connection.execute(
                f"create or replace view {RAW_SCHEMA}.{name} as select * from files_of_{name}"
            )

    def fill_in(self, tables: Iterable[Table]) -> None:
        """Shows tables that an older version did not make, without rows; the next sync or build does."""
        for table in tables:
            self.connection.register(f"files_of_{table.name}", table.arrow_schema().empty_table())
            self.connection.execute(
                f"create or replace view {RAW_SCHEMA}.{table.name} as select * from files_of_{table.name}"
            )


def live_rows(table: LakeTable) -> Any:
    """The rows of the table's snapshot, for Arrow and DuckDB; nothing is read yet."""
    files = live_files(table)
    return rows_of(table, files) if files else shape_of(table).arrow_schema().empty_table()


@contextmanager
def asking(memory_limit: str, spill: Path) -> Iterator[Pinned]:
    """A connection that sees no table yet."""
    config = {**OFFLINE, "memory_limit": memory_limit, "temp_directory": str(spill)}
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
        connection.execute(f"create schema {RAW_SCHEMA}; use memory.{RAW_SCHEMA}")
        with interrupted(connection.interrupt):
            yield Pinned(connection)


@contextmanager
def pinned(settings: Settings) -> Iterator[Pinned]:
    """The raw tables as they are now. Raises WarehouseError when nothing was synced yet."""
    with explained(settings):
        tables = raw_tables(catalog_of(settings))
        if "sync_runs" not in tables:
            raise WarehouseError(f"{place(settings)} holds no sessions yet; run `zenhire-sync sync` first")
        limit = duckdb_part(whole_limit(settings.memory_limit))
        with private_folder(settings.state_dir, "spill") as spill, asking(limit, spill) as reader:
            reader.pin(tables.values())
            reader.fill_in(table for table in RAW_TABLES if table.name not in tables)
            require_known(reader, settings)
            yield reader


def require_known(reader: Pinned, settings: Settings) -> None:
    """Raises ConfigurationError for a lake that a newer version of this program wrote."""
    [row] = reader.rows("select max(layout) as layout from sync_runs")
    require_known_layout(row["layout"], place(settings))
