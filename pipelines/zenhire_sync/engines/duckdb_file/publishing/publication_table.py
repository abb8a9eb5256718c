"""The table ``publication`` in the published file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zenhire_schemas.publication import COLUMNS, GRAIN
from zenhire_sync.engines.duckdb_file.quoting import COPY, identifier, literal, mart
from zenhire_sync.warehouse.audit import PUBLICATION


def write_publication(connection: Any, values: Sequence[Any]) -> None:
    """Adds the table with its one row to the copy."""
    target = mart(COPY, PUBLICATION)
    definitions = ", ".join(f"{identifier(name)} {kind}" for name, (kind, _) in COLUMNS.items())
    connection.execute(f"create table {target} ({definitions})")
    connection.execute(f"comment on table {target} is {literal(GRAIN)}")
    for name, (_, description) in COLUMNS.items():
        connection.execute(f"comment on column {target}.{identifier(name)} is {literal(description)}")
    places = ", ".join("?" for _ in values)
    connection.execute(f"insert into {target} values ({places})", list(values))  # noqa: S608 - own names
