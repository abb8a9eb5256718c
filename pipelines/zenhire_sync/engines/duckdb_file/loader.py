"""One run's access to the file: loads through dlt, reads through the same destination."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import duckdb
import pyarrow as pa
from dlt.destinations.sql_client import SqlClientBase

from zenhire_schemas.tables import RAW_SCHEMA
from zenhire_sync.engines.duckdb_file.destination import destination
from zenhire_sync.engines.duckdb_file.one_spelling import is_due, join_spellings
from zenhire_sync.engines.duckdb_file.opening import explain, make_file, require_known, require_usable
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import held, raise_if_asked
from zenhire_sync.warehouse.dlt_loader import DltLoader
from zenhire_sync.warehouse.shape import PRESENT, present_tables, require_ours
from zenhire_sync.whole_files import remove_whole

_BATCH_ROWS = 10_000


class DuckDbLoader(DltLoader):
    """The raw schema of the file."""

    _errors: ClassVar[type[Exception]] = duckdb.Error

    def __init__(self, settings: Settings) -> None:
        self._path = settings.warehouse_path
        super().__init__(settings)

    def select(self, sql: str, *values: Any) -> pa.Table:
        """The answer of a SELECT with ``?`` placeholders; raw table names are unqualified."""
        return self._guard(lambda: self._relation(sql, values).to_arrow_table())

    def stream(self, sql: str, *values: Any) -> Iterator[pa.RecordBatch]:
        """The answer of a SELECT in batches that are not kept; any other statement would end it."""
        batches = iter(self._guard(lambda: self._relation(sql, values).to_arrow_reader(_BATCH_ROWS)))
        while (batch := self._guard(lambda: next(batches, None))) is not None:
            yield batch

    def _destination(self) -> Any:
        return destination(self._path)

    def remove_leftovers(self) -> None:
        """And what DuckDB spilled. Raises OSError for what stays."""
        super().remove_leftovers()
        path = self._path
        spills = {file.with_name(f"{file.name}.tmp") for file in (path, path.resolve())}
        for folder in (self._settings.state_dir / "dbt" / "duckdb_temp", *spills):
            remove_whole(folder)

    def _open(self) -> None:
        require_usable(self._path)
        make_file(self._path)
        # While there is a connection, those that dlt makes for each load need not open the file.
        with self._pipeline.sql_client() as client:
            with held():
                self._prepare(client)
            raise_if_asked()
            # One for all reads of a run; nothing is left open between statements, so each read sees what is
            # committed. It can only find the raw tables once there are any.
            self._client = self._pipeline.sql_client()
            self._client.open_connection()

    def _close(self) -> None:
        self._client.close_connection()

    def _prepare(self, client: SqlClientBase[Any]) -> None:
        require_known(client.native_connection, self._path)
        present = present_tables(client.execute_sql(PRESENT, RAW_SCHEMA) or [])
        # Tables of somebody else are not touched.
        require_ours(present)
        if is_due(present):
            join_spellings(client.native_connection, present)
        self._bring_up_to_date(client, present)
        self._path.chmod(0o600)

    def _explain(self, error: BaseException) -> str:
        return explain(self._path, error)

    def _relation(self, sql: str, values: Sequence[Any]) -> Any:
        # dlt 1.31's own cursor.arrow() calls a method that duckdb 2 does not have any more.
        return self._client.native_connection.sql(sql, params=list(values))
