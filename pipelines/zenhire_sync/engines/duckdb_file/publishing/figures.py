"""What the marts of the warehouse say of themselves, and what the raw tables say that they must repeat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from zenhire_schemas.tables import MARTS_SCHEMA, RAW_SCHEMA
from zenhire_sync.engines.duckdb_file.opening import Connected
from zenhire_sync.engines.duckdb_file.publishing.views import FRESHNESS
from zenhire_sync.engines.duckdb_file.quoting import WAREHOUSE, mart, raw
from zenhire_sync.errors import AuditError
from zenhire_sync.warehouse.good_runs import good_runs

_TIMES = ("as_of", "built_at", "data_until", "last_sync_finished_at")


@dataclass(frozen=True, slots=True)
class AuditedTotals:
    """Credits charged by all sessions, and flagged surveys; ``of`` says where they were counted."""

    of: str
    credits_charged: int
    negative_surveys: int


@dataclass(frozen=True, slots=True)
class BuiltFigures:
    """What the marts hold, as the facts among them tell. Times are UTC; None before the first good sync."""

    as_of: datetime
    built_at: datetime
    data_until: datetime | None
    last_sync_finished_at: datetime | None
    sessions: int
    totals: AuditedTotals


@dataclass(frozen=True, slots=True)
class RawFigures:
    """What the raw tables hold now; a failed sync does not count as fresh data."""

    data_until: datetime | None
    last_sync_finished_at: datetime | None
    totals: AuditedTotals


def read_built_figures(connection: Any) -> BuiltFigures:
    """The figures of the marts, however much was synced since.

    Raises AuditError when the marts do not tell, because an earlier version made them.
    """
    known = connection.execute(
        "select column_name from duckdb_columns() where (database_name, schema_name, table_name) = (?, ?, ?)",
        [WAREHOUSE, MARTS_SCHEMA, FRESHNESS],
    ).fetchall()
    if missing := sorted(set(_TIMES) - {name for (name,) in known}):
        raise AuditError(
            f"not published: {FRESHNESS} has no {missing[0]}, an earlier version made the marts; "
            "run `zenhire-sync build`, then publish again"
        )
    times = connection.execute(
        f"select {', '.join(_TIMES)} from {mart(WAREHOUSE, FRESHNESS)} limit 1"  # noqa: S608 - own names
    ).fetchone()
    if times is None:
        raise AuditError(f"not published: {FRESHNESS} is empty; run `zenhire-sync build`, then publish again")
    as_of, built_at, until, finished_at = times
    sessions, credit = connection.execute(
        f"select count(*), coalesce(sum(credits_charged), 0) from {mart(WAREHOUSE, 'fct_sessions')}"  # noqa: S608
    ).fetchone()
    (negative,) = connection.execute(
        f"select count(*) from {mart(WAREHOUSE, 'fct_feedback')} where is_negative"  # noqa: S608 - own names
    ).fetchone()
    totals = AuditedTotals("fact", int(credit), int(negative))
    return BuiltFigures(
        as_of=_utc(as_of),
        built_at=_utc(built_at),
        data_until=until and _utc(until),
        last_sync_finished_at=finished_at and _utc(finished_at),
        sessions=int(sessions),
        totals=totals,
    )


def read_raw_figures(connection: Any) -> RawFigures:
    """The figures of the raw tables."""
    connection.execute(f"use {WAREHOUSE}.{RAW_SCHEMA}")
    runs = good_runs(Connected(connection))
    connection.execute("use memory.main")
    (credit,) = connection.execute(
        f"select coalesce(sum(credit_charged), 0) from {raw('sessions')}"  # noqa: S608 - own names
    ).fetchone()
    (negative,) = connection.execute(
        f"select count(*) from {raw('session_feedback')} where flagged"  # noqa: S608 - own names
    ).fetchone()
    totals = AuditedTotals("raw", int(credit), int(negative))
    return RawFigures(runs.data_until, runs.finished_at, totals)


def count_rows(connection: Any, tables: tuple[str, ...], catalog: str = WAREHOUSE) -> dict[str, int]:
    """Rows of each mart in the warehouse or in the copy."""
    counts = {}
    for table in tables:
        # Names come from the catalog and are quoted.
        (rows,) = connection.execute(f"select count(*) from {mart(catalog, table)}").fetchone()  # noqa: S608
        counts[table] = int(rows)
    return counts


def _utc(time: datetime) -> datetime:
    # Times of the marts are UTC without a zone.
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
