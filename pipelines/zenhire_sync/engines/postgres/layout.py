"""Which version of the program wrote the raw tables."""

from __future__ import annotations

from typing import Any

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_sync.engines.postgres.connecting import place, query
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.shape import require_known_layout


def require_known(settings: Settings, connection: Any) -> None:
    """Raises ConfigurationError for a warehouse that a newer version wrote."""
    has_layout = query(
        connection,
        "select 1 from information_schema.columns where table_schema = %s and table_name = 'sync_runs'"
        " and column_name = 'layout'",
        [RAW_SCHEMA],
    )
    if has_layout:
        [(written,)] = query(connection, f"select max(layout) from {RAW_SCHEMA}.sync_runs")
        require_known_layout(written, place(settings))
