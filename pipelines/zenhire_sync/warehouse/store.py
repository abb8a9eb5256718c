"""One run's access to the warehouse: loads through dlt, reads through the same destination.

dlt's working folder is made anew for each run and filled from the destination. What was committed is in
the warehouse; anything else is fetched again. So a lost folder, a restored backup and a killed run are
all the same simple case.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import dlt
import pyarrow as pa
from dlt.common.exceptions import DltException

from zenhire_schemas.tables import RAW_SCHEMA, RAW_TABLES
from zenhire_sync.errors import WarehouseError
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.source import CURSORS, SOURCE_NAME, zenhire

log = logging.getLogger(__name__)

PIPELINE_NAME = "zenhire"


class Warehouse:
    """The raw schema of one profile. Everything read comes back as Arrow."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.warehouse_path
        _quiet_dlt()
        folder = settings.state_dir / "dlt"
        try:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise WarehouseError(f"{settings.data_dir} cannot be written ({error.strerror})") from None
        self._pipeline = dlt.pipeline(
            PIPELINE_NAME,
            destination=dlt.destinations.duckdb(str(self._path)),
            dataset_name=RAW_SCHEMA,
            pipelines_dir=str(folder),
        )
        self._guard(self._open)

    def __enter__(self) -> Self:
        # One connection for all reads of a run; nothing is left open between statements, so each read sees
        # what is committed, and dlt's own connections in this process are not disturbed.
        self._client = self._guard(self._pipeline.sql_client)
        self._guard(self._client.open_connection)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close_connection()

    def load(
        self, tables: Mapping[str, pa.Table], cursors: Mapping[str, Any] | None = None
    ) -> dict[str, int]:
        """Merges the tables that hold rows; returns rows by table. Each table commits on its own."""
        filled = {name: table for name, table in tables.items() if table.num_rows}
        if filled:
            self._guard(lambda: self._pipeline.run(zenhire(filled, cursors), loader_file_format="parquet"))
        return {name: table.num_rows for name, table in filled.items()}

    def query(self, sql: str, *values: Any) -> pa.Table:
        """The answer of a SELECT with ``?`` placeholders; raw table names are unqualified."""
        return self._guard(lambda: self._query(sql, values))

    def execute(self, sql: str, *values: Any) -> None:
        """Runs one statement in a transaction of its own."""
        self._guard(lambda: self._execute(sql, values))

    def drop_orphans(self) -> None:
        """Removes children whose session never arrived: a killed run's, of a session that is gone since."""
        for table in RAW_TABLES:
            if table.removal_marker is not None:
                name = table.name
                self.execute(f"delete from {name} where session_id not in (select id from sessions)")  # noqa: S608

    def remembered_cursors(self) -> dict[str, Any]:
        """The cursors in dlt's state, as the destination holds it."""
        sources = self._pipeline.state.get("sources", {})
        return dict(sources.get(SOURCE_NAME, {}).get(CURSORS, {}))

    def _open(self) -> None:
        self._pipeline.sync_destination()
        present = self._present_tables()
        missing = {t.name: t.arrow_schema().empty_table() for t in RAW_TABLES if t.name not in present}
        if missing:
            self._pipeline.run(zenhire(missing), loader_file_format="parquet")
        _private(self._path)

    def _present_tables(self) -> set[str]:
        sql = "select table_name from information_schema.tables where table_schema = %s"
        with self._pipeline.sql_client() as client:
            rows = client.execute_sql(sql, RAW_SCHEMA) if client.has_dataset() else []
        return {str(row[0]) for row in rows or []}

    def _query(self, sql: str, values: Sequence[Any]) -> pa.Table:
        # dlt 1.31's own cursor.arrow() calls a method that duckdb 2 does not have any more.
        return self._client.native_connection.sql(sql, params=list(values)).to_arrow_table()

    def _execute(self, sql: str, values: Sequence[Any]) -> None:
        with self._client.begin_transaction():
            self._client.execute_sql(sql, *values)

    def _guard(self, work: Any) -> Any:
        try:
            return work()
        except (DltException, OSError) as error:
            raise WarehouseError(f"{self._path}: {_first_line(error)}") from error


def _quiet_dlt() -> None:
    """No telemetry, no second copy of people's data in staging tables, no config files from anywhere."""
    # dlt reads these when a pipeline is made, from the environment first.
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["LOAD__TRUNCATE_STAGING_DATASET"] = "true"
    os.environ["RUNTIME__LOG_LEVEL"] = "WARNING"


def _private(path: Path) -> None:
    path.chmod(0o600)


def _first_line(error: BaseException) -> str:
    root = error
    while root.__cause__ is not None:
        root = root.__cause__
    return str(root).strip().splitlines()[0] if str(root).strip() else type(root).__name__
