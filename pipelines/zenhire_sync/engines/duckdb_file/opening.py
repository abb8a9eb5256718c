"""Every way in which a DuckDB file is opened, and every accident that can befall it, in words of its own.

What happened, and what to do: dlt would only say that it failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_sync.engines.duckdb_file.quoting import WAREHOUSE, literal
from zenhire_sync.errors import ConfigurationError, WarehouseError, first_line
from zenhire_sync.memory_limit import duckdb_part, whole_limit
from zenhire_sync.stopping import interrupted
from zenhire_sync.warehouse.shape import require_known_layout
from zenhire_sync.whole_files import explain_disk, is_full

if TYPE_CHECKING:
    import pyarrow as pa

_MAGIC, _MAGIC_AT = b"DUCK", 8
# A DuckDB file begins with three headers of 4096 bytes; one that ends before them holds nothing.
HEADERS_BYTES = 3 * 4096
# The oldest DuckDB line that people still have as a command or in a BI tool: it opens a file of this version,
# and later ones keep to it. A file in the own format of 2.0 is closed to it.
STORAGE_VERSION = "v1.4.0"
# What is sent over the network is sent by us: DuckDB would fetch an extension for a file it does not know.
OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
# DuckDB would keep every block it has seen, up to most of the machine, and more with each core. A night of
# five million sessions needs no more than this; what does not fit is written to disk meanwhile (measured).
DUCKDB_LIMITS = {"memory_limit": "48MB", "threads": "1"}
_BATCH_ROWS = 10_000
START_ANEW = (
    "restore it from a backup, or move it away: the next sync brings everything in again, but for sessions "
    "and prompts that ZenHire no longer has"
)


def require_usable(path: Path) -> None:
    """Raises WarehouseError when the file cannot be opened to write. One that does not exist is fine.

    A file whose creation was cut short is removed: it was never a warehouse.
    """
    if not path.exists():
        return
    if not path.is_file():
        raise WarehouseError(f"{path} is not a file; move it away, or set ZENHIRE_DATA_DIR to another folder")
    with path.open("rb") as file:
        head = file.read(HEADERS_BYTES)
    is_duckdb = head[_MAGIC_AT:][: len(_MAGIC)] == _MAGIC
    if not head or (is_duckdb and len(head) < HEADERS_BYTES):
        path.unlink()
        return
    if not is_duckdb:
        raise WarehouseError(f"{path} is not a DuckDB database, or is damaged; {START_ANEW}")
    try:
        # This reads back the log that a killed run left; without a limit it takes 300 MB more (measured).
        duckdb.connect(str(path), config={**OFFLINE, **DUCKDB_LIMITS}).close()
    except duckdb.Error as error:
        raise WarehouseError(explain(path, error)) from None


def require_known(connection: Any, path: Path) -> None:
    """Raises ConfigurationError for a warehouse that a newer version of this program wrote."""
    sql = """
        select 1 from information_schema.columns
        where table_schema = ? and table_name = 'sync_runs' and column_name = 'layout'
    """
    if connection.execute(sql, [RAW_SCHEMA]).fetchall():
        latest = f"select max(layout) from {RAW_SCHEMA}.sync_runs"  # noqa: S608 - our own name
        [(written,)] = connection.execute(latest).fetchall()
        require_known_layout(written, str(path))


def make_file(path: Path) -> None:
    """An empty file in the storage version of this program, unless there is a file. Raises duckdb.Error."""
    if path.exists():
        return
    place = str(path).replace("'", "''")
    with duckdb.connect(":memory:", config=OFFLINE) as connection:
        connection.execute(f"attach '{place}' as fresh (storage_version '{STORAGE_VERSION}'); detach fresh")


def explain(path: Path, error: BaseException) -> str:
    """What DuckDB says of its file, without its hints, and what to do about it."""
    message = first_line(error)
    if "Could not set lock" in message:
        who = _writer(error)
        return f"{path} is open in {who}; close it there (readers open published/zenhire.duckdb), run again"
    if "WAL" in message:
        return (
            f"the log {path.name}.wal does not belong to {path}; move the log away if it was left by a copy "
            "or a restore, and run again"
        )
    if is_full(message):
        return explain_disk(path, error)
    if isinstance(error, duckdb.IOException | duckdb.FatalException) or "Corrupt" in message:
        return f"{path} cannot be read: {message}; {START_ANEW}"
    return f"{path}: {message}"


class InUseError(Exception):
    """Another process has the file open to write, without holding the lock of this program."""


class Connected:
    """A connection as a ``Reader``."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def select(self, sql: str, *values: Any) -> pa.Table:
        """The whole answer. Raises duckdb.Error, which the block that opened the file explains."""
        return self._relation(sql, values).to_arrow_table()

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """The whole answer without Arrow. Raises as ``select`` does."""
        relation = self._relation(sql, values)
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]

    def stream(self, sql: str, *values: Any) -> Iterator[pa.RecordBatch]:
        """The answer in batches; another question would end it."""
        yield from self._relation(sql, values).to_arrow_reader(_BATCH_ROWS)

    def _relation(self, sql: str, values: tuple[Any, ...]) -> Any:
        return self.connection.sql(sql, params=list(values))


@contextmanager
def opened(path: Path, remedy: str) -> Iterator[Any]:
    """The file, to read for an instant, only under ``lock.look``: an open to read fails a run's next open.

    Raises InUseError when another process writes it, WarehouseError when it cannot be read.
    """
    config = {"threads": "1", "autoinstall_known_extensions": "false", "temp_directory": ""}
    try:
        with duckdb.connect(str(path), read_only=True, config=config) as connection:
            connection.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
            yield connection
    except duckdb.Error as error:
        message = first_line(error)
        if (holder := _writer(error)) is not None:
            raise InUseError(holder) from None
        raise WarehouseError(f"{path} cannot be read: {message}; {remedy}") from None


@contextmanager
def open_warehouse(path: Path, *, memory_limit: str | None, spill: Path) -> Iterator[Any]:
    """A connection with the warehouse attached read-only as ``warehouse``; sorts spill to ``spill``.

    Raises WarehouseError when it is missing, in use by a writer or not a warehouse.
    """
    if not path.is_file():
        raise WarehouseError(f"no warehouse at {path}; run `zenhire-sync run` first")
    connection = _in_memory(memory_limit, spill)
    try:
        try:
            connection.execute(f"attach {literal(str(path))} as {WAREHOUSE} (read_only)")
        except duckdb.Error as error:
            raise WarehouseError(_unreadable(path, error)) from None
        with interrupted(connection.interrupt):
            yield connection
    finally:
        connection.close()


@contextmanager
def open_to_change(path: Path, *, memory_limit: str | None, spill: Path) -> Iterator[Any]:
    """The warehouse as ``warehouse``, its raw tables under their bare names; spills to ``spill``.

    Raises WarehouseError when it cannot be opened, read or written, in the block too.
    """
    config = _config(whole_limit(memory_limit), spill)
    try:
        with duckdb.connect(":memory:", config=config) as connection:
            connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
            connection.execute(f"attach {literal(str(path))} as {WAREHOUSE}; use {WAREHOUSE}.{RAW_SCHEMA}")
            with interrupted(connection.interrupt):
                yield connection
    except duckdb.Error as error:
        raise WarehouseError(explain(path, error)) from None


# Nothing is spilled beside the published file, no other file is read, and no query can undo it.
_AS_A_READER = """
set timezone = 'UTC';
set enable_progress_bar = false;
set temp_directory = '';
set enable_external_access = false;
set lock_configuration = true
"""


@contextmanager
def open_published(path: Path, *, memory_limit: str | None) -> Iterator[Any]:
    """The published file, as any reader should open it. Raises WarehouseError when it cannot be read."""
    if not path.is_file():
        raise WarehouseError(f"nothing is published at {path}; run `zenhire-sync publish` first")
    config = {"memory_limit": whole_limit(memory_limit)}
    try:
        with duckdb.connect(str(path), read_only=True, config=config) as connection:
            connection.execute(_AS_A_READER)
            with interrupted(connection.interrupt):
                yield connection
    except duckdb.Error as error:
        if (writer := _writer(error)) is not None:
            raise WarehouseError(
                f"{path} is open to write in {writer}; readers must open it read-only"
            ) from None
        raise WarehouseError(
            f"{path} cannot be read: {first_line(error)}; run `zenhire-sync publish` to make it again"
        ) from None


def _in_memory(memory_limit: str | None, spill: Path) -> Any:
    try:
        connection = duckdb.connect(":memory:", config=_config(duckdb_part(whole_limit(memory_limit)), spill))
    except duckdb.Error as error:
        raise ConfigurationError(
            f"ZENHIRE_MEMORY_LIMIT cannot be used: {first_line(error)}, got {memory_limit!r}"
        ) from None
    # It would be drawn into the output of --json.
    connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
    return connection


def _config(memory_limit: str, spill: Path) -> Mapping[str, Any]:
    # Nothing is fetched from anywhere to read or write our own files.
    return {**OFFLINE, "memory_limit": memory_limit, "temp_directory": str(spill)}


def _writer(error: BaseException, unnamed: str = "another process") -> str | None:
    """Who has the file open to write, if that is what the error says."""
    message = first_line(error)
    if "Could not set lock" not in message and not isinstance(error, duckdb.ResourceInUseException):
        return None
    holder = re.search(r"\(PID (\d+)\)", message)
    return f"process {holder[1]}" if holder else unnamed


def _unreadable(path: Path, error: duckdb.Error) -> str:
    if (writer := _writer(error, "another connection")) is not None:
        return f"{path} is being written by {writer}; wait until that is done and publish again"
    return (
        f"{path} cannot be read: {first_line(error)}; restore it from a backup, or move it away and run "
        "`zenhire-sync sync`, which brings everything in again"
    )
