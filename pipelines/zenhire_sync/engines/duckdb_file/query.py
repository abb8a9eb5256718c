"""One SELECT on the published file or the warehouse: nothing is written, no other file is read, no run waits.

Data flow: SQL of a person at a terminal -> rows. Alone: ``zenhire-sync sql``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from zenhire_schemas.names import MARTS_SCHEMA, RAW_SCHEMA
from zenhire_sync.engines.duckdb_file.opening import OFFLINE, START_ANEW, explain
from zenhire_sync.errors import ConfigurationError, LockHeldError, WarehouseError, first_line
from zenhire_sync.lock import Holder, signer, undisturbed
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import QueryAnswer

_READING = {"SELECT", "EXPLAIN", "MULTI"}  # a PIVOT is of several
_SECONDS_BETWEEN_LOOKS = 0.2
_SHUT = {
    **OFFLINE,
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
}


def ask_published(settings: Settings, sql: str, most: int | None) -> QueryAnswer:
    """The first ``most`` rows (None: all) of a SELECT on what readers see.

    Raises ConfigurationError for SQL that cannot be answered, WarehouseError for a file that cannot be read.
    """
    path = settings.published_path
    if not path.is_file():
        raise WarehouseError(f"nothing is published at {path}; run `zenhire-sync run`, or ask with --raw")
    with _opened(path, MARTS_SCHEMA, "run `zenhire-sync publish` to replace it") as connection:
        return answer(connection, sql, most)


def ask_warehouse(settings: Settings, sql: str, most: int | None) -> QueryAnswer:
    """The same of the warehouse, while no run works. A run that begins meanwhile ends the question.

    Raises LockHeldError naming the run, WarehouseError when there is no warehouse, and what ``ask_published``
    raises.
    """
    path = settings.warehouse_path
    if not path.is_file():
        raise WarehouseError(f"no warehouse at {path}; run `zenhire-sync run` first")
    # Before the look: a run that signs from here on is waiting for us.
    before = signer(settings.state_dir)
    with (
        undisturbed(settings.state_dir),
        _opened(path, RAW_SCHEMA, START_ANEW) as connection,
        _giving_way(settings.state_dir, before, connection.interrupt) as has_given_way,
    ):
        try:
            return answer(connection, sql, most)
        except (ConfigurationError, RuntimeError):
            if has_given_way.is_set():
                raise LockHeldError(
                    "a run began, which needs the warehouse for itself; ask again when it has ended"
                ) from None
            raise


@contextmanager
def _opened(path: Path, schema: str, remedy: str) -> Iterator[Any]:
    try:
        with duckdb.connect(str(path), read_only=True, config=_SHUT) as connection:
            # Names of tables without their schema; a progress bar would be drawn into the answer.
            connection.execute(
                f"set TimeZone = 'UTC'; set enable_progress_bar = false; set search_path = '{schema},main';"
                " set lock_configuration = true"
            )
            yield connection
    except duckdb.Error as error:
        told = explain(path, error)
        raise WarehouseError(told if "open in" in told else f"{told}; {remedy}") from None


def answer(connection: Any, sql: str, most: int | None) -> QueryAnswer:
    """The first ``most`` rows (None: all) of one SELECT. Raises ConfigurationError."""
    try:
        statements = connection.extract_statements(sql)
        kinds = [statement.type.name for statement in statements]
        if len(kinds) != 1 or kinds[0] not in _READING:
            raise ConfigurationError("it takes one SELECT (or DESCRIBE, SHOW, SUMMARIZE, EXPLAIN), no more")
        result = connection.execute(statements[0])
        columns = tuple(name for name, *_ in result.description)
        rows = result.fetchall() if most is None else result.fetchmany(most + 1)
    except duckdb.Error as error:
        raise ConfigurationError(f"this SQL cannot be answered: {first_line(error)}") from None
    return QueryAnswer(columns, tuple(rows[:most]), is_cut=most is not None and len(rows) > most)


def shut(connection: Any) -> None:
    """Closes a connection to whatever it does not see yet: files, the network, other settings."""
    connection.execute(
        "set enable_external_access = false; set python_enable_replacements = false;"
        " set lock_configuration = true"
    )


@contextmanager
def _giving_way(
    state_dir: Path, before: Holder | None, give_way: Callable[[], None]
) -> Iterator[threading.Event]:
    """Calls ``give_way`` as soon as a run signs the lock, and sets the event: no night waits for a look."""
    done, given = threading.Event(), threading.Event()

    def watch() -> None:
        while not done.wait(_SECONDS_BETWEEN_LOOKS):
            if signer(state_dir) not in {before, None}:
                given.set()
                give_way()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield given
    finally:
        done.set()
        watcher.join()
