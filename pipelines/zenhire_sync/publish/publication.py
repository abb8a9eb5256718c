"""The table that tells a reader what is published: when, from what, by which version, how much."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from zenhire_sync.publish.mart_copy import PUBLICATION
from zenhire_sync.publish.sql import COPY, WAREHOUSE, identifier, literal, mart, raw

GRAIN = "One row: what this file holds and how fresh it is."
COLUMNS = {
    "published_at": (
        "timestamp not null",
        "When this file was published (UTC); the run's --as-of where it had one.",
    ),
    "data_until": ("timestamp", "Time of the last sync that ended well (UTC); null before the first."),
    "last_sync_finished_at": (
        "timestamp",
        "Wall clock at its end (UTC); null before the first.",
    ),
    "program_version": ("varchar not null", "Version of zenhire-sync that published."),
    "sessions": ("bigint not null", "Sessions known, deleted ones included."),
    "credits_charged": ("bigint not null", "Credits charged by all sessions; equals credit_usage_daily."),
    "negative_surveys": ("bigint not null", "Flagged surveys; equals the rows of negative_feedback."),
    "rows_by_table": ("varchar not null", "JSON object: mart to its number of rows."),
}


@dataclass(frozen=True, slots=True)
class RawFigures:
    """What the raw tables say, which the marts must repeat."""

    data_until: datetime | None
    last_sync_finished_at: datetime | None
    sessions: int
    credits_charged: int
    negative_surveys: int


def read_raw_figures(connection: Any) -> RawFigures:
    """The figures of the raw tables; a failed sync does not count as fresh data."""
    latest = connection.execute(
        f"select as_of, finished_at from {raw('sync_runs')} where outcome <> 'failed'"  # noqa: S608 - own names
        " order by as_of desc, finished_at desc limit 1"
    ).fetchone()
    sessions, credit = connection.execute(
        f"select count(*), coalesce(sum(credit_charged), 0) from {raw('sessions')}"  # noqa: S608 - own names
    ).fetchone()
    (negative,) = connection.execute(
        f"select count(*) from {raw('session_feedback')} where flagged"  # noqa: S608 - own names
    ).fetchone()
    data_until, finished_at = (time.astimezone(UTC) for time in latest) if latest else (None, None)
    return RawFigures(data_until, finished_at, sessions, int(credit), negative)


def count_rows(connection: Any, tables: tuple[str, ...], catalog: str = WAREHOUSE) -> dict[str, int]:
    """Rows of each mart in the warehouse or in the copy."""
    counts = {}
    for table in tables:
        # Names come from the catalog and are quoted.
        (rows,) = connection.execute(f"select count(*) from {mart(catalog, table)}").fetchone()  # noqa: S608
        counts[table] = int(rows)
    return counts


def write_publication(
    connection: Any, figures: RawFigures, rows_by_table: dict[str, int], *, published_at: datetime
) -> None:
    """Adds the table ``publication`` to the copy."""
    target = mart(COPY, PUBLICATION)
    definitions = ", ".join(f"{identifier(name)} {kind}" for name, (kind, _) in COLUMNS.items())
    connection.execute(f"create table {target} ({definitions})")
    connection.execute(f"comment on table {target} is {literal(GRAIN)}")
    for name, (_, description) in COLUMNS.items():
        connection.execute(f"comment on column {target}.{identifier(name)} is {literal(description)}")
    # Without a zone, as all times of the marts: readers of every kind show them alike.
    times = (published_at, figures.data_until, figures.last_sync_finished_at)
    values = [
        *(time and time.astimezone(UTC).replace(tzinfo=None) for time in times),
        version("zenhire-sync"),
        figures.sessions,
        figures.credits_charged,
        figures.negative_surveys,
        json.dumps(rows_by_table, sort_keys=True),
    ]
    places = ", ".join("?" for _ in values)
    connection.execute(f"insert into {target} values ({places})", values)  # noqa: S608 - own names
