"""Days across the nights on which Zurich changes its clocks: 23 hours in March, 25 in October."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.transforms.warehouse import Company, at, completed, session, survey

pytestmark = pytest.mark.slow

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)

# (session, the UTC time at which it ended, its day in Zurich)
ENDS = [
    ("last minute of the day before", "2026-03-28 22:59", SPRING - timedelta(days=1)),
    ("first minute of the short day", "2026-03-28 23:00", SPRING),
    ("in the hour that does not exist", "2026-03-29 01:30", SPRING),
    ("last minute of the short day", "2026-03-29 21:59", SPRING),
    ("first minute of the day after", "2026-03-29 22:00", SPRING + timedelta(days=1)),
    ("first minute of the long day", "2026-10-24 22:00", AUTUMN),
    ("in the hour that comes twice", "2026-10-25 00:30", AUTUMN),
    ("in the hour that comes twice, again", "2026-10-25 01:30", AUTUMN),
    ("last minute of the long day", "2026-10-25 22:59", AUTUMN),
    ("first minute after the long day", "2026-10-25 23:00", AUTUMN + timedelta(days=1)),
]


@pytest.fixture(scope="module")
def zurich(tmp_path_factory: pytest.TempPathFactory) -> Company:
    zone = {"reporting_time_zone": "Europe/Zurich"}
    company = Company(tmp_path_factory.mktemp("zurich"), zone)
    company.build(
        {
            "sessions": [
                *(_ended_at(name, end) for name, end, _ in ENDS),
                # 7 days of 24 hours each: an hour later on the clock than it was created
                session("unused link", "2026-03-22 22:30"),
            ],
            "session_feedback": [survey(name, 1, end) for name, end, _ in ENDS],
        },
        as_of=at("2026-10-31 23:30"),
    )
    return company


def _ended_at(name: str, end: str) -> dict[str, Any]:
    start = at(end) - timedelta(minutes=10)
    return completed(name, f"{start:%Y-%m-%d %H:%M}", 600)


def test_a_credit_belongs_to_the_local_day_on_which_the_interview_ended(zurich: Company) -> None:
    rows = zurich.rows(
        "select session_id, usage_date from zenhire_marts.fct_sessions where completed_at is not null"
    )
    assert {row["session_id"]: row["usage_date"] for row in rows} == {name: day for name, _, day in ENDS}
    daily = zurich.rows("select usage_date, sessions_completed as n from zenhire_marts.credit_usage_daily")
    counts = {row["usage_date"]: row["n"] for row in daily if row["n"]}
    assert (counts[SPRING], counts[AUTUMN]) == (3, 4)


def test_surveys_and_expired_links_are_on_local_days_too(zurich: Company) -> None:
    surveys = zurich.rows("select session_id, feedback_date from zenhire_marts.negative_feedback")
    assert {row["session_id"]: row["feedback_date"] for row in surveys} == {
        name: day for name, _, day in ENDS
    }
    (unused,) = zurich.rows("select * from zenhire_marts.fct_sessions where outcome = 'expired'")
    assert unused["created_date"] == date(2026, 3, 22)
    assert unused["link_expires_at"] == datetime(2026, 3, 29, 22, 30)  # noqa: DTZ001 - marts hold UTC without a zone
    assert unused["usage_date"] == date(2026, 3, 30)


def test_the_build_itself_stands_on_the_local_day(zurich: Company) -> None:
    (clock,) = zurich.steps("select as_of_date, reporting_time_zone from zenhire_staging.int_clock")
    assert clock == {"as_of_date": date(2026, 11, 1), "reporting_time_zone": "Europe/Zurich"}


def test_charge_periods_of_focus_are_the_local_days_in_utc(zurich: Company) -> None:
    rows = zurich.rows(
        """
        select distinct x_UsageDate as day, ChargePeriodEnd - ChargePeriodStart as length,
            BillingPeriodEnd - BillingPeriodStart as month_length
        from zenhire_marts.focus_cost_and_usage
        """
    )
    lengths = {row["day"]: row["length"] for row in rows}
    assert lengths[SPRING] == timedelta(hours=23)
    assert lengths[AUTUMN] == timedelta(hours=25)
    assert lengths[SPRING + timedelta(days=1)] == timedelta(hours=24)
    months = {row["day"]: row["month_length"] for row in rows}
    assert months[SPRING] == timedelta(days=31, hours=-1)
