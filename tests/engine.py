"""The engine that tests run on: the file by default, a PostgreSQL of our own with ``--engine=postgres``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import duckdb
from pydantic import SecretStr

from tests.transforms.postgres.server import Postgres
from zenhire_sync.engines.duckdb_file.removal import FileChanger
from zenhire_sync.engines.postgres.connecting import connected
from zenhire_sync.engines.postgres.removal import DatabaseChanger
from zenhire_sync.settings import Home, Settings

_NUMBERS = count(1)


@dataclass
class Engine:
    """Where warehouses of this test are. One of the server's databases belongs to one test."""

    home: Home = field(default_factory=Home)

    def settings(self, settings: Settings) -> Settings:
        """The same settings on this engine."""
        return settings.at(self.home)

    def variables(self) -> dict[str, str]:
        """What makes a command use it."""
        if self.home.url is None:
            return {}
        return {"ZENHIRE_PROFILE": "postgres", "ZENHIRE_POSTGRES_URL": self.home.url.get_secret_value()}


# Tests make companies in many ways, and none of them should have to say where.
CURRENT = Engine()


@contextmanager
def database(server: Postgres) -> Iterator[Home]:
    """A new database, gone afterwards with whoever is still connected."""
    name = f"test_{next(_NUMBERS)}"
    server.execute(f"create database {name}")
    try:
        yield Home(destination="postgres", url=SecretStr(server.url(name)))
    finally:
        server.execute(f"drop database {name} with (force)")


def changed(settings: Settings, sql: str, *values: Any) -> int:
    """Changes the raw tables behind the program's back; returns how many rows."""
    if settings.home.destination == "duckdb":
        with duckdb.connect(str(settings.warehouse_path)) as connection:
            connection.execute("use warehouse.zenhire_raw")
            return FileChanger(connection).change(sql, *values)
    with connected(settings) as connection:
        return DatabaseChanger(connection, "zenhire_raw").change(sql, *values)
