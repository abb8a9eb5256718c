"""Statements that change rows, run on a copy in a file; what they changed then goes into the lake.

Iceberg tables know no UPDATE that DuckDB could run, and a person must be taken out by the same statements on
every engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_schemas.tables import RAW_TABLES, Table
from zenhire_sync.engines.duckdb_file.opening import make_file
from zenhire_sync.engines.duckdb_file.quoting import literal
from zenhire_sync.engines.duckdb_file.removal import FileChanger
from zenhire_sync.engines.lake.catalog import catalog_of, explained, keep_for
from zenhire_sync.engines.lake.commits import FILE_ROWS, merge, pieces
from zenhire_sync.engines.lake.locking import require_lock
from zenhire_sync.engines.lake.pinned import Pinned, pinned
from zenhire_sync.engines.lake.raw_shape import raw_tables
from zenhire_sync.engines.lake.upkeep import begin_work, end_work
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import held
from zenhire_sync.whole_files import private_folder

_COPY = "copy"
# Whom an erasure is about comes first: when it dies, the same command finds the rest. Its log is last.
_FIRST, _LAST = ("erased_sessions", "erased_candidates"), ("sessions", "erasures")


def copy_raw_tables(reader: Pinned, path: Path) -> None:
    """The raw tables as they are pinned, in a new DuckDB file that stays attached as ``copy``."""
    make_file(path)
    reader.connection.execute(f"attach {literal(str(path))} as {_COPY}; create schema {_COPY}.{RAW_SCHEMA}")
    for table in RAW_TABLES:
        reader.connection.execute(
            f"create table {_COPY}.{RAW_SCHEMA}.{table.name} as select * from {RAW_SCHEMA}.{table.name}"
        )


@contextmanager
def changing(settings: Settings) -> Iterator[FileChanger]:
    """The raw tables, to be changed in the block; the lake holds the changes after it, or nothing of them.

    Under the lock. Raises WarehouseError. Each table commits on its own.
    """
    with (
        explained(settings),
        private_folder(settings.state_dir, "lake") as scratch,
        pinned(settings) as reader,
    ):
        copy_raw_tables(reader, scratch / "copy.duckdb")
        reader.connection.execute(f"use {_COPY}.{RAW_SCHEMA}")
        yield FileChanger(reader.connection)
        with held():
            _write_back(settings, reader.connection)


def _write_back(settings: Settings, connection: Any) -> None:
    catalog = catalog_of(settings)
    tables = raw_tables(catalog)
    begin_work(tables)
    for table in sorted(RAW_TABLES, key=_order):
        keys, rows = _changed(connection, table)
        if keys.num_rows:
            require_lock(settings)
            merge(tables[table.name], rows, keys)
    end_work(tables, keep_for(settings))


def _changed(connection: Any, table: Table) -> tuple[pa.Table, Iterator[pa.Table]]:
    """Keys of what differs between lake and copy, and the copy's rows that take their place."""
    names = ", ".join(f'"{name}"' for name in table.column_names)
    lake = f"select {names} from memory.{RAW_SCHEMA}.{table.name}"
    copy = f"select {names} from {_COPY}.{RAW_SCHEMA}.{table.name}"
    key, scope = ", ".join(f'"{name}"' for name in table.key), table.key[0]
    differing = f"select distinct {key} from (({lake} except {copy}) union ({copy} except {lake}))"
    keys = connection.sql(differing).to_arrow_table()
    # On a connection of its own: batches that are still to come keep one busy.
    other, of = connection.cursor(), key if table.removal_marker is None else scope
    other.register("differing", keys)
    is_among = f"({of}) in (select {of} from differing)"
    batches = other.sql(f"{copy} where {is_among}").to_arrow_reader(FILE_ROWS)
    return keys, pieces(batches, table.arrow_schema())


def _order(table: Table) -> int:
    if table.name in _FIRST:
        return -1
    return 1 + _LAST.index(table.name) if table.name in _LAST else 0
