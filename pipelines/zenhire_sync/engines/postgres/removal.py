"""Takes people out of the database, in one transaction, and has the server write the tables anew."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import psycopg2

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_sync.engines.postgres.connecting import connected, execute, query, transaction
from zenhire_sync.engines.postgres.dbt_target import BUILD_SCHEMA, BUILT_SCHEMA, STEPS_SCHEMA
from zenhire_sync.engines.postgres.reader import PostgresReader, placed
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.forgetting import remove_people
from zenhire_sync.warehouse.people import Found, Removal

log = logging.getLogger(__name__)

# Made from the raw tables: built again without the person. The last one is where dlt stages its loads.
_DERIVED_SCHEMAS = (BUILD_SCHEMA, STEPS_SCHEMA, BUILT_SCHEMA, f"{RAW_SCHEMA}_staging")


class DatabaseChanger(PostgresReader):
    """A connection that may change the raw tables."""

    def change(self, sql: str, *values: Any) -> int:
        """Runs a statement; returns how many rows it changed. Raises psycopg2.Error."""
        return execute(self.connection, placed(sql), list(values) or None)


def remove_from_database(settings: Settings, found: Found, now: datetime, run_id: str) -> Removal:
    """Commits all of it or nothing. Raises WarehouseError when a figure would change."""
    with connected(settings, "erase") as connection:
        changing = DatabaseChanger(connection, RAW_SCHEMA)
        with transaction(connection):
            done = remove_people(changing, found, now, run_id)
            for schema in _DERIVED_SCHEMAS:
                execute(connection, f"drop schema if exists {schema} cascade")
    return done


def rewrite_tables(settings: Settings, schema: str) -> None:
    """Leaves no byte of deleted rows in the tables of a schema. Raises WarehouseError.

    What the server has written beside them (its log, the log's archive, replicas, base backups) is its
    administrator's to clean: docs/postgres.md lists it.
    """
    with connected(settings, "erase") as connection:
        for (table,) in query(connection, "select tablename from pg_tables where schemaname = %s", [schema]):
            execute(connection, f'vacuum (full, analyze) {schema}."{table}"')
        _rewrite_statistics(connection)
        try:
            execute(connection, "checkpoint")
        except psycopg2.errors.InsufficientPrivilege:
            log.info("the server's next checkpoint writes the cleaned tables: this role may not ask for one")


def _rewrite_statistics(connection: Any) -> None:
    """The planner keeps values as examples, and those of before stay until its table is rewritten."""
    connection.notices.clear()
    execute(connection, "vacuum (full) pg_catalog.pg_statistic")
    if connection.notices:
        log.warning(
            "the planner's statistics may hold the person still: only the database's owner may rewrite them "
            "(vacuum full pg_catalog.pg_statistic)"
        )
