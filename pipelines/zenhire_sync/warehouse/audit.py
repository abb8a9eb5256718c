"""What must hold before marts are published: what they say of themselves, beside what the raw tables say.

Asked through a ``Reader`` whose bare names are marts, or raw tables: the same on every engine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from zenhire_sync.errors import AuditError
from zenhire_sync.warehouse.good_runs import good_runs
from zenhire_sync.warehouse.port import PublishSummary, Reader

PUBLICATION = "publication"
FRESHNESS = "sync_freshness"
# What of it does not change after the build. A view over another view would not survive EXPORT DATABASE,
# which writes views by name and not in the order in which they need each other.
FRESHNESS_FACTS = "sync_freshness_facts"
STALE_AFTER_HOURS = 36
CREDIT_MART = "credit_usage_daily"
SURVEY_MART = "negative_feedback"
_FACTS = ("fct_sessions", "fct_feedback")
_TIMES = ("as_of", "built_at", "data_until", "last_sync_finished_at")
_REMEDY = "what is published stays as it was; run `zenhire-sync build`, then publish again"


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


@dataclass(frozen=True, slots=True)
class Audited:
    """Marts that may be published: what they hold, the totals that a copy must repeat, and rows by mart."""

    built: BuiltFigures
    totals: AuditedTotals
    rows_by_table: Mapping[str, int]

    def summary(
        self, *, place: str, parquet_path: Path | None, size: int, published_at: datetime
    ) -> PublishSummary:
        """What is told of them once they are published; ``size`` is in bytes."""
        return PublishSummary(
            place=place,
            parquet_path=parquet_path,
            bytes=size,
            rows_by_table=self.rows_by_table,
            published_at=published_at,
            as_of=self.built.as_of,
            data_until=self.built.data_until,
            credits_charged=self.totals.credits_charged,
            negative_surveys=self.totals.negative_surveys,
        )


def audited(
    marts: Callable[[], Reader], raw: Callable[[], Reader], tables: Collection[str], *, as_built: bool
) -> Audited:
    """The marts of these names, held against the raw tables unless they are published ``as_built``.

    Each reader is made when the one before has answered: both may be one connection.

    Raises AuditError when a main mart is missing, or when a sync ended well that the marts do not hold.
    """
    require_main_marts(tables)
    reader = marts()
    built, rows = read_built_figures(reader), count_rows(reader, tables)
    known = read_raw_figures(raw())
    if not as_built:
        require_newest(built, known)
    # Of marts that lag behind, the raw tables tell no totals.
    return Audited(built, built.totals if as_built else known.totals, rows)


def has_mart(marts: Reader, name: str) -> bool:
    """Whether there is a mart of that name: an earlier version made fewer."""
    sql = (
        "select 1 from information_schema.tables where table_catalog = current_database()"
        " and table_schema = current_schema() and table_name = ?"
    )
    return bool(marts.rows(sql, name))


def read_built_figures(marts: Reader) -> BuiltFigures:
    """The figures of the marts, however much was synced since.

    Raises AuditError when the marts do not tell, because an earlier version made them.
    """
    is_there = has_mart(marts, FRESHNESS)
    rows = marts.rows(f"select * from {FRESHNESS} limit 1") if is_there else []  # noqa: S608 - own name
    if not rows:
        raise AuditError(f"not published: there is no {FRESHNESS}, or it is empty; {_REMEDY}")
    [told] = rows
    if missing := sorted(set(_TIMES) - set(told)):
        raise AuditError(
            f"not published: {FRESHNESS} has no {missing[0]}, an earlier version made the marts; "
            "run `zenhire-sync build`, then publish again"
        )
    [facts] = marts.rows(
        "select count(*) as sessions, coalesce(sum(credits_charged), 0) as credits from fct_sessions"
    )
    [surveys] = marts.rows("select count(*) as negative from fct_feedback where is_negative")
    return BuiltFigures(
        as_of=_utc(told["as_of"]),
        built_at=_utc(told["built_at"]),
        data_until=told["data_until"] and _utc(told["data_until"]),
        last_sync_finished_at=told["last_sync_finished_at"] and _utc(told["last_sync_finished_at"]),
        sessions=int(facts["sessions"]),
        totals=AuditedTotals("fact", int(facts["credits"]), int(surveys["negative"])),
    )


def read_raw_figures(raw: Reader) -> RawFigures:
    """The figures of the raw tables."""
    runs = good_runs(raw)
    [sessions] = raw.rows("select coalesce(sum(credit_charged), 0) as credits from sessions")
    [surveys] = raw.rows("select count(*) as negative from session_feedback where flagged")
    totals = AuditedTotals("raw", int(sessions["credits"]), int(surveys["negative"]))
    return RawFigures(runs.data_until, runs.finished_at, totals)


def count_rows(marts: Reader, tables: Collection[str]) -> dict[str, int]:
    """Rows of each mart."""
    counts = {}
    for table in tables:
        name = '"' + table.replace('"', '""') + '"'
        # Names come from the catalog and are quoted.
        [row] = marts.rows(f"select count(*) as total from {name}")  # noqa: S608
        counts[table] = int(row["total"])
    return counts


def require_main_marts(tables: Collection[str]) -> None:
    """Raises AuditError unless the marts that the others stand on are there."""
    if missing := sorted({CREDIT_MART, SURVEY_MART, *_FACTS} - set(tables)):
        raise AuditError(f"not published: the mart {' and '.join(missing)} is missing; {_REMEDY}")


def require_newest(built: BuiltFigures, raw: RawFigures) -> None:
    """Raises AuditError when a sync ended well that the marts do not hold: no build followed it."""
    if _is_before(built.data_until, raw.data_until) or _is_before(
        built.last_sync_finished_at, raw.last_sync_finished_at
    ):
        ended = f"{raw.last_sync_finished_at:%Y-%m-%d %H:%M} UTC"
        raise AuditError(
            f"not published: the marts are older than the sync that ended at {ended}; {_REMEDY},"
            " or `zenhire-sync publish --as-built` to publish them as they are"
        )


def audit_copy(copy: Reader, expected: AuditedTotals, rows_by_table: Mapping[str, int]) -> None:
    """Compares what readers would see with the totals that it must repeat, and with the marts as built.

    Raises AuditError with every difference and its two numbers, in one line.
    """
    copied = count_rows(copy, rows_by_table)
    flagged = expected.negative_surveys
    [daily] = copy.rows(f"select coalesce(sum(credits_charged), 0) as credits from {CREDIT_MART}")  # noqa: S608
    credit = int(daily["credits"])
    differences = [
        f"{table} has {copied[table]} rows, {rows} in the warehouse"
        for table, rows in rows_by_table.items()
        if copied[table] != rows
    ]
    if credit != expected.credits_charged:
        differences.append(
            f"{CREDIT_MART} adds up to {credit} credits,"
            f" the {expected.of} sessions to {expected.credits_charged}"
        )
    if copied[SURVEY_MART] != flagged:
        differences.append(
            f"{SURVEY_MART} has {copied[SURVEY_MART]} rows, {flagged} {expected.of} surveys are flagged"
        )
    if differences:
        raise AuditError(f"not published: {'; '.join(differences)}; {_REMEDY}")


def _is_before(shown: datetime | None, known: datetime | None) -> bool:
    return known is not None and (shown is None or shown < known)


def _utc(time: datetime) -> datetime:
    # Times of the marts are UTC without a zone.
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
