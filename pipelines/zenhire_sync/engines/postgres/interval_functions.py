"""95% intervals as functions beside the published marts, for every reader of these."""

from __future__ import annotations

from typing import Any

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_sync.engines.postgres.connecting import execute
from zenhire_sync.warehouse.intervals import interval_functions


def create_interval_functions(connection: Any) -> None:
    """Makes them, or renews them in place: a team's views that use one go on."""
    for name, interval in interval_functions().items():
        # A sum of whole numbers is a numeric here, which is taken for a double, and not for a whole number.
        parameters = ", ".join(f"{parameter} double precision" for parameter in interval.parameters)
        kinds = ", ".join("double precision" for _ in interval.parameters)
        execute(
            connection,
            f"create or replace function {MARTS_SCHEMA}.{name}({parameters}) returns numeric"
            f" language sql immutable parallel safe as $$ select {interval.sql} $$",
        )
        function = f"function {MARTS_SCHEMA}.{name}({kinds})"
        execute(connection, f"comment on {function} is %s", [interval.meaning])
        # Where a server gives nobody a new function by default.
        execute(connection, f"grant execute on {function} to public")
