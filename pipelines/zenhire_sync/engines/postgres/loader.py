"""One run's access to the raw tables: loads through dlt and ADBC, reads through a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import psycopg2
import pyarrow as pa

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_schemas.tables import RAW_TABLES
from zenhire_sync.engines.postgres.advisory_lock import holder, is_this_process
from zenhire_sync.engines.postgres.connecting import connect, execute, explain, place, query
from zenhire_sync.engines.postgres.destination import destination
from zenhire_sync.engines.postgres.layout import require_known
from zenhire_sync.engines.postgres.reader import PostgresReader
from zenhire_sync.errors import LockHeldError
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import held, raise_if_asked
from zenhire_sync.warehouse.dlt_loader import DltLoader
from zenhire_sync.warehouse.shape import PRESENT, present_tables

_STAGING = f"{RAW_SCHEMA}_staging"
# ADBC holds a whole file.
_FILE_BYTES = 64_000_000


class PostgresLoader(DltLoader):
    """The raw schema of the database."""

    _errors: ClassVar[type[Exception]] = psycopg2.Error
    load_bytes = _FILE_BYTES

    def __init__(self, settings: Settings) -> None:
        self._connection = connect(settings, "loading")
        try:
            super().__init__(settings)
        except BaseException:
            self._connection.close()
            raise

    def select(self, sql: str, *values: Any) -> pa.Table:
        """The answer of a SELECT with ``?`` placeholders; raw table names are unqualified."""
        return self._guard(lambda: self._reader.select(sql, *values))

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """The same as Python values."""
        found: list[dict[str, Any]] = self._guard(lambda: self._reader.rows(sql, *values))
        return found

    def stream(self, sql: str, *values: Any) -> Iterator[pa.RecordBatch]:
        """The answer of a SELECT in batches that are not kept."""
        batches = self._reader.stream(sql, *values)
        while (batch := self._guard(lambda: next(batches, None))) is not None:
            yield batch

    def run_load(self, source: Any) -> None:
        """Raises LockHeldError once another run has the lock: the session that held ours was ended then."""
        found = holder(self._connection)
        if found is not None and not is_this_process(found):
            raise LockHeldError(
                f"{place(self._settings)} is in use by {found}: the server ended the session that held this "
                "run's lock; run again when that one is done: nothing is lost"
            )
        super().run_load(source)

    def _destination(self) -> Any:
        return destination(self._connection)

    def _open(self) -> None:
        try:
            with held():
                self._prepare()
            raise_if_asked()
            self._reader = PostgresReader(self._connection, RAW_SCHEMA)
        except BaseException:
            self._connection.close()
            raise

    def _close(self) -> None:
        self._connection.close()

    def _prepare(self) -> None:
        require_known(self._settings, self._connection)
        self._empty_staging()
        present = present_tables(query(self._connection, PRESENT, [RAW_SCHEMA]))
        with self._pipeline.sql_client() as client:
            self._bring_up_to_date(client, present)
        # Also what a run that was killed meanwhile did not come to.
        indexes = query(
            self._connection, "select indexname from pg_indexes where schemaname = %s", [RAW_SCHEMA]
        )
        for table in RAW_TABLES:
            if (f"{table.name}_key",) not in indexes:
                columns = ", ".join(f'"{name}"' for name in table.key)
                execute(
                    self._connection,
                    f"create index {table.name}_key on {RAW_SCHEMA}.{table.name} ({columns})",
                )

    def _empty_staging(self) -> None:
        """A run that was killed leaves people in the tables from which dlt merges."""
        tables = query(
            self._connection,
            "select tablename from pg_tables where schemaname = %s and tablename not like %s",
            [_STAGING, r"\_dlt%"],
        )
        for (name,) in tables:
            execute(self._connection, f'truncate {_STAGING}."{name}"')

    def _explain(self, error: BaseException) -> str:
        return explain(self._settings, error)
