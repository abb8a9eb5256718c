"""One run's access to the file: loads through dlt, reads through the same destination.

dlt's working folder is made anew for each run and filled from the destination. What was committed is in
the warehouse; anything else is fetched again. So a lost folder, a restored backup and a killed run are
all the same simple case.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import dlt
import duckdb
import pyarrow as pa
from dlt.common.exceptions import DltException
from dlt.destinations.sql_client import SqlClientBase

from zenhire_schemas.tables import RAW_SCHEMA
from zenhire_sync.engines.duckdb_file.destination import destination
from zenhire_sync.engines.duckdb_file.leftovers import remove_leftovers
from zenhire_sync.engines.duckdb_file.one_spelling import is_due, join_spellings
from zenhire_sync.engines.duckdb_file.opening import explain, make_file, require_known, require_usable
from zenhire_sync.errors import WarehouseError
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import Stopped, asked, held, raise_if_asked
from zenhire_sync.warehouse.dlt_settings import set_up_dlt
from zenhire_sync.warehouse.loading import CURSORS, SOURCE_NAME, zenhire
from zenhire_sync.warehouse.shape import Present, tables_behind
from zenhire_sync.warehouse.spool import Spool, SpooledTable

log = logging.getLogger(__name__)

PIPELINE_NAME = "zenhire"
_VERSIONS = "_dlt_version"
_BATCH_ROWS = 10_000


class DuckDbLoader:
    """The raw schema of the file. Everything read comes back as Arrow."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.warehouse_path
        self._spool = Spool(settings.state_dir / "spool" / "load")
        set_up_dlt()
        _give_memory_back()
        folder = settings.state_dir / "dlt"
        try:
            remove_leftovers(settings)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise WarehouseError(f"{settings.data_dir} cannot be written ({error.strerror})") from None
        self._pipeline = self._guard(
            lambda: dlt.pipeline(
                PIPELINE_NAME,
                destination=destination(self._path),
                dataset_name=RAW_SCHEMA,
                pipelines_dir=str(folder),
            )
        )

    def __enter__(self) -> Self:
        self._guard(self._open)
        # What is imported stays: a collection then takes no time instead of 50 ms.
        gc.freeze()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        gc.unfreeze()
        self._client.close_connection()

    def load(
        self,
        tables: MutableMapping[str, pa.Table],
        cursors: Mapping[str, Any] | None = None,
        *,
        are_new: bool = False,
    ) -> dict[str, int]:
        """Through Parquet files of its own, one a table."""
        for name in tuple(tables):
            rows = tables.pop(name)
            if rows.num_rows:
                self._spool.add({name: rows})
        return self.load_files(self._spool.take(), cursors, are_new=are_new)

    def load_files(
        self,
        files: Mapping[str, SpooledTable],
        cursors: Mapping[str, Any] | None = None,
        *,
        are_new: bool = False,
    ) -> dict[str, int]:
        """The same for rows in files, which are removed, whatever happens."""
        rows = {name: file.num_rows for name, file in files.items() if file.num_rows}
        try:
            if rows:
                source = zenhire({name: files[name] for name in rows}, cursors, are_new=are_new)
                # A signal does not cut a load short: what came is to be kept.
                with held():
                    self._guard(lambda: self._pipeline.run(source, loader_file_format="parquet"))
                # dlt leaves what it worked with behind in cycles of objects.
                gc.collect()
        finally:
            # People's data; a disk that is full needs the space, and what was not loaded comes again.
            for file in files.values():
                file.path.unlink(missing_ok=True)
        return rows

    def select(self, sql: str, *values: Any) -> pa.Table:
        """The answer of a SELECT with ``?`` placeholders; raw table names are unqualified."""
        return self._guard(lambda: self._query(sql, values))

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """The same as Python values."""
        rows: list[dict[str, Any]] = self.select(sql, *values).to_pylist()
        return rows

    def stream(self, sql: str, *values: Any) -> Iterator[pa.RecordBatch]:
        """The answer of a SELECT in batches that are not kept; any other statement would end it."""
        batches = iter(self._guard(lambda: self._relation(sql, values).to_arrow_reader(_BATCH_ROWS)))
        while (batch := self._guard(lambda: next(batches, None))) is not None:
            yield batch

    def remembered_cursors(self) -> dict[str, Any]:
        """The cursors in dlt's state, as the destination holds it."""
        sources = self._pipeline.state.get("sources", {})
        return dict(sources.get(SOURCE_NAME, {}).get(CURSORS, {}))

    def _open(self) -> None:
        require_usable(self._path)
        make_file(self._path)
        # While there is a connection, those that dlt makes for each load need not open the file.
        with self._pipeline.sql_client() as client:
            with held():
                self._bring_up_to_date(client)
            raise_if_asked()
            # One for all reads of a run; nothing is left open between statements, so each read sees what is
            # committed. It can only find the raw tables once there are any.
            self._client = self._pipeline.sql_client()
            self._client.open_connection()

    def _bring_up_to_date(self, client: SqlClientBase[Any]) -> None:
        """Every raw table with every column, made or mended where it is not so."""
        require_known(client.native_connection, self._path)
        present = _present(client)
        behind = tables_behind(present)
        if is_due(present):
            join_spellings(client.native_connection, present)
        if behind:
            self._forget_versions()
        self._pipeline.sync_destination()
        if behind:
            nothing = dict.fromkeys(table.name for table in behind)
            self._pipeline.run(zenhire(nothing, are_new=True), loader_file_format="parquet")
            if present:
                # What they say of was more than what is there now.
                client.execute_sql(f"update {RAW_SCHEMA}.sessions set fingerprint = null")  # noqa: S608
        _private(self._path)

    def _forget_versions(self) -> None:
        """Makes dlt look at the tables as they are, instead of trusting its note of how it left them."""
        with self._pipeline.sql_client() as client:
            for scope in (nullcontext(), client.with_staging_dataset()):
                with scope:
                    if client.has_dataset():
                        versions = client.make_qualified_table_name(_VERSIONS)
                        client.execute_sql(f"drop table if exists {versions}")

    def _query(self, sql: str, values: Sequence[Any]) -> pa.Table:
        return self._relation(sql, values).to_arrow_table()

    def _relation(self, sql: str, values: Sequence[Any]) -> Any:
        # dlt 1.31's own cursor.arrow() calls a method that duckdb 2 does not have any more.
        return self._client.native_connection.sql(sql, params=list(values))

    def _guard(self, work: Any) -> Any:
        try:
            return work()
        except (DltException, duckdb.Error, OSError, RuntimeError) as error:
            root = _root(error)
            if isinstance(root, KeyboardInterrupt) or "Query interrupted" in str(root):
                # How dlt and DuckDB tell of a signal; the file has nothing to do with it.
                raise (asked() or Stopped()) from error
            if isinstance(error, RuntimeError):
                raise
            raise WarehouseError(explain(self._path, root)) from error


def _give_memory_back() -> None:
    """Lets a window's memory go when it is committed: a night's peak is what the job's machine must have."""
    # Arrow's own allocators keep what they once had: 80 MB of the peak of 100,000 sessions (measured).
    pa.set_memory_pool(pa.system_memory_pool())


def _present(client: SqlClientBase[Any]) -> dict[str, Present]:
    sql = (
        "select t.table_name, t.table_type, c.column_name, lower(c.data_type) "
        "from information_schema.tables t join information_schema.columns c "
        "on c.table_schema = t.table_schema and c.table_name = t.table_name where t.table_schema = %s"
    )
    rows = client.execute_sql(sql, RAW_SCHEMA) or []
    found: dict[str, Present] = {}
    for table, kind, column, data_type in rows:
        present = found.setdefault(str(table), Present(kind == "BASE TABLE", {}))
        found[str(table)] = Present(present.is_table, {**present.columns, str(column): str(data_type)})
    return found


def _private(path: Path) -> None:
    path.chmod(0o600)


def _root(error: BaseException) -> BaseException:
    """What dlt's errors are about."""
    inner = error.__cause__ or getattr(error, "inner_exc", None)
    return _root(inner) if isinstance(inner, BaseException) else error
