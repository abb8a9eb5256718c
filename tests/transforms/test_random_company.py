"""Marts against the same sums in plain Python, over a company with every odd state at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.transforms.odd_company import random_company
from tests.transforms.warehouse import NOW, Company, Row


@pytest.fixture(scope="module")
def raw(company: Company) -> dict[str, list[Row]]:
    rows = random_company(20260310)
    summary = company.build(rows)
    assert summary.tests_warned == 1, "flags that contradict their rating are worth a warning"
    return rows


def _usage_day(row: Row) -> date | None:
    """The rule of DECISIONS.md, written a second time."""
    ended: datetime | None = row["completed_at"] or row["started_at"] or row["created_at"]
    expiry = row["created_at"] + timedelta(days=7)
    if row["status"] in {"completed", "failed"}:
        return ended.date() if ended else None
    if row["credit_charged"]:
        return ended.date() if ended else None
    if row["status"] == "initiated" and expiry <= (row["deleted_at"] or NOW):
        return expiry.date()
    return None


def test_credits_and_sessions_per_day_equal_the_same_sums_in_python(
    company: Company, raw: dict[str, list[Row]]
) -> None:
    expected: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for row in raw["sessions"]:
        day = _usage_day(row)
        if day is None:
            continue
        cell = expected[(day, row["project_id"], row["persona_id"], row["role_name"], row["source"])]
        cell["credits"] += row["credit_charged"] or 0
        cell["completed"] += row["status"] == "completed"
        cell["failed"] += row["status"] == "failed"
        if row["status"] == "completed":
            cell["billed"] += -(-(row["duration_sec"] or 0) // 60)
    found = {
        (r["usage_date"], r["project_id"], r["persona_id"], r["role_name"], r["source"]): (
            r["credits_charged"],
            r["sessions_completed"],
            r["sessions_failed"],
            r["billed_minutes"],
        )
        for r in company.rows("select * from zenhire_marts.credit_usage_daily")
    }
    assert found == {
        key: (cell["credits"], cell["completed"], cell["failed"], cell["billed"])
        for key, cell in expected.items()
    }


def test_no_credit_is_lost_or_counted_twice(company: Company, raw: dict[str, list[Row]]) -> None:
    (total,) = company.rows("select sum(credits_charged) as credits from zenhire_marts.credit_usage_daily")
    assert total["credits"] == sum(row["credit_charged"] or 0 for row in raw["sessions"])


def test_negative_feedback_is_exactly_the_flagged_surveys(
    company: Company, raw: dict[str, list[Row]]
) -> None:
    found = company.rows("select session_id from zenhire_marts.negative_feedback")
    flagged = {row["session_id"] for row in raw["session_feedback"] if row["flagged"]}
    assert len(found) == len(flagged)
    assert {row["session_id"] for row in found} == flagged


def test_months_and_projects_equal_the_same_sums_in_python(
    company: Company, raw: dict[str, list[Row]]
) -> None:
    expected: Counter[tuple[date, Any]] = Counter()
    for row in raw["sessions"]:
        day = _usage_day(row)
        if day is not None:
            expected[day.replace(day=1), row["project_id"]] += row["credit_charged"] or 0
    found = company.rows("select * from zenhire_marts.credit_usage_monthly")
    assert {(r["month_start_date"], r["project_id"]): r["credits_charged"] for r in found} == expected
    per_month = Counter[date]()
    for r in found:
        per_month[r["month_start_date"]] += r["credits_charged"]
    assert all(r["all_projects_credits"] == per_month[r["month_start_date"]] for r in found)
    running = [r for r in found if r["month_start_date"] == date(2026, 3, 1)]
    assert all(r["run_rate_credits"] > r["credits_charged"] for r in running)


def test_a_tag_takes_part_in_whole_sessions_and_gets_its_share_of_them(
    company: Company, raw: dict[str, list[Row]]
) -> None:
    tagged = {row["session_id"] for row in raw["session_tags"]}
    charged = sum(s["credit_charged"] or 0 for s in raw["sessions"] if s["id"] in tagged)
    found = company.rows(
        """
        select tag, sum(credits_full) as full_amount, sum(credits_split) as split_amount
        from zenhire_marts.credit_usage_by_tag where tag is not null group by tag
        """
    )
    assert {r["tag"]: r["full_amount"] for r in found} == dict.fromkeys("abc", charged)
    assert sum(r["split_amount"] for r in found) == charged
    assert all(abs(r["split_amount"] * 3 - charged) < 1 for r in found)


def test_feedback_days_and_personas_hold_every_survey(company: Company, raw: dict[str, list[Row]]) -> None:
    (days,) = company.rows(
        """
        select sum(responses) as responses, sum(negative_responses) as negatives,
            sum(sessions_completed) as completed, sum(sessions_with_feedback) as answered
        from zenhire_marts.feedback_daily
        """
    )
    surveys = {row["session_id"]: row for row in raw["session_feedback"]}
    ended = [s["id"] for s in raw["sessions"] if s["status"] == "completed"]
    assert days == {
        "responses": len(surveys),
        "negatives": sum(bool(row["flagged"]) for row in surveys.values()),
        "completed": len(ended),
        "answered": sum(session_id in surveys for session_id in ended),
    }
    (people,) = company.rows("select sum(responses_ever) as n from zenhire_marts.feedback_by_persona")
    assert people["n"] == len(surveys)


def test_every_session_is_in_one_cohort_and_one_part_of_it(
    company: Company, raw: dict[str, list[Row]]
) -> None:
    found = company.rows("select * from zenhire_marts.session_funnel")
    created = Counter((row["created_at"].date(), row["project_id"]) for row in raw["sessions"])
    assert {(r["created_date"], r["project_id"]): r["sessions_created"] for r in found} == created
    outcomes = ("completed", "failed", "expired", "withdrawn", "in_progress", "waiting")
    assert all(sum(r[f"sessions_{name}"] for name in outcomes) == r["sessions_created"] for r in found)
