"""The table that tells a reader what is published: when, from what, by which version, how much."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from zenhire_sync.engines.duckdb_file.names import COPY, identifier, literal, mart
from zenhire_sync.engines.duckdb_file.publishing.figures import BuiltFigures, Totals
from zenhire_sync.engines.duckdb_file.publishing.mart_copy import PUBLICATION

GRAIN = "One row: what this file holds and how fresh it is."
COLUMNS = {
    "published_at": ("timestamp not null", "Wall clock when this file was made to be swapped in (UTC)."),
    "as_of": (
        "timestamp not null",
        "Time that the marts were built for (UTC): their build's --as-of where it had one.",
    ),
    "built_at": ("timestamp not null", "Wall clock at the start of the build that made the marts (UTC)."),
    "data_until": (
        "timestamp",
        "Time of the last sync that ended well and is in the marts (UTC); null before the first.",
    ),
    "last_sync_finished_at": ("timestamp", "Wall clock at that sync's end (UTC); null before the first."),
    "program_version": ("varchar not null", "Version of zenhire-sync that published."),
    "sessions": ("bigint not null", "Sessions in fct_sessions, deleted ones included."),
    "credits_charged": ("bigint not null", "Credits charged by all sessions; equals credit_usage_daily."),
    "negative_surveys": ("bigint not null", "Flagged surveys; equals the rows of negative_feedback."),
    "rows_by_table": ("varchar not null", "JSON object: mart to its number of rows."),
}


def write_publication(
    connection: Any,
    built: BuiltFigures,
    totals: Totals,
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
