"""The warehouse on a PostgreSQL server: raw tables, marts and what readers see, a schema each."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zenhire_schemas.names import MARTS_SCHEMA, RAW_SCHEMA
from zenhire_sync.engines.postgres.advisory_lock import advisory_lock, holder, shared_lock
from zenhire_sync.engines.postgres.asking import ask
from zenhire_sync.engines.postgres.connecting import (
    address,
    connected,
    has_schema,
    place,
    published_place,
    query,
)
from zenhire_sync.engines.postgres.dbt_target import BUILT_SCHEMA, dbt_target, switch_marts
from zenhire_sync.engines.postgres.findings import server_finding
from zenhire_sync.engines.postgres.layout import require_known
from zenhire_sync.engines.postgres.reader import PostgresReader
from zenhire_sync.errors import ConfigurationError, WarehouseError
from zenhire_sync.lock import exclusive
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

if TYPE_CHECKING:
    from zenhire_sync.warehouse.people import Figures, Found, Removal


READER_GRANTS = """\
create role zenhire_reader nologin;
grant connect on database {database} to zenhire_reader;
create schema if not exists {marts} authorization {owner};
grant usage on schema {marts} to zenhire_reader;
grant select on all tables in schema {marts} to zenhire_reader;
alter default privileges for role {owner} in schema {marts} grant select on tables to zenhire_reader;
-- then, for a person or a tool: grant zenhire_reader to NAME;"""


class Postgres:
    """``Warehouse`` over a database. Readers and runs do not disturb each other there."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def place(self) -> str:
        """The database and its host."""
        return place(self._settings)

    @contextmanager
    def exclusive(self, command: str) -> Iterator[None]:
        """The database's advisory lock, and that of the working folder on this machine."""
        with (
            exclusive(self._settings.state_dir, command),
            advisory_lock(self._settings, command),
        ):
            yield

    def undisturbed(self) -> AbstractContextManager[None]:
        """A run that starts meanwhile waits, ten seconds at most."""
        return shared_lock(self._settings)

    @contextmanager
    def glimpse(self) -> Iterator[Glimpse]:
        """What is committed, also while a run works."""
        with connected(self._settings) as connection:
            is_there = has_schema(connection, RAW_SCHEMA)
            reader = PostgresReader(connection, RAW_SCHEMA) if is_there else None
            yield Glimpse(reader, holder(connection))

    def raw_tables(self) -> frozenset[str] | None:
        """None when nothing was ever synced into the database. Raises WarehouseError."""
        with connected(self._settings) as connection:
            if not has_schema(connection, RAW_SCHEMA):
                return None
            require_known(self._settings, connection)
            sql = "select tablename from pg_tables where schemaname = %s"
            return frozenset(name for (name,) in query(connection, sql, [RAW_SCHEMA]))

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """A connection of its own. Raises WarehouseError when nothing was synced yet."""
        with self._reader(RAW_SCHEMA, "zenhire-sync sync") as reader:
            require_known(self._settings, reader.connection)
            yield reader

    def built(self) -> AbstractContextManager[Reader]:
        """The schema in which a build that ended well is kept."""
        return self._reader(BUILT_SCHEMA, "zenhire-sync build")

    def loading(self) -> AbstractContextManager[Loader]:
        """The raw tables, made where there are none."""
        from zenhire_sync.engines.postgres.loader import PostgresLoader

        return PostgresLoader(self._settings)

    @property
    def published_place(self) -> str:
        """The schema that readers know."""
        return published_place(self._settings)

    def is_published(self) -> bool:
        """Whether there is a publication."""
        with connected(self._settings) as connection:
            sql = "select 1 from pg_tables where schemaname = %s and tablename = 'publication'"
            return bool(query(connection, sql, [MARTS_SCHEMA]))

    def published(self) -> AbstractContextManager[Reader]:
        """What was published last."""
        return self._reader(MARTS_SCHEMA, "zenhire-sync publish")

    def dbt(self) -> DbtTarget:
        """A schema that nobody reads."""
        return dbt_target(self._settings)

    def switch_marts(self) -> None:
        """The schema of the build takes the place of the one before; readers know neither."""
        switch_marts(self._settings)

    def publish(self, *, now: datetime, as_built: bool, progress: Progress) -> PublishSummary:
        """All marts renewed in one transaction."""
        from zenhire_sync.engines.postgres.publishing import publish_marts

        return publish_marts(self._settings, now=now, as_built=as_built, progress=progress)

    def forget(self, found: Found, now: datetime, run_id: str) -> Removal:
        """One transaction; the server keeps the bytes until ``scrub``."""
        from zenhire_sync.engines.postgres.removal import remove_from_database

        return remove_from_database(self._settings, found, now, run_id)

    def scrub(self) -> None:
        """VACUUM FULL of the tables that held the person."""
        from zenhire_sync.engines.postgres.removal import rewrite_tables

        rewrite_tables(self._settings, RAW_SCHEMA)

    def scrub_published(self) -> None:
        """The same of the marts, whose old rows would stay until the server cleans up, and of files."""
        from zenhire_sync.engines.duckdb_file.publishing.parquet_snapshot import forget_previous_snapshots
        from zenhire_sync.engines.postgres.removal import rewrite_tables

        rewrite_tables(self._settings, MARTS_SCHEMA)
        forget_previous_snapshots(self._settings)

    def forgotten(self, now: datetime, files: Collection[str]) -> Figures:
        """Looks before it notes."""
        from zenhire_sync.engines.postgres.removal import DatabaseChanger
        from zenhire_sync.warehouse.forgetting import mark_finished
        from zenhire_sync.warehouse.people import read_figures

        with connected(self._settings, "erase") as connection:
            changing = DatabaseChanger(connection, RAW_SCHEMA)
            mark_finished(changing, now, files)
            return read_figures(changing)

    def reader_grants(self) -> str:
        """For an administrator to look at and to run: this program makes no roles."""
        with connected(self._settings, "check") as connection:
            [(owner, database)] = query(
                connection, "select quote_ident(current_user), quote_ident(current_database())"
            )
        return READER_GRANTS.format(owner=owner, database=database, marts=MARTS_SCHEMA)

    def findings(self) -> list[Finding]:
        """Whether the server lets us in, and what it holds."""
        return [server_finding(self._settings)]

    def ask(self, sql: str, most: int | None, *, raw: bool) -> QueryAnswer:
        """In a transaction that only reads."""
        return ask(self._settings, sql, most, RAW_SCHEMA if raw else MARTS_SCHEMA)

    def compact(self) -> dict[str, dict[str, int]]:
        """A server does it by itself. Raises ConfigurationError."""
        raise ConfigurationError("only a lake is compacted (--profile lake); a server does it by itself")

    def back_up(self, target: Path, *, replace: bool) -> Backup:  # noqa: ARG002 - the port's
        """Not here: a server has its own way. Raises ConfigurationError that tells it."""
        found = address(self._settings)
        database = found.get("dbname") or "DATABASE"
        raise ConfigurationError(
            "a PostgreSQL server is backed up by its own tools; only the raw tables cannot be made again: "
            f"pg_dump --format=custom --schema={RAW_SCHEMA} --file=zenhire.dump {database}"
        )

    @contextmanager
    def _reader(self, schema: str, remedy: str) -> Iterator[PostgresReader]:
        with ExitStack() as stack:
            connection = stack.enter_context(connected(self._settings))
            if not has_schema(connection, schema):
                raise WarehouseError(f"{self.place} has no schema {schema}; run `{remedy}` first")
            yield PostgresReader(connection, schema)
