"""Every mart of the warehouse into a new DuckDB file, with its comments and not-null constraints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zenhire_schemas.tables import MARTS_SCHEMA
from zenhire_sync.engines.duckdb_file.opening import STORAGE_VERSION
from zenhire_sync.engines.duckdb_file.publishing.views import (
    AS_OF_READING,
    FRESHNESS,
    FRESHNESS_FACTS,
    create_freshness_view,
)
from zenhire_sync.engines.duckdb_file.quoting import COPY, WAREHOUSE, identifier, literal, mart
from zenhire_sync.errors import WarehouseError
from zenhire_sync.progress import TABLES_COPIED, Progress

PUBLICATION = "publication"
_MADE_HERE = (PUBLICATION, FRESHNESS_FACTS)

# What a build that was killed leaves behind.
_UNFINISHED = ("__dbt_tmp", "__dbt_backup")
_SORT_COLUMNS = 4
_SORTABLE = ("VARCHAR", "DATE", "TIMESTAMP", "BOOLEAN", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "UUID")


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    type: str
    is_nullable: bool
    comment: str | None


def find_marts(connection: Any) -> tuple[str, ...]:
    """Names of all marts in the warehouse.

    Raises WarehouseError when there are none, or when one has the name of a table made here.
    """
    tables = _marts(connection)
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


def _marts(connection: Any) -> tuple[str, ...]:
    found = connection.execute(
        "select table_name from information_schema.tables where table_catalog = ? and table_schema = ?"
        " and table_type = 'BASE TABLE' order by table_name",
        [WAREHOUSE, MARTS_SCHEMA],
    ).fetchall()
    return tuple(name for (name,) in found if not name.endswith(_UNFINISHED))


def _copy_table(connection: Any, table: str) -> None:
    source, shown = mart(WAREHOUSE, table), _columns(connection, table)
    target, columns = mart(COPY, table), shown
    if table == FRESHNESS:
        target = mart(COPY, FRESHNESS_FACTS)
        columns = tuple(column for column in shown if column.name not in AS_OF_READING)
    names = ", ".join(identifier(column.name) for column in columns)
    connection.execute(f"create table {target} as select {names} from {source} limit 0")  # noqa: S608 - own names
    for column in columns:
        if not column.is_nullable:
            connection.execute(f"alter table {target} alter {identifier(column.name)} set not null")
    order = _sort_order(columns)
    by = f" order by {', '.join(identifier(name) for name in order)}" if order else ""
    connection.execute(f"insert into {target} select {names} from {source}{by}")  # noqa: S608 - own names
    comment = _comment(connection, table)
    _describe(connection, "table", target, comment, columns)
    if table == FRESHNESS:
        create_freshness_view(connection, tuple(column.name for column in shown))
        _describe(connection, "view", mart(COPY, table), comment, shown)


def _describe(
    connection: Any, kind: str, target: str, comment: str | None, columns: tuple[_Column, ...]
) -> None:
    if comment is not None:
        connection.execute(f"comment on {kind} {target} is {literal(comment)}")
    for column in columns:
        if column.comment is not None:
            name = identifier(column.name)
            connection.execute(f"comment on column {target}.{name} is {literal(column.comment)}")


def _columns(connection: Any, table: str) -> tuple[_Column, ...]:
    found = connection.execute(
        "select column_name, data_type, is_nullable, comment from duckdb_columns()"
        " where database_name = ? and schema_name = ? and table_name = ? order by column_index",
        [WAREHOUSE, MARTS_SCHEMA, table],
    ).fetchall()
    return tuple(_Column(*row) for row in found)


def _comment(connection: Any, table: str) -> str | None:
    found: str | None
    (found,) = connection.execute(
        "select comment from duckdb_tables() where database_name = ? and schema_name = ? and table_name = ?",
        [WAREHOUSE, MARTS_SCHEMA, table],
    ).fetchone()
    return found


def _sort_order(columns: tuple[_Column, ...]) -> tuple[str, ...]:
    """The first day or else the first time, then the first columns: filters on time skip most of the file."""
    days = [c.name for c in columns if c.type == "DATE"]
    times = [c.name for c in columns if c.type.startswith("TIMESTAMP")]
    lead = (days + times)[:1]
    rest = [c.name for c in columns if c.type.startswith(_SORTABLE) and c.name not in lead]
    return tuple(lead + rest)[:_SORT_COLUMNS]
