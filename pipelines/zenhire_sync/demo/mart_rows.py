"""The most telling rows of the two main marts, read as an analyst would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from zenhire_sync.warehouse.port import Reader

_CREDITS = """
    select
        cast(date_trunc('month', usage_date) as date) as usage_month,
        project_key,
        project_name,
        cast(sum(sessions_completed) as bigint) as sessions_completed,
        cast(sum(billed_minutes) as bigint) as billed_minutes,
        cast(sum(credits_charged) as bigint) as credits
    from zenhire_marts.credit_usage_daily
    group by usage_month, project_key, project_name
    order by usage_month, credits desc nulls last, project_key
"""
_NEGATIVE = """
    select feedback_date, rating, persona_name, comment, session_id
    from zenhire_marts.negative_feedback
    where comment is not null
    order by submitted_at desc nulls last, session_id
    limit ?
"""


@dataclass(frozen=True, slots=True)
class CreditRow:
    """Credits of one project in one month (its first day)."""

    usage_month: date
    project_key: str
    project_name: str
    sessions_completed: int
    billed_minutes: int
    credits_charged: int


@dataclass(frozen=True, slots=True)
class NegativeRow:
    """One flagged survey."""

    feedback_date: date
    rating: int
    persona_name: str
    comment: str
    session_id: str


def credit_rows(published: Reader) -> list[CreditRow]:
    """Credits by month and project, oldest month first."""
    return [CreditRow(*row.values()) for row in published.rows(_CREDITS)]


def newest_negative_rows(published: Reader, count: int) -> list[NegativeRow]:
    """The latest flagged surveys that have a comment, newest first."""
    return [NegativeRow(*row.values()) for row in published.rows(_NEGATIVE, count)]
