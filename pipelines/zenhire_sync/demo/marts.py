"""The most telling rows of the two main marts, read from the published file as an analyst would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

_CREDITS = """
    select
        cast(date_trunc('month', usage_date) as date) as usage_month,
        project_key,
        sum(sessions_completed), sum(billed_minutes), sum(credits_charged)
    from zenhire_marts.credit_usage_daily
    group by all
    order by usage_month, sum(credits_charged) desc, project_key
"""
_NEGATIVE = """
    select feedback_date, rating, role_name, comment, session_id
    from zenhire_marts.negative_feedback
    where comment is not null
    order by submitted_at desc, session_id
    limit ?
"""


@dataclass(frozen=True, slots=True)
class CreditRow:
    """Credits of one project in one month (its first day)."""

    usage_month: date
    project_key: str
    sessions_completed: int
    billed_minutes: int
    credits_charged: int


@dataclass(frozen=True, slots=True)
class NegativeRow:
    """One flagged survey."""

    feedback_date: date
    rating: int
    role_name: str | None
    comment: str
    session_id: str


def credit_rows(published: Path) -> list[CreditRow]:
    """Credits by month and project, oldest month first."""
    with duckdb.connect(str(published), read_only=True) as connection:
        return [CreditRow(*row) for row in connection.execute(_CREDITS).fetchall()]


def newest_negative_rows(published: Path, count: int) -> list[NegativeRow]:
    """The latest flagged surveys that have a comment, newest first."""
    with duckdb.connect(str(published), read_only=True) as connection:
        return [NegativeRow(*row) for row in connection.execute(_NEGATIVE, [count]).fetchall()]
