"""The engine that tests run on: the file by default, a PostgreSQL or a lake of our own with ``--engine``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
from pydantic import SecretStr

from tests.transforms.postgres.server import Postgres
from zenhire_sync.engines.duckdb_file.removal import FileChanger
from zenhire_sync.engines.lake.catalog import catalog_of
from zenhire_sync.engines.lake.changing import changing
from zenhire_sync.engines.postgres.connecting import connected
from zenhire_sync.engines.postgres.removal import DatabaseChanger
from zenhire_sync.settings import Home, Settings

_NUMBERS = count(1)
_DROPPED = re.compile(r"alter table (?P<table>\w+) drop column (?P<column>\w+)")


@dataclass
class Engine:
    """Where warehouses of this test are. One of the server's databases belongs to one test."""

    home: Home = field(default_factory=Home)
    lake_dir: str | None = None

    def settings(self, settings: Settings) -> Settings:
        """The same settings on this engine."""
        return settings.model_copy(update={"lake_dir": self.lake_dir}).at(self.home)

    def variables(self) -> dict[str, str]:
        """What makes a command use it."""
        if self.lake_dir is not None:
            return {"ZENHIRE_PROFILE": "lake", "ZENHIRE_LAKE_DIR": self.lake_dir}
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


@contextmanager
def lake(folder: Path) -> Iterator[None]:
    """Tests of the block run on a lake in the folder, its catalog in a file beside it."""
    CURRENT.home, CURRENT.lake_dir = Home(destination="lake"), str(folder)
    try:
        yield
    finally:
        CURRENT.home, CURRENT.lake_dir = Home(), None


def changed(settings: Settings, sql: str, *values: Any) -> int:
    """Changes the raw tables behind the program's back; returns how many rows."""
    if settings.home.destination == "duckdb":
        with duckdb.connect(str(settings.warehouse_path)) as connection:
            connection.execute("use warehouse.zenhire_raw")
            return FileChanger(connection).change(sql, *values)
    if settings.home.destination == "lake":
        if dropped := _DROPPED.fullmatch(sql):
            table = catalog_of(settings).load_table(("zenhire_raw", dropped["table"]))
            with table.update_schema(allow_incompatible_changes=True) as change:
                change.delete_column(dropped["column"])
            return 0
        with changing(settings) as changer:
            return changer.change(sql, *values)
    with connected(settings) as connection:
        return DatabaseChanger(connection, "zenhire_raw").change(sql, *values)
