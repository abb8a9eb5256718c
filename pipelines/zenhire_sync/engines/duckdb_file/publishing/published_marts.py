"""What is in the published file, table by table, for who carries it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from zenhire_sync.engines.duckdb_file.opening import open_published
from zenhire_sync.engines.duckdb_file.quoting import COPY, mart
from zenhire_sync.engines.duckdb_file.table_copy import MartColumn, columns_of, comment_of, tables_in
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.audit import FRESHNESS, FRESHNESS_FACTS, PUBLICATION

_BATCH_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class PublishedMart:
    """A mart of the file: its columns with DuckDB's types, its comment, and its rows."""

    name: str
    columns: tuple[MartColumn, ...]
    comment: str | None
    connection: Any

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows. A batch that is still in use keeps its connection busy, so this one has its own."""
        with self.connection.cursor() as cursor:
            yield from cursor.sql(f"from {mart(COPY, self.name)}").to_arrow_reader(_BATCH_ROWS)

    def arrow_schema(self) -> pa.Schema:
        """The columns as the batches have them."""
        with self.connection.cursor() as cursor:
            return cursor.sql(f"from {mart(COPY, self.name)} limit 0").to_arrow_table().schema


@contextmanager
def published_marts(settings: Settings) -> Iterator[tuple[list[PublishedMart], list[Any]]]:
    """Every mart, and the row of ``publication``. Raises WarehouseError when the file cannot be read."""
    with open_published(settings.published_path, memory_limit=settings.memory_limit) as connection:
        # The view over the facts is the mart.
        names = sorted({*tables_in(connection, COPY), FRESHNESS} - {PUBLICATION, FRESHNESS_FACTS})
        found = [
            PublishedMart(
                name,
                columns_of(connection, name, COPY),
                comment_of(connection, FRESHNESS_FACTS if name == FRESHNESS else name, COPY),
                connection,
            )
            for name in names
        ]
        [row] = connection.execute(f"from {mart(COPY, PUBLICATION)}").fetchall()
        yield found, list(row)


@contextmanager
def published_tables(settings: Settings) -> Iterator[list[PublishedMart]]:
    """Every table of the file, ``publication`` last. Raises WarehouseError when it cannot be read.

    Views are left out: of ``sync_freshness`` this has what does not change.
    """
    with open_published(settings.published_path, memory_limit=settings.memory_limit) as connection:
        yield [
            PublishedMart(
                name, columns_of(connection, name, COPY), comment_of(connection, name, COPY), connection
            )
            for name in sorted(tables_in(connection, COPY), key=lambda name: (name == PUBLICATION, name))
        ]
