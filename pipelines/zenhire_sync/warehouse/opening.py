"""Whether the working file can be worked with, asked before dlt does, which would only say that it failed.

Every accident that can befall the file has its own words here: what happened, and what to do.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from zenhire_sync.errors import WarehouseError

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
_FULL = re.compile(r"no space left|quota exceeded|File too large", re.IGNORECASE)
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


def make_file(path: Path) -> None:
    """An empty file in the storage version of this program, unless there is a file. Raises duckdb.Error."""
    if path.exists():
        return
    place = str(path).replace("'", "''")
    with duckdb.connect(":memory:", config=OFFLINE) as connection:
        connection.execute(f"attach '{place}' as fresh (storage_version '{STORAGE_VERSION}'); detach fresh")


def explain(path: Path, error: BaseException) -> str:
    """What DuckDB says of its file, without its hints, and what to do about it."""
    message = str(error).strip().partition("\n")[0] or type(error).__name__
    if "Could not set lock" in message:
        holder = re.search(r"\(PID (\d+)\)", message)
        who = f"process {holder[1]}" if holder else "another process"
        return f"{path} is open in {who}; close it there (readers open published/zenhire.duckdb), run again"
    if "WAL" in message:
        return (
            f"the log {path.name}.wal does not belong to {path}; move the log away if it was left by a copy "
            "or a restore, and run again"
        )
    if _FULL.search(message):
        return f"{path.parent} is full: {message}; free some space and run again, nothing is lost"
    if isinstance(error, duckdb.IOException | duckdb.FatalException) or "Corrupt" in message:
        return f"{path} cannot be read: {message}; {START_ANEW}"
    return f"{path}: {message}"
