"""Views of the published file: freshness as of when it is read, and each mart without its schema's name."""

from __future__ import annotations

from typing import Any

from zenhire_schemas.tables import MARTS_SCHEMA
from zenhire_sync.engines.duckdb_file.quoting import COPY, identifier, literal, mart
from zenhire_sync.warehouse.audit import FRESHNESS, FRESHNESS_FACTS, STALE_AFTER_HOURS

# Without a time zone and its library, which a reader's DuckDB may lack.
_AGE = "cast(greatest(epoch_us(now()) - epoch_us(data_until), 0) / 3600e6 as decimal(18, 4))"
# Columns of the mart that would lie in a file that is read later.
AS_OF_READING = {
    "data_age_hours": f"case when data_until is not null then {_AGE} end",
    "is_stale": f"data_until is null or {_AGE} > {STALE_AFTER_HOURS}",
}


def create_freshness_view(connection: Any, columns: tuple[str, ...], schema: str = MARTS_SCHEMA) -> None:
    """Makes ``sync_freshness`` of these columns, those of ``AS_OF_READING`` computed when they are read."""
    shown = ", ".join(
        f"{AS_OF_READING[name]} as {identifier(name)}" if name in AS_OF_READING else identifier(name)
        for name in columns
    )
    # No name of the catalog in it: a reader attaches the file under a name of their own.
    facts = f"{MARTS_SCHEMA}.{FRESHNESS_FACTS}"
    _create(connection, f"{COPY}.{schema}.{FRESHNESS}", f"select {shown} from {facts}")  # noqa: S608 - own names


def create_short_names(connection: Any, tables: tuple[str, ...]) -> None:
    """Makes a view in ``main`` of each mart, described as it is: people type ``from credit_usage_daily``."""
    for table in tables:
        if table == FRESHNESS:
            create_freshness_view(connection, _column_names(connection), schema="main")
        else:
            name = identifier(table)
            _create(connection, f"{COPY}.main.{name}", f"select * from {MARTS_SCHEMA}.{name}")  # noqa: S608
    described = connection.execute(
        "select table_name, column_name, comment from duckdb_columns()"
        " where (database_name, schema_name) = (?, ?) and comment is not null",
        [COPY, MARTS_SCHEMA],
    ).fetchall()
    for table, column, comment in described:
        if table in tables:
            view = f"{COPY}.main.{identifier(table)}"
            connection.execute(f"comment on column {view}.{identifier(column)} is {literal(comment)}")


def _create(connection: Any, view: str, query: str) -> None:
    # A query is bound where it is made: names without a catalog are the copy's.
    connection.execute(f"use {COPY}.{MARTS_SCHEMA}")
    connection.execute(f"create view {view} as {query}")
    connection.execute("use memory.main")


def _column_names(connection: Any) -> tuple[str, ...]:
    described = connection.execute(f"describe {mart(COPY, FRESHNESS)}").fetchall()
    return tuple(name for name, *_ in described)
