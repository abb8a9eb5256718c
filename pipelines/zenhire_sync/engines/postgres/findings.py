"""Whether the server lets us in, may be written, and what is in it."""

from __future__ import annotations

from typing import Any

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_schemas.tables import RAW_TABLES
from zenhire_sync.engines.postgres.advisory_lock import holder
from zenhire_sync.engines.postgres.connecting import connected, place, query, require_own_session
from zenhire_sync.engines.postgres.layout import require_known
from zenhire_sync.errors import ConfigurationError, ZenhireError
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.finding import Finding, failed, ok, told, warning


def server_finding(settings: Settings) -> Finding:
    """One finding of the server; it changes nothing and makes nobody wait."""
    try:
        with connected(settings, "check") as connection:
            require_own_session(settings, connection)
            require_known(settings, connection)
            version = connection.info.parameter_status("server_version")
            where = f"{place(settings)}, PostgreSQL {version}"
            return _refusal(connection, where) or _contents(connection, where)
    except ZenhireError as error:
        is_configuration = isinstance(error, ConfigurationError)
        return failed("warehouse", *told(error), is_configuration=is_configuration)


def _refusal(connection: Any, where: str) -> Finding | None:
    """Why nothing can be written there; None when it can."""
    [(is_replica, may_create)] = query(
        connection, "select pg_is_in_recovery(), has_database_privilege(current_database(), 'create')"
    )
    if is_replica:
        found, advice = f"{where}: it is a replica", "name the primary"
    elif not may_create:
        found, advice = (
            f"{where}: this role may not make schemas",
            "grant it CREATE on the database; docs/postgres.md has the lines",
        )
    else:
        return None
    return failed("warehouse", found, advice, is_configuration=True)


def _contents(connection: Any, where: str) -> Finding:
    present = query(
        connection,
        "select table_name, column_name from information_schema.columns where table_schema = %s",
        [RAW_SCHEMA],
    )
    if not present:
        return ok("warehouse", f"{where}, nothing synced yet")
    missing = {(table.name, name) for table in RAW_TABLES for name in table.column_names} - set(present)
    if missing:
        table, name = min(missing)
        lacks = f"lacks {len(missing)} columns of this version, such as {table}.{name}"
        return warning("warehouse", f"{where}, {lacks}", "the next sync brings it up to date")
    [(sessions,)] = query(connection, f"select count(*) from {RAW_SCHEMA}.sessions")
    running = holder(connection)
    busy = "" if running is None else f", in use by {running}"
    return ok("warehouse", f"{where}, {sessions:,} sessions{busy}")
