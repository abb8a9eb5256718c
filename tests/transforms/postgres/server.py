"""A PostgreSQL of our own, thrown away after the test, with the raw tables of a warehouse in it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg2

from zenhire_schemas.tables import RAW_SCHEMA, RAW_TABLES, Table

Row = dict[str, Any]

_TYPES = {
    "text": "text",
    "bigint": "bigint",
    "double": "double precision",
    "bool": "boolean",
    "timestamp": "timestamptz",
}
# far from UTC and from the reporting time zone: a model that leaned on the session's zone would show it
_SESSION_ZONE = "Asia/Tokyo"
_CHARACTERS = ("--encoding=UTF8", "--locale=C")


def binaries() -> Path | None:
    """Where PostgreSQL's programs are; None when it is not installed. Debian keeps them off the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("pg_ctl")
    return folders[0] if folders else Path(on_path).parent if on_path else None


# As with the browser: no test where there is no PostgreSQL, but a failure in CI, which installs it.
CAN_BUILD = binaries() is not None or bool(os.environ.get("CI"))


@dataclass(frozen=True)
class Postgres:
    """A running server on this machine, with its files in a folder."""

    port: int
    folder: Path

    def start(self) -> None:
        """Starts it, on files that are there."""
        settings = ("listen_addresses=127.0.0.1", f"timezone={_SESSION_ZONE}", "fsync=off")
        options = f"-p {self.port} -k {self.folder} {' '.join(f'-c {setting}' for setting in settings)}"
        self._control("-l", self.folder / "log", "-w", "-o", options, "start")

    def stop(self) -> None:
        """Stops it as a crash would: nobody is waited for."""
        self._control("-m", "immediate", "-w", "stop")

    def _control(self, *arguments: str | Path) -> None:
        _as_postgres(_programs() / "pg_ctl", "-D", self.folder / "data", *arguments)

    def copy_raw(self, warehouse: Path, scratch: Path) -> None:
        """The raw tables of a DuckDB warehouse, row by row."""
        with self._connection() as postgres, duckdb.connect(str(warehouse), read_only=True) as source:
            cursor = postgres.cursor()
            cursor.execute(f"create schema {RAW_SCHEMA}")
            for table in RAW_TABLES:
                rows = scratch / f"{table.name}.csv"
                columns = ", ".join(f'"{name}"' for name in table.column_names)
                source.execute(
                    f"copy (select {columns} from {RAW_SCHEMA}.{table.name}) to '{rows}'"
                    " (format csv, header false, nullstr '\\N', force_quote *)"
                )
                cursor.execute(_create(table))
                with rows.open(encoding="utf-8") as lines:
                    cursor.copy_expert(
                        f"copy {RAW_SCHEMA}.{table.name} from stdin (format csv, null '\\N')",
                        lines,
                    )

    def execute(self, statement: str) -> None:
        """Runs a statement that no transaction may hold, such as CREATE DATABASE."""
        connection = self._connection()
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()

    def url(self, database: str = "postgres") -> str:
        """The address of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def rows(self, query: str) -> list[Row]:
        """Answer of a query, one dict a row."""
        with self._connection() as postgres:
            cursor = postgres.cursor()
            cursor.execute(query)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _connection(self) -> Any:
        return psycopg2.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="postgres")


@contextmanager
def running() -> Iterator[Postgres]:
    """A server with an empty database, stopped and removed at the end. It refuses to run as root."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="zenhire-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    try:
        who = ("-U", "postgres", "-A", "trust")
        _as_postgres(_programs() / "initdb", "-D", folder / "data", *who, *_CHARACTERS)
        server = Postgres(port, folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    programs = binaries()
    assert programs is not None, "PostgreSQL is missing: install the package postgresql"
    return programs


def _as_postgres(*command: str | Path) -> None:
    user = "postgres" if os.geteuid() == 0 else None
    done = subprocess.run(
        command, user=user, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0, command


def _create(table: Table) -> str:
    columns = ", ".join(f'"{column.name}" {_TYPES[column.type]}' for column in table.columns)
    return f"create table {RAW_SCHEMA}.{table.name} ({columns})"
