"""Whether the warehouse opens, who made it, and what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zenhire_schemas.tables import RAW_SCHEMA, RAW_TABLES
from zenhire_sync.engines.duckdb_file.opening import InUseError, opened
from zenhire_sync.errors import ZenhireError
from zenhire_sync.lock import look
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.finding import Finding, failed, ok, told, warning


def warehouse_finding(settings: Settings) -> Finding:
    """Whether the warehouse opens, who made it and what is in it. Never disturbs a run."""
    path = settings.warehouse_path
    try:
        with look(settings.state_dir) as holder:
            if holder is not None:
                return ok("warehouse", f"in use by {holder}; not looked into")
            if not path.is_file():
                return ok("warehouse", f"{path} will be made by the first run")
            with opened(path, "restore a backup, or move it away and run `zenhire-sync sync`") as connection:
                return _contents(path, connection)
    except InUseError as error:
        return failed("warehouse", f"{path} is open in {error}", "close it there: no run can get past it")
    except ZenhireError as error:
        return failed("warehouse", *told(error))


def _contents(path: Path, connection: Any) -> Finding:
    present = set(
        connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = ?",
            [RAW_SCHEMA],
        ).fetchall()
    )
    [(tags, version)] = connection.execute(
        "select tags, version() from duckdb_databases() where database_name = current_database()"
    ).fetchall()
    made_for = f"storage {tags.get('storage_version', '?')}, opened with DuckDB {version}"
    missing = {(table.name, name) for table in RAW_TABLES for name in table.column_names} - present
    if not present:
        return ok("warehouse", f"{path}, {made_for}, nothing synced yet")
    if missing:
        table, name = min(missing)
        return warning(
            "warehouse",
            f"{path}, {made_for}, lacks {len(missing)} columns of this version, such as {table}.{name}",
            "the next sync brings it up to date",
        )
    connection.execute(f"use {RAW_SCHEMA}")
    [(sessions,)] = connection.execute("select count(*) from sessions").fetchall()
    return ok("warehouse", f"{path}, {made_for}, {sessions:,} sessions")
