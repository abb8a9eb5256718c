"""The table that tells a reader what is published: when, from what, by which version, how much."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from zenhire_schemas.publication import COLUMNS, GRAIN
from zenhire_sync.engines.duckdb_file.publishing.figures import AuditedTotals, BuiltFigures
from zenhire_sync.engines.duckdb_file.publishing.mart_copy import PUBLICATION
from zenhire_sync.engines.duckdb_file.quoting import COPY, identifier, literal, mart


def write_publication(
    connection: Any,
    built: BuiltFigures,
    totals: AuditedTotals,
    rows_by_table: dict[str, int],
    *,
    published_at: datetime,
) -> None:
    """Adds the table ``publication`` to the copy; the audit holds the marts to these totals."""
    target = mart(COPY, PUBLICATION)
    definitions = ", ".join(f"{identifier(name)} {kind}" for name, (kind, _) in COLUMNS.items())
    connection.execute(f"create table {target} ({definitions})")
    connection.execute(f"comment on table {target} is {literal(GRAIN)}")
    for name, (_, description) in COLUMNS.items():
        connection.execute(f"comment on column {target}.{identifier(name)} is {literal(description)}")
    # Without a zone, as all times of the marts: readers of every kind show them alike.
    times = (published_at, built.as_of, built.built_at, built.data_until, built.last_sync_finished_at)
    values = [
        *(time and time.astimezone(UTC).replace(tzinfo=None) for time in times),
        version("zenhire-sync"),
        built.sessions,
        totals.credits_charged,
        totals.negative_surveys,
        json.dumps(rows_by_table, sort_keys=True),
    ]
    places = ", ".join("?" for _ in values)
    connection.execute(f"insert into {target} values ({places})", values)  # noqa: S608 - own names
