"""Every mart of the warehouse into a new DuckDB file, with its comments and not-null constraints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zenhire_schemas.tables import MARTS_SCHEMA
from zenhire_sync.engines.duckdb_file.opening import STORAGE_VERSION
from zenhire_sync.engines.duckdb_file.publishing.views import AS_OF_READING, create_freshness_view
from zenhire_sync.engines.duckdb_file.quoting import COPY, WAREHOUSE, literal, mart
from zenhire_sync.engines.duckdb_file.table_copy import (
    MartColumn,
    columns_of,
    comment_of,
    copy_rows,
    describe,
    tables_in,
)
from zenhire_sync.errors import WarehouseError
from zenhire_sync.progress import TABLES_COPIED, Progress
from zenhire_sync.warehouse.audit import FRESHNESS, FRESHNESS_FACTS, PUBLICATION

_MADE_HERE = (PUBLICATION, FRESHNESS_FACTS)

_SORT_COLUMNS = 4
_SORTABLE = ("VARCHAR", "DATE", "TIMESTAMP", "BOOLEAN", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "UUID")


def find_marts(connection: Any) -> tuple[str, ...]:
    """Names of all marts in the warehouse.

    Raises WarehouseError when there are none, or when one has the name of a table made here.
    """
    tables = tables_in(connection, WAREHOUSE)
    if not tables:
        raise WarehouseError(f"the warehouse has no table in {MARTS_SCHEMA}; run `zenhire-sync build` first")
    if taken := [name for name in _MADE_HERE if name in tables]:
        raise WarehouseError(
            f"{MARTS_SCHEMA}.{taken[0]} is a table that publish adds itself; give that model another name"
        )
    return tables


def copy_marts(connection: Any, tables: tuple[str, ...], path: Path, progress: Progress) -> None:
    """Copies the marts to a new file at ``path``, attached as ``zenhire``."""
    connection.execute(f"attach {literal(str(path))} as {COPY} (storage_version {literal(STORAGE_VERSION)})")
    connection.execute(f"create schema {COPY}.{MARTS_SCHEMA}")
    for done, table in enumerate(tables, start=1):
        _copy_table(connection, table)
        progress.advance(TABLES_COPIED, done, len(tables))


def reopen_read_only(connection: Any, path: Path) -> None:
    """Brings the copy into its one file, without a log beside it, and opens what is on disk."""
    connection.execute(f"checkpoint {COPY}")
    connection.execute(f"detach {COPY}")
    connection.execute(f"attach {literal(str(path))} as {COPY} (read_only)")


def _copy_table(connection: Any, table: str) -> None:
    source, shown = mart(WAREHOUSE, table), columns_of(connection, table, WAREHOUSE)
    target, columns = mart(COPY, table), shown
    if table == FRESHNESS:
        target = mart(COPY, FRESHNESS_FACTS)
        columns = tuple(column for column in shown if column.name not in AS_OF_READING)
    copy_rows(connection, source, target, columns, _sort_order(columns))
    comment = comment_of(connection, table, WAREHOUSE)
    describe(connection, "table", target, comment, columns)
    if table == FRESHNESS:
        create_freshness_view(connection, tuple(column.name for column in shown))
        describe(connection, "view", mart(COPY, table), comment, shown)


def _sort_order(columns: tuple[MartColumn, ...]) -> tuple[str, ...]:
    """The first day or else the first time, then the first columns: filters on time skip most of the file."""
    days = [c.name for c in columns if c.type == "DATE"]
    times = [c.name for c in columns if c.type.startswith("TIMESTAMP")]
    lead = (days + times)[:1]
    rest = [c.name for c in columns if c.type.startswith(_SORTABLE) and c.name not in lead]
    return tuple(lead + rest)[:_SORT_COLUMNS]
