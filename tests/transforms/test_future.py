"""Rows dated in the future, and a sync older than the build, move no window; quality tells of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.transforms.warehouse import NOW, Company, at, completed, session, survey, sync_run

pytestmark = pytest.mark.slow

DAYS = [f"2026-02-{day:02} 10:00" for day in range(1, 29)] + ["2026-03-02 10:00", "2026-03-03 10:00"]
ODD = [
    # clocks that ran ahead, by months and by years, on each of the three times
    completed("next month", "2026-04-20 10:00", 600),
    completed("in years", "2031-07-05 10:00", 600),
    session("invited in the future", "2027-01-01 10:00"),
    completed("ends later", "2026-03-09 10:00", 600, completed_at=at("2026-06-01 10:00"), duration_sec=600),
    # within a day: a long sync, or an orchestrator's date a day behind
    completed("during the sync", "2026-03-10 20:00", 600),
    completed("before it was made", "2026-03-05 10:00", 600, created_at=at("2026-03-06 10:00"))
    | {"started_at": None},
    completed("before it began", "2026-03-05 10:00", 600, completed_at=at("2026-03-05 09:30")),
]


@pytest.fixture(scope="module")
def built(company: Company) -> Company:
    """The last good sync was at NOW; a build follows three weeks later."""
    company.build(
        {
            "sessions": [*(completed(f"s{n}", day, 600) for n, day in enumerate(DAYS)), *ODD],
            "session_feedback": [
                *(survey(f"s{n}", 1, day[:10] + " 12:00") for n, day in enumerate(DAYS)),
                survey("in years", 1, "2031-07-06 10:00"),
            ],
            "sync_runs": [
                sync_run("run-1"),
                sync_run("run-2", outcome="failed", as_of=NOW + timedelta(days=1), finished_at=NOW),
            ],
        },
        as_of=NOW + timedelta(days=21),
    )
    return company


def _rows(company: Company, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in company.rows(query)]


def test_a_session_dated_in_the_future_does_not_take_over_this_month(built: Company) -> None:
    assert _rows(
        built,
        "select month_start_date, credits_charged from zenhire_marts.credit_usage_monthly"
        " where is_running_month",
    ) == [(date(2026, 3, 1), 100)]


def test_no_century_of_empty_months_and_days_leads_to_it(built: Company) -> None:
    months = _rows(built, "select month_start_date from zenhire_marts.credit_usage_monthly order by 1")
    assert [f"{month:%Y-%m}" for (month,) in months] == [
        "2026-02",
        "2026-03",
        "2026-04",
        "2026-06",
        "2031-07",
    ]
    later = _rows(
        built,
        "select feedback_date from zenhire_marts.feedback_daily where feedback_date > '2026-03-10'"
        " order by 1",
    )
    assert [day for (day,) in later] == [
        date(2026, 4, 20), date(2026, 6, 1), date(2031, 7, 5), date(2031, 7, 6),
    ]  # fmt: skip


def test_days_that_no_sync_looked_at_do_not_slow_the_pace(built: Company) -> None:
    """A build three weeks after the last good sync would find three weeks without usage."""
    (month,) = built.rows("select * from zenhire_marts.credit_usage_monthly where is_running_month")
    # 23 interviews of 20 credits in the 28 days before, one on each Tuesday; 4 in March until then;
    # three weeks and a Tuesday are to come
    assert float(month["run_rate_credits"]) == pytest.approx(80 + 3 * 23 * 20 / 4 + 20, abs=0.01)


def test_the_last_weeks_of_a_persona_end_with_what_is_known(built: Company) -> None:
    (persona,) = built.rows("select * from zenhire_marts.feedback_by_persona")
    assert persona["period_start_date"] == date(2026, 2, 10)
    assert (persona["responses_ever"], persona["responses"]) == (31, 21)


def test_a_day_after_the_last_sync_is_a_day_to_come(built: Company) -> None:
    days = "select max(date_day) from zenhire_marts.dim_date where not is_future"
    assert _rows(built, days) == [(date(2026, 3, 10),)]


def test_quality_finds_times_in_the_future_and_ends_before_the_beginning(built: Company) -> None:
    found = _rows(
        built,
        "select check_name, examples, rows_failing from zenhire_marts.data_quality where rows_failing > 0"
        " and (check_name like '%future' or check_name like '%before%') order by 1",
    )
    assert found == [
        ("completed_before_created", "before it was made", 1),
        ("completed_before_started", "before it began", 1),
        ("survey_in_the_future", "in years", 1),
        ("time_in_the_future", "ends later, in years, invited in the future, next month", 4),
    ]


def test_up_to_five_examples_are_named_and_the_query_lists_them_all(built: Company) -> None:
    [(examples, query, rows)] = _rows(
        built,
        "select examples, example_query, rows_failing from zenhire_marts.data_quality"
        " where check_name = 'detail_never_fetched' and rows_failing > 0",
    )
    assert examples.count(", ") == 4
    assert len(_rows(built, query)) == rows > 5
