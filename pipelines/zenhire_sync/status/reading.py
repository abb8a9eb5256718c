"""What the warehouse and the publication tell of how things stand."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from zenhire_schemas.names import MARTS_SCHEMA, RAW_SCHEMA
from zenhire_sync.errors import WarehouseError
from zenhire_sync.rows.reasons import kind_of
from zenhire_sync.status.facts import (
    Erasure,
    ErasureCounts,
    MeasuredAccuracy,
    Publication,
    Raw,
    RejectedRow,
    Run,
    SetAside,
)
from zenhire_sync.warehouse.good_runs import good_runs
from zenhire_sync.warehouse.moved_figures import moved_figures
from zenhire_sync.warehouse.port import Reader

RUNS_SHOWN = 5
_REASONS_SHOWN = 5
_ERASURES_SHOWN = 5


def read_raw(
    reader: Reader, *, runs: int = RUNS_SHOWN, with_rejected: bool = False, is_running: bool = False
) -> Raw | None:
    """What the warehouse tells, with the last ``runs``; None when nothing was synced yet.

    ``is_running`` says that a run works now: the one that has not ended is not among those shown.

    Raises WarehouseError when it cannot be read.
    """
    tables = _tables(reader, RAW_SCHEMA)
    if not {"sync_runs", "rejected_rows"} <= tables:
        return None
    good = good_runs(reader)
    return Raw(
        _runs(reader, runs, is_running=is_running),
        _seconds(good.data_until),
        _seconds(good.finished_at),
        _set_aside(reader),
        _erasures(reader, tables),
        _rejected(reader) if with_rejected else None,
    )


def read_publication(reader: Reader, place: Any) -> Publication:
    """What is published at a place. Raises WarehouseError when it was not published by this program."""
    columns = "select column_name from information_schema.columns where table_schema = ? and table_name = ?"
    names = reader.rows(columns, MARTS_SCHEMA, "publication")
    if not names:
        raise WarehouseError(
            f"{place} was not published by zenhire-sync; run `zenhire-sync publish` to replace it"
        )
    [row] = reader.rows(f"select * from {MARTS_SCHEMA}.publication")  # noqa: S608 - our own name
    return Publication(
        published_at=_seconds_utc(row["published_at"]),
        data_until=_seconds(row["data_until"]),
        # A file of an earlier version does not tell.
        last_sync_finished_at=_seconds(row.get("last_sync_finished_at")),
        marts=len(json.loads(row["rows_by_table"])),
        sessions=row["sessions"],
        credits_charged=row["credits_charged"],
        negative_surveys=row["negative_surveys"],
        accuracy=_accuracy(reader),
        # A file of an earlier version has no such mart.
        moved=moved_figures(reader) if "restatements" in _tables(reader, MARTS_SCHEMA) else None,
        oldest_verified_at=_oldest_verified_at(reader),
    )


def _oldest_verified_at(reader: Reader) -> datetime | None:
    """When the session was seen that was not seen for longest; a file of an earlier version does not tell."""
    columns = "select column_name from information_schema.columns where table_schema = ? and table_name = ?"
    names = {row["column_name"] for row in reader.rows(columns, MARTS_SCHEMA, "fct_sessions")}
    if "last_verified_at" not in names:
        return None
    sql = f"select min(last_verified_at) as seen_at from {MARTS_SCHEMA}.fct_sessions where not is_deleted"  # noqa: S608
    [row] = reader.rows(sql)
    return _seconds(row["seen_at"])


def _accuracy(reader: Reader) -> MeasuredAccuracy | None:
    """That of the newest samples; a file of an earlier version has none."""
    if "sync_accuracy" not in _tables(reader, MARTS_SCHEMA):
        return None
    sql = f"""
        select window_end_date, compared_sessions, differing_sessions,
            cast(differing_rate_high as double precision) as differing_rate_high
        from {MARTS_SCHEMA}.sync_accuracy where stratum = 'all' and field = 'any'
        order by window_end_date desc nulls last limit 1
    """  # noqa: S608 - our own name
    return next((MeasuredAccuracy(**row) for row in reader.rows(sql)), None)


def _tables(reader: Reader, schema: str) -> set[str]:
    sql = "select table_name from information_schema.tables where table_schema = ?"
    return {row["table_name"] for row in reader.rows(sql, schema)}


def _runs(reader: Reader, most: int, *, is_running: bool) -> tuple[Run, ...]:
    """The last runs that ended; one that did not, while none works now, was killed."""
    sql = """
        select started_at, finished_at, run_id, command, sessions_listed, requests, rejected, error,
            case when outcome = 'running' then 'killed' else outcome end as outcome
        from sync_runs where outcome <> 'running' or cast(? as boolean)
        order by finished_at desc nulls last, run_id desc limit ?
    """
    return tuple(Run(**_in_seconds(row)) for row in reader.rows(sql, not is_running, most))


def _set_aside(reader: Reader) -> SetAside:
    sql = """
        select reason, count(*) as rows_aside, min(first_seen_at) as oldest_at
        from rejected_rows where healed_at is null group by reason
    """
    rows = reader.rows(sql)
    kinds: Counter[str] = Counter()
    for row in rows:
        kinds[kind_of(row["reason"])] += row["rows_aside"]
    return SetAside(
        rows=kinds.total(),
        oldest_at=_seconds(min((row["oldest_at"] for row in rows), default=None)),
        by_reason=tuple(sorted(kinds.items(), key=lambda item: (-item[1], item[0]))[:_REASONS_SHOWN]),
    )


def _rejected(reader: Reader) -> tuple[RejectedRow, ...]:
    sql = """
        select session_id, endpoint, reason, first_seen_at, seen_at, request_id
        from rejected_rows where healed_at is null order by first_seen_at, session_id
    """
    return tuple(
        RejectedRow(
            row["session_id"],
            row["endpoint"],
            kind_of(row["reason"]),
            _seconds_utc(row["first_seen_at"]),
            _seconds_utc(row["seen_at"]),
            row["request_id"],
        )
        for row in reader.rows(sql)
    )


def _erasures(reader: Reader, tables: set[str]) -> ErasureCounts:
    """An older version made no such table, or only the first of the two."""
    if "erased_sessions" not in tables:
        return ErasureCounts(0, ())
    sql = "select session_id, finished_at is null as is_open from erased_sessions order by session_id"
    rows = reader.rows(sql)
    unfinished = tuple(row["session_id"] for row in rows if row["is_open"])
    if "erasures" not in tables:
        return ErasureCounts(len(rows), unfinished)
    [counted] = reader.rows("select count(*) as runs from erasures")
    sql = """
        select run_id, erased_at, finished_at, asked_by, sessions
        from erasures order by erased_at desc nulls last, run_id desc limit ?
    """
    last = (Erasure(*_in_seconds(row).values()) for row in reader.rows(sql, _ERASURES_SHOWN))
    return ErasureCounts(len(rows), unfinished, counted["runs"], tuple(last))


def _in_seconds(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _seconds(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _seconds(time: datetime | None) -> datetime | None:
    return None if time is None else _seconds_utc(time)


def _seconds_utc(time: datetime) -> datetime:
    """Whole seconds, UTC; times of the marts are without a zone."""
    aware = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return aware.replace(microsecond=0)
