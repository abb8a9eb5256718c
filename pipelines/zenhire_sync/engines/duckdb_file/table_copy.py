"""One mart from one attached file into another, with its comments and not-null constraints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_sync.engines.duckdb_file.quoting import identifier, literal, mart

# What a killed build of an earlier version, which built in the warehouse itself, has left behind.
_UNFINISHED = ("__dbt_tmp", "__dbt_backup")


@dataclass(frozen=True, slots=True)
class MartColumn:
    """A column as the catalog of a file has it."""

    name: str
    type: str
    is_nullable: bool
    comment: str | None


def tables_in(connection: Any, catalog: str) -> tuple[str, ...]:
    """Names of the marts of an attached file."""
    found = connection.execute(
        "select table_name from information_schema.tables where table_catalog = ? and table_schema = ?"
        " and table_type = 'BASE TABLE' order by table_name",
        [catalog, MARTS_SCHEMA],
    ).fetchall()
    return tuple(name for (name,) in found if not name.endswith(_UNFINISHED))


def columns_of(connection: Any, table: str, catalog: str) -> tuple[MartColumn, ...]:
    """The columns of a mart, in their order."""
    found = connection.execute(
        "select column_name, data_type, is_nullable, comment from duckdb_columns()"
        " where database_name = ? and schema_name = ? and table_name = ? order by column_index",
        [catalog, MARTS_SCHEMA, table],
    ).fetchall()
    return tuple(MartColumn(*row) for row in found)


def comment_of(connection: Any, table: str, catalog: str) -> str | None:
    """The comment of a mart."""
    found: str | None
    [(found,)] = connection.execute(
        "select comment from duckdb_tables() where database_name = ? and schema_name = ? and table_name = ?",
        [catalog, MARTS_SCHEMA, table],
    ).fetchall()
    return found


def copy_table(connection: Any, table: str, *, source: str, target: str) -> None:
    """Makes the mart of one file in another, with the rows in the order that is quick to load."""
    columns = columns_of(connection, table, source)
    copy_rows(connection, mart(source, table), mart(target, table), columns)
    describe(connection, "table", mart(target, table), comment_of(connection, table, source), columns)


def copy_rows(
    connection: Any, source: str, target: str, columns: Sequence[MartColumn], order: Sequence[str] = ()
) -> None:
    """Makes ``target`` with these columns of ``source``, its rows by ``order``."""
    names = ", ".join(identifier(column.name) for column in columns)
    connection.execute(f"create table {target} as select {names} from {source} limit 0")  # noqa: S608 - own names
    for column in columns:
        if not column.is_nullable:
            connection.execute(f"alter table {target} alter {identifier(column.name)} set not null")
    by = f" order by {', '.join(map(identifier, order))}" if order else ""
    connection.execute(f"insert into {target} select {names} from {source}{by}")  # noqa: S608 - own names


def make_mart(connection: Any, name: str, comment: str | None, columns: Sequence[MartColumn]) -> str:
    """Makes an empty mart, described, in the present database; returns its name."""
    target = f"{MARTS_SCHEMA}.{identifier(name)}"
    declared = ", ".join(
        f"{identifier(column.name)} {column.type}{'' if column.is_nullable else ' not null'}"
        for column in columns
    )
    connection.execute(f"create table {target} ({declared})")
    describe(connection, "table", target, comment, columns)
    return target


def describe(
    connection: Any, kind: str, target: str, comment: str | None, columns: Sequence[MartColumn]
) -> None:
    """Comments on a table or view and its columns."""
    if comment is not None:
        connection.execute(f"comment on {kind} {target} is {literal(comment)}")
    for column in columns:
        if column.comment is not None:
            name = identifier(column.name)
            connection.execute(f"comment on column {target}.{name} is {literal(column.comment)}")
