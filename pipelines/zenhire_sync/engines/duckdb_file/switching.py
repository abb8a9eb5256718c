"""Marts that dbt has built in a file of their own take the place of the old ones, all of them at once."""

from __future__ import annotations

from pathlib import Path

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_sync.engines.duckdb_file.opening import open_to_change
from zenhire_sync.engines.duckdb_file.quoting import WAREHOUSE, literal, mart
from zenhire_sync.engines.duckdb_file.table_copy import copy_table, tables_in
from zenhire_sync.settings import Settings
from zenhire_sync.whole_files import private_folder

_BUILT = "built"
# What versions that built in the warehouse itself had there beside the marts.
_OLD_STEPS = "zenhire_staging"


def build_path(settings: Settings) -> Path:
    """The file in which dbt builds; it is there while a build works, and after one that failed."""
    return settings.state_dir.resolve() / "dbt" / "build.duckdb"


def remove_built(settings: Settings) -> None:
    """Removes what a build has left. Raises OSError."""
    path = build_path(settings)
    for file in (path, path.with_name(f"{path.name}.wal")):
        file.unlink(missing_ok=True)


def switch_marts(settings: Settings) -> None:
    """Puts the marts that were built in the place of the old, in one transaction. Raises WarehouseError."""
    with (
        private_folder(settings.state_dir, "spill") as spill,
        open_to_change(
            settings.warehouse_path, memory_limit=settings.memory_limit, spill=spill
        ) as connection,
    ):
        connection.execute(f"attach {literal(str(build_path(settings)))} as {_BUILT} (read_only)")
        connection.execute("begin transaction")
        connection.execute(f"drop schema if exists {WAREHOUSE}.{_OLD_STEPS} cascade")
        connection.execute(f"create schema if not exists {WAREHOUSE}.{MARTS_SCHEMA}")
        # Tables of somebody's own beside them are left alone.
        for table in tables_in(connection, _BUILT):
            connection.execute(f"drop table if exists {mart(WAREHOUSE, table)}")
            copy_table(connection, table, source=_BUILT, target=WAREHOUSE)
        connection.execute("commit")
    remove_built(settings)
