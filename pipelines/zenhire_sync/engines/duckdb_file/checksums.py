"""Whether every block of the warehouse can be read: DuckDB holds each one against its checksum as it does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from zenhire_sync.engines.duckdb_file.opening import START_ANEW, InUseError, opened
from zenhire_sync.engines.duckdb_file.quoting import identifier
from zenhire_sync.errors import WarehouseError
from zenhire_sync.lock import look
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.finding import Finding, failed, ok, warning

NAME = "checksums"
# A run that begins meanwhile waits for a look, ten seconds at most: one look reads a part of the file.
LONGEST_LOOK_SECONDS = 6.0
LONGEST_SECONDS = 60.0
# A whole row group of DuckDB's, many times over.
ROWS_OF_A_PART = 1_228_800
# Blocks that were read are not needed again.
_MEMORY = "set memory_limit = '256MB'"
_TABLES = """
    select schema_name, table_name, estimated_size from duckdb_tables()
    where database_name = current_database() and not temporary and not internal order by all
"""
# Schema, table, and between which row numbers; deleted rows keep theirs, so the last part has no end.
Part = tuple[str, str, int, int]
_NO_END = 2**62


def checksum_finding(settings: Settings, longest_seconds: float = LONGEST_SECONDS) -> Finding | None:
    """Reads all columns of all tables, a part at a time; None when there is no warehouse to read.

    Never disturbs a run: when one begins, or time is up, it says how far it came.
    """
    parts, done, why = list[Part](), 0, ""
    deadline = time.monotonic() + longest_seconds
    try:
        while not why and (not parts or done < len(parts)):
            parts, done, why = _look(settings, parts, done)
            if time.monotonic() > deadline:
                why = f"{longest_seconds:g} s were up"
            # A run that waits comes in here.
            time.sleep(0.05)
    except InUseError:
        return None
    except WarehouseError as error:
        advice = "stop the runs, and restore a backup; what is published is a file of its own"
        return failed(NAME, f"a block of the warehouse is damaged: {error}", advice)
    if not parts:
        return None
    if done < len(parts):
        found = f"{done} of {len(parts)} parts of the warehouse were read and are whole, then {why}"
        return warning(NAME, found, "check again when no run is due, if the disk is in doubt")
    return ok(NAME, f"every block of {len({part[:2] for part in parts})} tables was read and is whole")


def _look(settings: Settings, parts: list[Part], done: int) -> tuple[list[Part], int, str]:
    """The parts, how many of them are done, and why there is no next look."""
    with look(settings.state_dir) as holder:
        if holder is not None or not settings.warehouse_path.is_file():
            return parts, done, "a run began"
        with opened(settings.warehouse_path, START_ANEW) as connection:
            connection.execute(_MEMORY)
            parts = parts or _parts(connection)
            try:
                with _no_longer_than(connection):
                    return parts, _read(connection, parts, done), "" if parts else "there is none"
            except (duckdb.InterruptException, RuntimeError):
                return parts, done, f"one took more than {LONGEST_LOOK_SECONDS:g} s"


def _parts(connection: Any) -> list[Part]:
    parts: list[Part] = []
    for schema, table, rows in connection.execute(_TABLES).fetchall():
        firsts = range(0, max(1, rows), ROWS_OF_A_PART)
        ends = [*firsts[1:], _NO_END]
        parts += [(schema, table, first, end) for first, end in zip(firsts, ends, strict=True)]
    return parts


def _read(connection: Any, parts: list[Part], done: int) -> int:
    """Reads parts from number ``done`` on, as long as one look may take; how many are done then."""
    until = time.monotonic() + LONGEST_LOOK_SECONDS / 2
    for schema, table, first, end in parts[done:]:
        # A hash needs every value, and keeps none.
        connection.execute(
            f"select bit_xor(hash(t)) from {identifier(schema)}.{identifier(table)} t"  # noqa: S608 - our own
            " where rowid >= ? and rowid < ?",
            [first, end],
        ).fetchall()
        done += 1
        if time.monotonic() > until:
            break
    return done


@contextmanager
def _no_longer_than(connection: Any, seconds: float = LONGEST_LOOK_SECONDS) -> Iterator[None]:
    """A part that a slow disk keeps for ever must not keep a run."""
    timer = threading.Timer(seconds, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
