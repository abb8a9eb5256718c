"""What must hold in the file before its marts are published; ``warehouse.audit`` looks at the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_sync.engines.duckdb_file.quoting import WAREHOUSE
from zenhire_sync.errors import AuditError, WarehouseError


def require_nothing_pending(state_dir: Path) -> None:
    """Raises AuditError while a load of dlt is unfinished: its tables may be committed in part only."""
    pending = [
        package
        for stage in ("load/normalized", "load/new", "normalize/extracted")
        for depth in ("*", "*/*", "*/*/*")
        for package in state_dir.glob(f"{depth}/{stage}/*")
        if not package.name.startswith(".")
    ]
    if pending:
        raise AuditError(
            f"not published: a sync is unfinished ({len(pending)} load package(s) wait in {state_dir}); "
            "run `zenhire-sync sync` and `zenhire-sync build`, then publish again"
        )


def require_tables(connection: Any, *tables: str) -> None:
    """Raises WarehouseError unless these raw tables exist."""
    if missing := [name for name in sorted(tables) if not _exists(connection, RAW_SCHEMA, name)]:
        names = ", ".join(f"{RAW_SCHEMA}.{name}" for name in missing)
        raise WarehouseError(f"the warehouse has no {names}; run `zenhire-sync sync` first")


def _exists(connection: Any, schema: str, table: str) -> bool:
    query = "select count(*) from duckdb_tables() where (database_name, schema_name, table_name) = (?, ?, ?)"
    (found,) = connection.execute(query, [WAREHOUSE, schema, table]).fetchone()
    return bool(found)
