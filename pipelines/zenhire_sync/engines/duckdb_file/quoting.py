"""Quoting of the few things that cannot be bound as parameters: names of the catalog, paths, comments."""

from __future__ import annotations

from zenhire_schemas.names import MARTS_SCHEMA, RAW_SCHEMA

# The file is published as zenhire.duckdb, so this is the name its readers see.
COPY = "zenhire"
WAREHOUSE = "warehouse"


def identifier(name: str) -> str:
    """The name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """The text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def mart(catalog: str, table: str) -> str:
    """The full name of a mart in the copy or in the warehouse."""
    return f"{catalog}.{MARTS_SCHEMA}.{identifier(table)}"


def raw(table: str) -> str:
    """The full name of a raw table in the warehouse."""
    return f"{WAREHOUSE}.{RAW_SCHEMA}.{identifier(table)}"
