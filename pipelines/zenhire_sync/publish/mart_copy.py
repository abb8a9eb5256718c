"""Every mart of the warehouse into a new DuckDB file, with its comments and not-null constraints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zenhire_schemas.tables import MARTS_SCHEMA
from zenhire_sync.errors import WarehouseError
from zenhire_sync.publish.sql import COPY, WAREHOUSE, identifier, literal, mart
from zenhire_sync.warehouse.opening import STORAGE_VERSION

PUBLICATION = "publication"

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


def copy_marts(connection: Any, path: Path) -> tuple[str, ...]:
    """Copies all marts to a new file at ``path``, attached as ``zenhire``; returns their names.

    Raises WarehouseError when there are none, or when one has the name of the table made here.
    """
    tables = _marts(connection)
    if not tables:
        raise WarehouseError(f"the warehouse has no table in {MARTS_SCHEMA}; run `zenhire-sync build` first")
    if PUBLICATION in tables:
        raise WarehouseError(
            f"{MARTS_SCHEMA}.{PUBLICATION} is a table that publish adds itself; give that model another name"
        )
    connection.execute(f"attach {literal(str(path))} as {COPY} (storage_version {literal(STORAGE_VERSION)})")
    connection.execute(f"create schema {COPY}.{MARTS_SCHEMA}")
    for table in tables:
        _copy_table(connection, table)
    return tables


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
    source, target = mart(WAREHOUSE, table), mart(COPY, table)
    columns = _columns(connection, table)
    connection.execute(f"create table {target} as from {source} limit 0")
    for column in columns:
        if not column.is_nullable:
            connection.execute(f"alter table {target} alter {identifier(column.name)} set not null")
        if column.comment is not None:
            name = identifier(column.name)
            connection.execute(f"comment on column {target}.{name} is {literal(column.comment)}")
    order = _sort_order(columns)
    by = f" order by {', '.join(identifier(name) for name in order)}" if order else ""
    connection.execute(f"insert into {target} from {source}{by}")
    if (comment := _comment(connection, table)) is not None:
        connection.execute(f"comment on table {target} is {literal(comment)}")


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
