"""What was published of each session, kept in the raw tables: the next build compares its figures with it.

Recorded once readers see it. A run that is killed in between has published what the next build takes for
news still: it tells the same differences, under its own id, and none is lost or told twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa

from zenhire_schemas.tables import PUBLISHED_BUILDS, PUBLISHED_SESSIONS, YOUNG_TABLES
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.audit import has_mart
from zenhire_sync.warehouse.port import Loader, Reader, RestatedCredits, Warehouse
from zenhire_sync.warehouse.spool import SPOOL_BYTES, Spool, SpooledTable
from zenhire_sync.whole_files import private_folder

# Up to here rows are added one by one, which costs less than a load.
_FEW_ROWS = 100
_CHANGES = """
    select session_id, build_id, facts_mark, started, credits_cause, interview_cause, survey_cause,
        was_project_key, cast(was_month_start_date as varchar) as was_month,
        was_credits_charged as was_credits, was_interview_sec, was_interviews, was_surveys,
        was_negative_surveys, project_key, cast(month_start_date as varchar) as month,
        credits_charged as credits, interview_sec, interviews, surveys, negative_surveys, is_deleted
    from session_changes
"""
_RESTATED_CREDITS = """
    select month_start_date, cause, sum(difference) as credits from restatements
    where build_id = ? and figure = 'credits_charged'
    group by month_start_date, cause order by month_start_date, cause
"""


def record_published(
    warehouse: Warehouse, settings: Settings, now: datetime
) -> tuple[int, tuple[RestatedCredits, ...]]:
    """Records the marts of the last build as published; returns its restatements, and those in credits.

    Under the lock. Records nothing when that build is recorded already. Raises WarehouseError.
    """
    with warehouse.built() as marts:
        if not has_mart(marts, "session_changes"):
            # An earlier version made the marts: the next build compares with what it had published before.
            return 0, ()
        build = _build(marts, now)
        restated = _restated(marts, build["build_id"])
    if _is_recorded(warehouse, build["build_id"]):
        return restated
    # Not in the folder of a load's own files, which is emptied when one begins.
    with private_folder(settings.state_dir, "published") as folder:
        with warehouse.built() as marts:
            told = list(_pieces(marts, folder))
        with warehouse.loading() as loader:
            _record(loader, build, told)
    return restated


def _restated(marts: Reader, build_id: str) -> tuple[int, tuple[RestatedCredits, ...]]:
    [row] = marts.rows("select count(*) as restated from restatements where build_id = ?", build_id)
    credit = marts.rows(_RESTATED_CREDITS, build_id)
    return row["restated"], tuple(
        RestatedCredits(found["month_start_date"], found["cause"], int(found["credits"])) for found in credit
    )


def _build(marts: Reader, now: datetime) -> dict[str, Any]:
    [row] = marts.rows("select distinct build_id, built_at, as_of, data_until from sync_freshness")
    until = row["data_until"] and min(_utc(row["as_of"]), _utc(row["data_until"]))
    return {
        "build_id": row["build_id"],
        "built_at": _utc(row["built_at"]),
        "known_until": until,
        "recorded_at": now.astimezone(UTC),
    }


def _is_recorded(warehouse: Warehouse, build_id: str) -> bool:
    if not (warehouse.raw_tables() or frozenset()) >= YOUNG_TABLES:
        return False
    with warehouse.reading() as raw:
        return bool(raw.rows("select 1 from published_builds where build_id = ?", build_id))


def _record(loader: Loader, build: dict[str, Any], told: list[SpooledTable]) -> None:
    # A run that was killed here has written some of them.
    [there] = loader.rows(
        "select count(*) as rows_there from published_sessions where build_id = ?", build["build_id"]
    )
    is_new = not there["rows_there"]
    for piece in told:
        if is_new and piece.num_rows <= _FEW_ROWS:
            loader.add(PUBLISHED_SESSIONS.name, _read(piece))
        else:
            loader.load_files({PUBLISHED_SESSIONS.name: piece}, are_new=is_new)
    # Last: rows of a build that is not here do not count.
    schema = PUBLISHED_BUILDS.arrow_schema()
    loader.add(PUBLISHED_BUILDS.name, pa.Table.from_pylist([build], schema=schema))


def _read(piece: SpooledTable) -> pa.Table:
    import pyarrow.parquet as pq

    return pq.ParquetFile(piece.path).read()


def _pieces(marts: Reader, folder: Path) -> Iterator[SpooledTable]:
    """Closed files, each as large as a load may be."""
    places = count()
    spool = Spool(folder / str(next(places)), SPOOL_BYTES)
    schema = PUBLISHED_SESSIONS.arrow_schema()
    for batch in marts.stream(_CHANGES):
        if batch.num_rows:
            rows = pa.Table.from_batches([batch]).select(schema.names).cast(schema)
            spool.add({PUBLISHED_SESSIONS.name: rows})
        if spool.is_full():
            yield from spool.take().values()
            spool = Spool(folder / str(next(places)), SPOOL_BYTES)
    yield from spool.take().values()


def _utc(time: datetime) -> datetime:
    # Times of the marts are UTC without a zone.
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
