"""The warehouse in one DuckDB file, and what is published of it in another."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from zenhire_schemas.tables import MARTS_SCHEMA, RAW_SCHEMA, RAW_TABLES, YOUNG_TABLES
from zenhire_sync.engines.duckdb_file.checksums import checksum_finding
from zenhire_sync.engines.duckdb_file.contents import warehouse_finding
from zenhire_sync.engines.duckdb_file.dbt_target import dbt_target
from zenhire_sync.engines.duckdb_file.online_backup import back_up
from zenhire_sync.engines.duckdb_file.opening import (
    OFFLINE,
    Connected,
    InUseError,
    explain,
    open_published,
    open_to_change,
    open_warehouse,
    opened,
    require_known,
)
from zenhire_sync.engines.duckdb_file.publishing.preconditions import require_tables
from zenhire_sync.engines.duckdb_file.query import ask_published, ask_warehouse
from zenhire_sync.engines.duckdb_file.quoting import WAREHOUSE
from zenhire_sync.errors import ConfigurationError, WarehouseError
from zenhire_sync.lock import died, exclusive, look, undisturbed
from zenhire_sync.progress import Progress
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.finding import Finding
from zenhire_sync.warehouse.port import (
    Backup,
    DbtTarget,
    Glimpse,
    Loader,
    PublishSummary,
    QueryAnswer,
    Reader,
)
from zenhire_sync.whole_files import private_folder

# Loading and publishing bring dlt and Arrow with them, which a look does without.
if TYPE_CHECKING:
    from zenhire_sync.warehouse.people import Figures, Found, Removal

# Older versions made none of the young ones; the next sync or build does.
_NEEDED = tuple(table.name for table in RAW_TABLES if table.name not in YOUNG_TABLES)


class DuckDbFile:
    """``Warehouse`` over ``warehouse.duckdb`` and ``published/zenhire.duckdb``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = settings.warehouse_path

    def exclusive(self, command: str) -> AbstractContextManager[None]:
        """The lock file of the data directory."""
        return exclusive(self._settings.state_dir, command)

    def undisturbed(self) -> AbstractContextManager[None]:
        """A run that starts meanwhile waits, ten seconds at most."""
        return undisturbed(self._settings.state_dir)

    @contextmanager
    def glimpse(self) -> Iterator[Glimpse]:
        """While a run goes on its file is not touched: an open to read would make its next open fail."""
        with look(self._settings.state_dir) as holder:
            killed = died(self._settings.state_dir) if holder is None else None
            if holder is not None or not self._path.is_file():
                yield Glimpse(holder=holder, killed=killed)
                return
            try:
                with opened(self._path, _REMEDY) as connection:
                    connection.execute(f"set search_path = '{RAW_SCHEMA},main'")
                    yield Glimpse(Connected(connection), killed=killed)
            except InUseError as error:
                yield Glimpse(in_use_by=str(error), killed=killed)

    @property
    def place(self) -> str:
        """The file."""
        return str(self._path)

    def raw_tables(self) -> frozenset[str] | None:
        """Opened to write, so that the log of a killed run is worked in. Raises WarehouseError."""
        if not self._path.is_file():
            return None
        sql = "select table_name from information_schema.tables where table_schema = ?"
        try:
            with duckdb.connect(str(self._path), config=OFFLINE) as connection:
                require_known(connection, self._path)
                return frozenset(name for (name,) in connection.execute(sql, [RAW_SCHEMA]).fetchall())
        except duckdb.Error as error:
            raise WarehouseError(explain(self._path, error)) from None

    def reading(self) -> AbstractContextManager[Reader]:
        """Read-only, with memory and disk for large answers. Raises WarehouseError."""
        return self._reading(RAW_SCHEMA)

    def built(self) -> AbstractContextManager[Reader]:
        """The same of the marts."""
        return self._reading(MARTS_SCHEMA)

    @contextmanager
    def _reading(self, schema: str) -> Iterator[Reader]:
        self._require_file()
        with (
            private_folder(self._settings.state_dir, "spill") as spill,
            open_warehouse(self._path, memory_limit=self._settings.memory_limit, spill=spill) as connection,
        ):
            if schema == RAW_SCHEMA:
                require_tables(connection, *_NEEDED)
            try:
                connection.execute(f"use {WAREHOUSE}.{schema}")
                require_known(connection, self._path)
                yield Connected(connection)
            except duckdb.Error as error:
                raise WarehouseError(explain(self._path, error)) from None

    def loading(self) -> AbstractContextManager[Loader]:
        """The file, made where there is none."""
        from zenhire_sync.engines.duckdb_file.loader import DuckDbLoader

        return DuckDbLoader(self._settings)

    @property
    def published_place(self) -> str:
        """The file that readers open."""
        return str(self._settings.published_path)

    def is_published(self) -> bool:
        """Whether there is a file."""
        return self._settings.published_path.is_file()

    @contextmanager
    def published(self) -> Iterator[Reader]:
        """The published file, closed to every other file."""
        settings = self._settings
        with open_published(settings.published_path, memory_limit=settings.memory_limit) as connection:
            yield Connected(connection)

    def dbt(self) -> DbtTarget:
        """dbt writes into a file of its own, beside the raw tables, which it only reads."""
        return dbt_target(self._settings)

    def switch_marts(self) -> None:
        """A copy within one transaction: DuckDB moves no table from file to file."""
        from zenhire_sync.engines.duckdb_file.switching import switch_marts

        switch_marts(self._settings)

    def publish(self, *, now: datetime, as_built: bool, progress: Progress) -> PublishSummary:
        """A new file, swapped in, then Parquet beside it."""
        from zenhire_sync.engines.duckdb_file.publishing.published_file import publish_file

        return publish_file(self._settings, now=now, as_built=as_built, progress=progress)

    def forget(self, found: Found, now: datetime, run_id: str) -> Removal:
        """One transaction; the deleted bytes are still in the file until ``scrub``."""
        from zenhire_sync.engines.duckdb_file.removal import remove_from_file

        with self._to_change() as connection:
            return remove_from_file(connection, found, now, run_id)

    def scrub(self) -> None:
        """Writes the file anew: a DuckDB file keeps the bytes of deleted rows."""
        from zenhire_sync.engines.duckdb_file.rewriting import rewrite_warehouse

        rewrite_warehouse(self._settings)

    def scrub_published(self) -> None:
        """Only the newest Parquet stays."""
        from zenhire_sync.engines.duckdb_file.publishing.parquet_snapshot import forget_previous_snapshots

        forget_previous_snapshots(self._settings)

    def forgotten(self, now: datetime, files: Collection[str]) -> Figures:
        """Looks before it notes."""
        from zenhire_sync.engines.duckdb_file.removal import FileChanger
        from zenhire_sync.warehouse.forgetting import mark_finished
        from zenhire_sync.warehouse.people import read_figures

        with self._to_change() as connection:
            mark_finished(FileChanger(connection), now, files)
            return read_figures(Connected(connection))

    def reader_grants(self) -> str:
        """A file has no roles. Raises ConfigurationError that says what there is instead."""
        raise ConfigurationError(
            f"a file has no roles: who may read {self._settings.published_path} may read the marts; "
            "see docs/published.md"
        )

    def findings(self) -> list[Finding]:
        """Whether the file opens; if so, whether every block of it can be read."""
        found = warehouse_finding(self._settings)
        blocks = None if found.verdict == "failed" else checksum_finding(self._settings)
        return [found] if blocks is None else [found, blocks]

    def ask(self, sql: str, most: int | None, *, raw: bool) -> QueryAnswer:
        """A file that no query can leave."""
        return (ask_warehouse if raw else ask_published)(self._settings, sql, most)

    def compact(self) -> dict[str, dict[str, int]]:
        """One file stays one file. Raises ConfigurationError."""
        raise ConfigurationError("only a lake is compacted (--profile lake); a file stays one file")

    def back_up(self, target: Path, *, replace: bool) -> Backup:
        """Taken without a lock."""
        return back_up(self._settings, target, replace=replace)

    @contextmanager
    def _to_change(self) -> Iterator[Any]:
        self._require_file()
        with (
            private_folder(self._settings.state_dir, "spill") as spill,
            open_to_change(self._path, memory_limit=self._settings.memory_limit, spill=spill) as connection,
        ):
            yield connection

    def _require_file(self) -> None:
        if not self._path.is_file():
            raise WarehouseError(f"no warehouse at {self._path}; check ZENHIRE_DATA_DIR")


_REMEDY = "run `zenhire-sync check` for more, or restore it from a backup"
