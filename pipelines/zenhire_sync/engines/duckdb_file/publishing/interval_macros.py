"""95% intervals as macros in the published file, where it is opened read-only and locked as well."""

from __future__ import annotations

from typing import Any

from zenhire_sync.engines.duckdb_file.quoting import literal
from zenhire_sync.warehouse.intervals import interval_functions


def create_interval_macros(connection: Any, schema: str) -> None:
    """Makes them in a schema, named with its database."""
    for name, interval in interval_functions().items():
        parameters = ", ".join(interval.parameters)
        connection.execute(f"create macro {schema}.{name}({parameters}) as {interval.sql}")
        connection.execute(f"comment on macro {schema}.{name} is {literal(interval.meaning)}")
