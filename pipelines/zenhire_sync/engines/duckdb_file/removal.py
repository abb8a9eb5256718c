"""Takes people out of the file, in one transaction, with everything that was made from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zenhire_schemas.names import MARTS_SCHEMA, RAW_SCHEMA
from zenhire_sync.engines.duckdb_file.opening import Connected
from zenhire_sync.warehouse.forgetting import remove_people
from zenhire_sync.warehouse.people import Found, Removal

# Made from the raw tables: built again without the person. The last one is where dlt stages its loads.
_DERIVED_SCHEMAS = (MARTS_SCHEMA, "zenhire_staging", f"{RAW_SCHEMA}_staging")


class FileChanger(Connected):
    """A connection that may change the raw tables."""

    def change(self, sql: str, *values: Any) -> int:
        """Runs a statement; returns how many rows it changed. Raises duckdb.Error."""
        answer = self.connection.execute(sql, list(values)).fetchall()
        return sum(int(rows) for (rows,) in answer)


def remove_from_file(connection: Any, found: Found, now: datetime, run_id: str) -> Removal:
    """Commits all of it or nothing. Raises WarehouseError when a figure would change."""
    connection.execute("begin transaction")
    try:
        done = remove_people(FileChanger(connection), found, now, run_id)
        for schema in _DERIVED_SCHEMAS:
            connection.execute(f"drop schema if exists {schema} cascade")
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
    return done
