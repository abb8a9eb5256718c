"""One run's loads through dlt, whichever engine is behind: a subclass opens the warehouse and reads it.

dlt's working folder is made anew for each run and filled from the destination. What was committed is in
the warehouse; anything else is fetched again. So a lost folder, a restored backup and a killed run are
all the same simple case.
"""

from __future__ import annotations

import gc
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import nullcontext, suppress
from itertools import count
from types import TracebackType
from typing import Any, ClassVar, Self

import dlt
import pyarrow as pa
from dlt.common.exceptions import DltException
from dlt.destinations.sql_client import SqlClientBase

from zenhire_schemas.declaration import Column, Table
from zenhire_schemas.names import RAW_SCHEMA
from zenhire_sync.errors import WarehouseError
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import Stopped, asked, held
from zenhire_sync.warehouse.dlt_settings import set_up_dlt
from zenhire_sync.warehouse.loading import CURSORS, SOURCE_NAME, zenhire
from zenhire_sync.warehouse.shape import Present, are_fingerprints_old, tables_behind
from zenhire_sync.warehouse.spool import SPOOL_BYTES, Spool, SpooledTable
from zenhire_sync.whole_files import remove_whole

PIPELINE_NAME = "zenhire"
_VERSIONS = "_dlt_version"
# The words that every engine knows.
_TYPES = {
    "text": "text",
    "bigint": "bigint",
    "double": "double precision",
    "bool": "boolean",
    "timestamp": "timestamp with time zone",
}


class DltLoader(ABC):
    """The raw schema of a warehouse that dlt can load into. Everything read comes back as Arrow."""

    # What the engine's client raises.
    _errors: ClassVar[type[Exception]]
    # Rows of one load are to take no more.
    load_bytes: ClassVar[int] = SPOOL_BYTES

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._spool = Spool(settings.state_dir / "spool" / "load")
        set_up_dlt()
        # Lets a window's memory go when it is committed: a night's peak is what the job's machine must have.
        # Arrow's own allocators keep what they once had: 80 MB of the peak of 100,000 sessions (measured).
        pa.set_memory_pool(pa.system_memory_pool())
        self._folder = settings.state_dir / "dlt"
        self._folders = count(1)
        try:
            self.remove_leftovers()
        except OSError as error:
            raise WarehouseError(f"{settings.data_dir} cannot be written ({error.strerror})") from None
        self._start_anew()

    def _start_anew(self) -> None:
        """An empty working folder. Raises WarehouseError."""
        folder = self._folder / str(next(self._folders))
        try:
            # A job of the load that failed may still write into the old one, which then cannot go yet.
            with suppress(OSError):
                remove_whole(self._folder)
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise WarehouseError(f"{self._settings.data_dir} cannot be written ({error.strerror})") from None
        self._pipeline = self._guard(
            lambda: dlt.pipeline(
                PIPELINE_NAME,
                destination=self._destination(),
                dataset_name=RAW_SCHEMA,
                pipelines_dir=str(folder),
            )
        )

    def __enter__(self) -> Self:
        self._guard(self._open)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def load(
        self,
        tables: MutableMapping[str, pa.Table],
        cursors: Mapping[str, Any] | None = None,
        *,
        are_new: bool = False,
    ) -> dict[str, int]:
        """Through Parquet files of its own, one a table."""
        return self.load_files(self._spool.files_of(tables), cursors, are_new=are_new)

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
                    self._guard(lambda: self.run_load(source))
                # dlt leaves what it worked with behind in cycles of objects.
                gc.collect()
        finally:
            # People's data; a disk that is full needs the space, and what was not loaded comes again.
            for file in files.values():
                file.path.unlink(missing_ok=True)
        return rows

    def add(self, table: str, rows: pa.Table) -> None:
        """With the connection that dlt would use."""

        def insert() -> None:
            with held(), self._pipeline.sql_client() as client:
                _insert(client, table, rows)

        self._guard(insert)

    def replace(self, table: str, rows: pa.Table) -> None:
        """In one transaction."""

        def renew() -> None:
            with held(), self._pipeline.sql_client() as client, client.begin_transaction():
                client.execute_sql(f"delete from {RAW_SCHEMA}.{table}")  # noqa: S608 - our own name
                _insert(client, table, rows)

        self._guard(renew)

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """The same as Python values."""
        rows: list[dict[str, Any]] = self.select(sql, *values).to_pylist()
        return rows

    @abstractmethod
    def select(self, sql: str, *values: Any) -> pa.Table:
        """The answer of a SELECT with ``?`` placeholders; raw table names are unqualified."""

    @abstractmethod
    def stream(self, sql: str, *values: Any) -> Iterator[pa.RecordBatch]:
        """The answer of a SELECT in batches that are not kept; any other statement would end it."""

    def remembered_cursors(self) -> dict[str, Any]:
        """The cursors in dlt's state, as the destination holds it."""
        sources = self._pipeline.state.get("sources", {})
        return dict(sources.get(SOURCE_NAME, {}).get(CURSORS, {}))

    @abstractmethod
    def _destination(self) -> Any:
        """The warehouse as a destination of dlt."""

    def remove_leftovers(self) -> None:
        """What runs that died have left in the working folder. Raises OSError for what stays.

        A load that stayed would be finished by dlt instead of what it is given next.
        """
        for name in ("dlt", "spool", "dry-run"):
            remove_whole(self._settings.state_dir / name)

    @abstractmethod
    def _open(self) -> None:
        """Opens the warehouse, brings it up to this version, and makes it ready to be read."""

    @abstractmethod
    def _close(self) -> None:
        """Lets go of it."""

    @abstractmethod
    def _explain(self, error: BaseException) -> str:
        """What went wrong and what to do, in one line."""

    def _bring_up_to_date(self, client: SqlClientBase[Any], present: Mapping[str, Present]) -> None:
        """Every raw table with every column, made or mended where it is not so."""
        if behind := tables_behind(present):
            self._forget_versions(client)
            for statement in statements_for(behind, present):
                client.execute_sql(statement)
            if "sessions" in present and are_fingerprints_old(behind):
                # What they say of was more than what is there now.
                client.execute_sql(f"update {RAW_SCHEMA}.sessions set fingerprint = null")  # noqa: S608
        self._pipeline.sync_destination()

    def _forget_versions(self, client: SqlClientBase[Any]) -> None:
        """Makes dlt look at the tables as they are, instead of trusting its note of how it left them."""
        for scope in (nullcontext(), client.with_staging_dataset()):
            with scope:
                if client.has_dataset():
                    versions = client.make_qualified_table_name(_VERSIONS)
                    client.execute_sql(f"drop table if exists {versions}")

    def run_load(self, source: Any) -> None:
        """One load of dlt. Raises what dlt and the engine raise."""
        try:
            self._pipeline.run(source, loader_file_format="parquet")
        except BaseException:
            # dlt would load what failed before, and leave out what it is given next: the run's own record.
            with suppress(WarehouseError):
                self._start_anew()
            raise

    def _guard(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except (DltException, OSError, RuntimeError, self._errors) as error:
            root = root_of(error)
            if isinstance(root, KeyboardInterrupt) or "Query interrupted" in str(root):
                # How dlt and DuckDB tell of a signal; the warehouse has nothing to do with it.
                raise (asked() or Stopped()) from error
            if isinstance(error, RuntimeError) and not isinstance(error, self._errors):
                raise
            raise WarehouseError(self._explain(root)) from error


def statements_for(behind: Sequence[Table], present: Mapping[str, Present]) -> Iterator[str]:
    """What makes the tables that are missing, and the columns that tables lack."""
    yield f"create schema if not exists {RAW_SCHEMA}"
    for table in behind:
        name = f"{RAW_SCHEMA}.{table.name}"
        if table.name not in present:
            yield f"create table {name} ({', '.join(map(_declared, table.columns))})"
        else:
            for column in table.columns:
                if column.name not in present[table.name].columns:
                    yield f"alter table {name} add column {_declared(column)}"


def _declared(column: Column) -> str:
    return f'"{column.name}" {_TYPES[column.type]}{"" if column.nullable else " not null"}'


def _insert(client: SqlClientBase[Any], table: str, rows: pa.Table) -> None:
    names = ", ".join(f'"{name}"' for name in rows.column_names)
    places = ", ".join(["%s"] * rows.num_columns)
    sql = f"insert into {RAW_SCHEMA}.{table} ({names}) values ({places})"  # noqa: S608 - our own names
    for row in rows.to_pylist():
        client.execute_sql(sql, *row.values())


def root_of(error: BaseException) -> BaseException:
    """What dlt's errors are about."""
    inner = error.__cause__ or getattr(error, "inner_exc", None)
    return root_of(inner) if isinstance(inner, BaseException) else error
