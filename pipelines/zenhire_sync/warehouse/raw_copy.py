"""The raw tables from one warehouse into another, whichever engines are behind."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from zenhire_schemas.tables import RAW_SCHEMA, RAW_TABLES, Table
from zenhire_sync.errors import ConfigurationError
from zenhire_sync.warehouse.good_runs import good_runs
from zenhire_sync.warehouse.port import Loader, Reader
from zenhire_sync.warehouse.spool import Spool

# The log of runs says that a warehouse is in use: it comes last, so that a copy that died can be made again.
_LAST = "sync_runs"


def require_unused(target: Reader, place: str) -> None:
    """Raises ConfigurationError when the warehouse at a place holds runs of its own."""
    [held] = target.rows(f"select count(*) as runs from {_LAST}")  # noqa: S608 - own name
    if held["runs"]:
        raise ConfigurationError(
            f"{place} holds {held['runs']:,} runs of its own; a copy goes into an empty warehouse only"
        )


def copy_raw(source: Reader, target: Loader, folder: Path) -> dict[str, int]:
    """Copies every row, history and deletions included; returns rows by table. ``folder`` is scratch.

    A copy that died is finished by the same call: rows take the place of those with their key. A table that
    an older version did not make has no rows.

    Raises WarehouseError when something cannot be read or written.
    """
    sql = "select table_name from information_schema.tables where table_schema = ?"
    there = {row["table_name"] for row in source.rows(sql, RAW_SCHEMA)}
    tables = sorted(RAW_TABLES, key=lambda table: table.name == _LAST)
    return {
        table.name: _copy(table, source, target, folder) if table.name in there else 0 for table in tables
    }


def _copy(table: Table, source: Reader, target: Loader, folder: Path) -> int:
    spool, rows = Spool(folder, target.load_bytes), 0
    cursors = good_runs(source).cursors if table.name == _LAST else None
    names = ", ".join(f'"{name}"' for name in table.column_names)
    for batch in source.stream(f"select {names} from {table.name}"):  # noqa: S608 - own names
        spool.add({table.name: pa.Table.from_batches([batch]).cast(table.arrow_schema())})
        rows += batch.num_rows
        if spool.is_full():
            target.load_files(spool.take())
    if spool.rows(table.name):
        target.load_files(spool.take(), cursors)
    return rows
