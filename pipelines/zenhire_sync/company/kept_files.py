"""The company's files into the raw tables, where they differ: a build is the only writer of them."""

from __future__ import annotations

import logging
from typing import Any

import pyarrow as pa

from zenhire_schemas.company_tables import COMPANY_TABLES
from zenhire_schemas.declaration import Table
from zenhire_schemas.tables import YOUNG_TABLES
from zenhire_sync.company.company_files import CompanyFiles
from zenhire_sync.warehouse.port import Reader, Warehouse

log = logging.getLogger(__name__)


def keep_company(warehouse: Warehouse, files: CompanyFiles) -> dict[str, int]:
    """Rows by raw table that was written; nothing is written, nor opened to write, when none differs.

    Under the lock. Raises WarehouseError. Tables that an older version did not make are made.
    """
    wanted = files.stored()
    differing = _differing(warehouse, wanted)
    if not differing:
        return {}
    with warehouse.loading() as loader:
        for table in differing:
            loader.replace(table.name, pa.Table.from_pylist(wanted[table.name], schema=table.arrow_schema()))
    written = {table.name: len(wanted[table.name]) for table in differing}
    log.info("the company's files were read anew", extra={"rows_by_table": written})
    return written


def _differing(warehouse: Warehouse, wanted: Any) -> list[Table]:
    present = warehouse.raw_tables() or frozenset()
    if not present >= YOUNG_TABLES:
        return list(COMPANY_TABLES)
    with warehouse.reading() as reader:
        return [
            table for table in COMPANY_TABLES if _kept(reader, table) != _in_order(table, wanted[table.name])
        ]


def _kept(reader: Reader, table: Table) -> list[dict[str, Any]]:
    names = ", ".join(f'"{name}"' for name in table.column_names)
    return _in_order(table, reader.rows(f"select {names} from {table.name}"))  # noqa: S608 - our own names


def _in_order(table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # An older version's rows lack what is empty now.
    return sorted(rows, key=lambda row: tuple(row[name] or "" for name in table.key))
