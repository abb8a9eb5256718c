"""Whether the server lets us in, may be written, and what is in it."""

from __future__ import annotations

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_schemas.tables import RAW_TABLES
from zenhire_sync.engines.postgres.advisory_lock import holder
from zenhire_sync.engines.postgres.connecting import connected, place, query, require_own_session
from zenhire_sync.engines.postgres.layout import require_known
from zenhire_sync.errors import ConfigurationError, ZenhireError
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.finding import Finding, failed, ok, told, warning

OLDEST_VERSION = 14_00_00


def server_finding(settings: Settings) -> Finding:
    """One finding of the server; it changes nothing and makes nobody wait."""
    try:
        with connected(settings, "check") as connection:
            require_own_session(settings, connection)
            require_known(settings, connection)
            version = f"PostgreSQL {connection.info.parameter_status('server_version')}"
            where = f"{place(settings)}, {version}"
            if connection.info.server_version < OLDEST_VERSION:
                return failed("warehouse", where, "PostgreSQL 14 or later is needed", is_configuration=True)
            [(is_replica, may_create)] = query(
                connection,
                "select pg_is_in_recovery(), has_database_privilege(current_database(), 'create')",
            )
            if is_replica:
                return failed(
                    "warehouse", f"{where}: it is a replica", "name the primary", is_configuration=True
                )
            running = holder(connection)
            columns = query(
                connection,
                "select table_name, column_name from information_schema.columns where table_schema = %s",
                [RAW_SCHEMA],
            )
            if not columns and not may_create:
                return failed(
                    "warehouse",
                    f"{where}: this role may not make schemas",
                    "grant it CREATE on the database; docs/postgres.md has the lines",
                    is_configuration=True,
                )
            if not columns:
                return ok("warehouse", f"{where}, nothing synced yet")
            missing = {(t.name, name) for t in RAW_TABLES for name in t.column_names} - set(columns)
            if missing:
                table, name = min(missing)
                lacks = f"lacks {len(missing)} columns of this version, such as {table}.{name}"
                return warning("warehouse", f"{where}, {lacks}", "the next sync brings it up to date")
            [(sessions,)] = query(connection, f"select count(*) from {RAW_SCHEMA}.sessions")
            busy = "" if running is None else f", in use by {running}"
            return ok("warehouse", f"{where}, {sessions:,} sessions{busy}")
    except ConfigurationError as error:
        return failed("warehouse", *told(error), is_configuration=True)
    except ZenhireError as error:
        return failed("warehouse", *told(error))
