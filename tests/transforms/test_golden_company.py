"""A company small enough to check by hand: what each mart says of it, row by row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.transforms.warehouse import (
    NOW,
    Company,
    at,
    completed,
    persona_version,
    session,
    survey,
    sync_run,
    tags,
)

from zenhire_sync.marts import BuildSummary

P1, P2 = "persona-1", "persona-2"
SALES = "project-sales"

SESSIONS = [
    # two interviews of one persona on one day: 61 s are 2 begun minutes
    completed("s1", "2026-03-01 10:00", 600, project_id=SALES, candidate_ref="cand-1", detail_checked_at=NOW),
    completed("s2", "2026-03-01 23:00", 61, project_id=SALES),
    # over midnight: belongs to the day it ended
    completed("s3", "2026-03-01 23:59", 120, persona_id=P2, role_name="Cook", source="playground"),
    # deleted since: its billing history stays
    completed("s4", "2026-03-03 09:00", 300, persona_id=P2, role_name="Cook", deleted_at=NOW),
    # charged, but without an end: counted on the day it started
    completed("s5", "2026-03-04 09:00", 60, completed_at=None, duration_sec=None, credit_charged=2),
    # charged although it failed
    completed("s6", "2026-03-04 10:00", 60, status="failed", credit_charged=2),
    # link unused for 7 days
    session("s7", "2026-03-01 08:00", project_id=SALES),
    session("s8", "2026-03-09 08:00"),
]
FEEDBACK = [
    survey("s1", 1, "2026-03-02 10:10", comment="Cut me off"),
    survey("s2", 5, "2026-03-02 12:00"),
    survey("s3", 2, "2026-03-08 12:01"),
    survey("s4", 2, "2026-03-05 09:05"),
]
VERSIONS = [
    persona_version(P1, 1, ("2026-02-20 02:00", "2026-03-01 02:00")),
    persona_version(P1, 2, ("2026-03-02 02:00", "2026-03-10 02:00")),
    persona_version(P2, 1, ("2026-03-02 02:00", "2026-03-03 02:00"), role_name="Cook"),
]


RAW = {
    "sessions": SESSIONS,
    "session_feedback": FEEDBACK,
    "session_tags": tags("s1", "spring", "berlin"),
    "persona_versions": VERSIONS,
    "sync_runs": [sync_run("run-1", 1000.0)],
}


@pytest.fixture(scope="module")
def summary(company: Company) -> BuildSummary:
    return company.build(RAW)


def test_the_summary_counts_credits_and_negative_surveys(summary: BuildSummary) -> None:
    assert (summary.credits_charged, summary.negative_surveys) == (20 + 4 + 4 + 10 + 2 + 2, 3)
    assert summary.rows_by_mart["credit_usage_daily"] == 5
    assert summary.rows_by_mart["fct_sessions"] == len(SESSIONS)
    assert summary.tests_passed > 0
    assert summary.seconds > 0


def test_credit_usage_daily_says_this(company: Company, summary: BuildSummary) -> None:
    rows = company.rows(
        """
        select usage_date, project_id, persona_id, role_name, language, source, sessions_completed,
            sessions_failed, sessions_expired, interview_minutes, billed_minutes, credits_charged,
            credits_not_completed, credits_per_interview
        from zenhire_marts.credit_usage_daily
        order by usage_date, persona_id, project_id
        """
    )
    n = Decimal
    assert [tuple(row.values()) for row in rows] == [
        (date(2026, 3, 1), SALES, P1, "Nurse", "en", "requests", 2, 0, 0, n("11.0167"), 12, 24, 0, n("12")),
        (date(2026, 3, 2), None, P2, "Cook", "en", "playground", 1, 0, 0, n("2"), 2, 4, 0, n("4")),
        (date(2026, 3, 3), None, P2, "Cook", "en", "requests", 1, 0, 0, n("5"), 5, 10, 0, n("10")),
        (date(2026, 3, 4), None, P1, "Nurse", "en", "requests", 1, 1, 0, n("0"), 0, 4, 2, n("2")),
        (date(2026, 3, 8), SALES, P1, "Nurse", "en", "requests", 0, 0, 1, n("0"), 0, 0, 0, None),
    ]


def test_negative_feedback_says_this(company: Company, summary: BuildSummary) -> None:
    rows = company.rows("select * from zenhire_marts.negative_feedback order by session_id")
    facts = [
        (r["session_id"], r["feedback_date"], r["rating"], r["comment"], r["hours_to_submit"]) for r in rows
    ]
    assert facts == [
        ("s1", date(2026, 3, 2), 1, "Cut me off", Decimal("24")),
        ("s3", date(2026, 3, 8), 2, None, Decimal("156")),
        ("s4", date(2026, 3, 5), 2, None, Decimal("48")),
    ]
    context = [
        (r["persona_id"], r["role_name"], r["project_id"], r["tags"], r["candidate_ref"]) for r in rows
    ]
    assert context == [
        (P1, "Nurse", SALES, "spring, berlin", "cand-1"),
        (P2, "Cook", None, None, None),
        (P2, "Cook", None, None, None),
    ]
    blame = [
        (r["persona_version"], r["is_persona_version_certain"], r["earlier_negatives_of_persona"])
        for r in rows
    ]
    # s1 lies between two looks with different content; s3 before the first look at its persona and
    # was submitted after s4; s4 after the last look
    assert blame == [(1, False, 0), (1, False, 1), (1, False, 0)]
    assert [r["is_deleted"] for r in rows] == [False, False, True]


def test_times_are_utc_and_open_links_have_no_usage_date(company: Company, summary: BuildSummary) -> None:
    rows = company.rows("select * from zenhire_marts.fct_sessions order by session_id")
    assert rows[0]["completed_at"] == at("2026-03-01 10:10").replace(tzinfo=None)
    assert [r["outcome"] for r in rows] == ["completed"] * 5 + ["failed", "expired", "waiting"]
    assert rows[7]["usage_date"] is None
    assert [r["usage_date_basis"] for r in rows[3:7]] == [
        "completed_at",
        "started_at",
        "completed_at",
        "link_expires_at",
    ]


def test_the_operations_marts_say_this(company: Company, summary: BuildSummary) -> None:
    wrong = company.rows("select session_id, finding from zenhire_marts.credit_reconciliation")
    assert [tuple(row.values()) for row in sorted(wrong, key=lambda row: str(row["session_id"]))] == [
        ("s5", "charged_without_duration"),
        ("s6", "charged_not_completed"),
    ]
    failing = company.rows("select check_name, rows_failing from zenhire_marts.data_quality")
    assert {row["check_name"]: row["rows_failing"] for row in failing if row["rows_failing"]} == {
        "charge_against_the_rules": 2,
        "completed_without_duration": 1,
        "completed_without_end": 1,
        "detail_never_fetched": 4,
    }
    (change,) = company.rows("select * from zenhire_marts.prompt_impact")
    assert (change["persona_id"], change["before_sessions_ended"], change["sessions_undecided"]) == (P1, 0, 2)
    assert (change["after_sessions_ended"], change["after_sessions_completed"]) == (2, 1)


def test_freshness_knows_every_mart(company: Company, summary: BuildSummary) -> None:
    rows = company.rows("select * from zenhire_marts.sync_freshness")
    assert {row["mart_name"]: row["row_count"] for row in rows} == {
        mart: rows for mart, rows in summary.rows_by_mart.items() if mart != "sync_freshness"
    }
    assert {row["is_stale"] for row in rows} == {False}
    finals = {row["mart_name"]: row["surveys_final_until_date"] for row in rows}
    assert (finals["negative_feedback"], finals["dim_date"]) == (date(2026, 2, 7), None)


def test_every_column_of_every_mart_carries_its_meaning(company: Company, summary: BuildSummary) -> None:
    silent = company.rows(
        """
        select table_name, column_name from duckdb_columns()
        where schema_name = 'zenhire_marts' and coalesce(comment, '') = ''
        """
    )
    assert silent == []


def test_unit_tests_of_the_models_pass(company: Company, summary: BuildSummary) -> None:
    results = company.dbt("test", "--select", "test_type:unit")
    assert len(results) >= 8
    failed = [(r.node.name, r.message) for r in results if str(r.status) != "pass"]
    assert failed == []
