"""How long after the interview surveys came, as the warehouse has it."""

from __future__ import annotations

from datetime import datetime, timedelta

from zenhire_sync.plan.ladder import Delays
from zenhire_sync.warehouse.port import Reader

# Recent habits are what the next nights meet.
_LATEST = timedelta(days=400)
_HOURS = "greatest(0, ceil(extract(epoch from ({} - completed_at)) / 3600))"


def read_survey_delays(reader: Reader, now: datetime) -> Delays:
    """Of sessions that ended in the last 400 days and were looked at. Raises WarehouseError.

    A survey that does not say when it was submitted was there when it was found.
    """
    answered = f"""
        select cast({_HOURS.format("coalesce(f.submitted_at, s.detail_checked_at)")} as bigint) as hours,
            count(*) as sessions
        from sessions s join session_feedback f on f.session_id = s.id
        where s.status = 'completed' and s.completed_at > ? and s.detail_checked_at is not null
        group by 1
    """  # noqa: S608
    unanswered = f"""
        select cast({_HOURS.format("s.detail_checked_at")} as bigint) as hours, count(*) as sessions
        from sessions s left join session_feedback f on f.session_id = s.id
        where s.status = 'completed' and s.completed_at > ? and s.detail_checked_at is not null
          and f.session_id is null
        group by 1
    """  # noqa: S608
    counts = (_counts(reader, sql, now - _LATEST) for sql in (answered, unanswered))
    return Delays(*counts)


def completed_a_day(reader: Reader, now: datetime) -> float:
    """Sessions that ended in the last 28 days, a day. Raises WarehouseError."""
    days = 28
    sql = "select count(*) as sessions from sessions where status = 'completed' and completed_at > ?"
    [row] = reader.select(sql, now - timedelta(days=days)).to_pylist()
    return float(row["sessions"]) / days


def _counts(reader: Reader, sql: str, *values: object) -> dict[int, int]:
    return {row["hours"]: row["sessions"] for row in reader.select(sql, *values).to_pylist()}
