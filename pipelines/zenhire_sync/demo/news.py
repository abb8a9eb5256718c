"""What a night brought that no cursor shows: surveys that came late, sessions that came alive again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from zenhire_sync.warehouse.port import Warehouse

LINK_LIFE = timedelta(days=7)  # P
# A survey that comes this long after its interview is late: the night after it could not have it yet.
LATE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """A session as the warehouse had it after a night. Times are UTC."""

    status: str
    created_at: datetime
    completed_at: datetime | None
    surveyed_at: datetime | None
    rating: int | None

    def is_over(self, as_of: datetime) -> bool:
        """Whether it had ended without a result: failed, or a link that was not opened in time."""
        return self.status == "failed" or (self.status == "initiated" and self.created_at < as_of - LINK_LIFE)

    @property
    def survey_delay(self) -> timedelta | None:
        """How long after the interview its survey came."""
        if self.surveyed_at is None or self.completed_at is None:
            return None
        return self.surveyed_at - self.completed_at


@dataclass(frozen=True, slots=True)
class Revival:
    """A session that was over one night and is not the next."""

    session_id: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class News:
    """What changed between two nights. ``late_surveys``: session to the delay of its survey."""

    late_surveys: Mapping[str, timedelta]
    revivals: tuple[Revival, ...]


Look = Mapping[str, Seen]


def look(warehouse: Warehouse) -> Look:
    """Every session in the raw tables by its id."""
    sql = """
        select s.id, s.status, s.created_at, s.completed_at, f.submitted_at, f.rating
        from sessions s left join session_feedback f on f.session_id = s.id
        order by s.id
    """
    with warehouse.reading() as reader:
        rows = (tuple(row.values()) for row in reader.rows(sql))
        return {session_id: Seen(*seen) for session_id, *seen in rows}


def news(before: Look, after: Look, before_as_of: datetime) -> News:
    """What the later look shows of sessions that were there in the earlier one."""
    known = {session_id: seen for session_id, seen in after.items() if session_id in before}
    late = {
        session_id: seen.survey_delay
        for session_id, seen in known.items()
        if before[session_id].surveyed_at is None
        and seen.survey_delay is not None
        and seen.survey_delay > LATE
    }
    revivals = tuple(
        Revival(session_id, _name(before[session_id]), seen.status)
        for session_id, seen in known.items()
        if before[session_id].is_over(before_as_of)
        and seen.status not in {before[session_id].status, "failed"}
    )
    return News(late, revivals)


def _name(seen: Seen) -> str:
    return "expired" if seen.status == "initiated" else seen.status
