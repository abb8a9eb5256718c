"""Empty companies, and numbers that went wrong: the build must notice each."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tests.company.folder import write_files
from tests.transforms.warehouse import (
    NOW,
    Company,
    at,
    audit_result,
    completed,
    detail_result,
    persona_version,
    published_before,
    session,
    survey,
    sync_run,
    tags,
)

from zenhire_schemas.session import LARGEST_COUNT
from zenhire_sync.bundle import bundled
from zenhire_sync.errors import AuditError, BuildError
from zenhire_sync.publish import publish_marts

pytestmark = pytest.mark.slow

ONE_SESSION = {
    "sessions": [completed("s1", "2026-03-01 10:00", 60)],
    "session_feedback": [survey("s1", 1, "2026-03-02 10:00")],
}


def test_a_company_without_a_single_row_has_all_marts(company: Company) -> None:
    summary = company.build({})
    filled = {name for name, rows in summary.rows_by_mart.items() if rows}
    assert filled == {"dim_date", "metrics", "sync_freshness"}
    assert (summary.credits_charged, summary.negative_surveys) == (0, 0)


def test_a_company_without_tags_surveys_metadata_and_projects_is_built(company: Company) -> None:
    summary = company.build({"sessions": ONE_SESSION["sessions"]})
    assert summary.rows_by_mart["fct_sessions"] == 1
    assert summary.rows_by_mart["fct_feedback"] == 0


def test_a_build_as_of_a_day_before_the_last_one_known_is_built(company: Company) -> None:
    """As an orchestrator asks for that repeats an earlier night."""
    days = [f"2026-02-{day:02}" for day in range(1, 29)] + ["2026-03-31"] * 9
    sessions = [completed(f"s{n}", f"{day} 10:00", 600) for n, day in enumerate(days)]
    company.build({"sessions": sessions}, as_of=at("2026-03-30 01:00"))
    (march,) = company.rows(
        "select * from zenhire_marts.credit_usage_monthly where month_start_date = '2026-03-01'"
    )
    assert (march["credits_charged"], march["run_rate_credits"]) == (180, 180)


def test_times_and_charges_at_the_ends_of_what_the_contract_lets_in_are_built(tmp_path: Path) -> None:
    company = Company(tmp_path, {"credit_price": Decimal("999999999999.999999")})
    ends = [session("first", "1971-01-01 00:00"), session("last", "2260-12-31 23:59")]
    dear = [completed(f"dear {n}", "2026-03-01 10:00", 60, credit_charged=LARGEST_COUNT) for n in range(3)]
    assert company.build({"sessions": [*ends, *dear]}).rows_by_mart["fct_sessions"] == 5
    [(cost,)] = [
        row.values() for row in company.rows("select EffectiveCost from zenhire_marts.focus_cost_and_usage")
    ]
    assert cost == 3 * LARGEST_COUNT * Decimal("999999999999.999999")


def test_a_company_whose_details_were_never_fetched_has_no_final_survey(company: Company) -> None:
    company.build({"sessions": [completed("s1", "2026-01-05 10:00", 60)], "sync_runs": [sync_run("r1")]})
    (day,) = company.rows("select * from zenhire_marts.feedback_daily where sessions_completed = 1")
    assert (day["response_rate"], day["is_final"]) == (0, False)
    (fresh,) = company.rows("select * from zenhire_marts.sync_freshness where mart_name = 'fct_feedback'")
    assert fresh["surveys_final_until_date"] is None
    (persona,) = company.rows("select * from zenhire_marts.dim_persona")
    assert (persona["role_name"], persona["current_version"]) == ("Nurse", None)


def test_a_survey_without_its_session_stops_the_build_and_the_publication(company: Company) -> None:
    company.build(ONE_SESSION)
    orphan = survey("s2", 1, "2026-03-02 10:00")
    built = company.rows("select * from zenhire_marts.sync_freshness")
    tonight = sync_run("tonight", finished_at=NOW + timedelta(days=1))
    with pytest.raises(BuildError, match=r"test relationships_\S+ failed on 1 row.*\. SQL: .*; log: "):
        company.build({**ONE_SESSION, "session_feedback": [orphan], "sync_runs": [tonight]})
    assert company.rows("select * from zenhire_marts.sync_freshness") == built
    with pytest.raises(AuditError, match="the marts are older than the sync that ended at 2026-"):
        publish_marts(company.settings, now=NOW)


def test_a_session_that_is_twice_in_raw_stops_the_build(company: Company) -> None:
    twice = [completed("s1", "2026-03-01 10:00", 60)] * 2
    with pytest.raises(BuildError, match="unique_key_zenhire_raw_sessions_id failed on 1 row"):
        company.build({"sessions": twice})


TAMPERING = {
    "credit_usage_daily": "credits_charged = credits_charged + 1, sessions_completed = 0",
    "credit_usage_monthly": "credits_charged = credits_charged + 1",
    "credit_usage_by_tag": "credits_split = credits_split + 1",
    "credit_balance": "credit_balance = credit_balance + 1",
    "sync_accuracy": "differing_sessions = differing_sessions + 1",
    "request_value": "surveys_found = surveys_found + 1",
    "session_changes": "credits_charged = credits_charged + 1",
    "restatements": "difference = difference + 1",
    "forecast_accuracy": "credits_charged = credits_charged + 2",
    "credit_close": "credits_to_sign = credits_to_sign + 1",
    "fct_sessions": "credits_charged = 0",
    "fct_feedback": "rating = rating + 1",
    "dim_persona_version": "persona_version = persona_version + 7",
    "dim_persona": "persona_id = 'other'",
    "dim_project": "project_key = 'other'",
    "dim_date": "date_day = date_day + cast(date_day - date '1970-01-01' as integer)",
    "negative_feedback": "session_id = 'other'",
    "credit_reconciliation": "session_id = 'other'",
    "feedback_daily": "responses = responses + 1",
    "feedback_by_persona": "responses_ever = responses_ever + 1",
    "focus_cost_and_usage": "PricingCurrencyEffectiveCost = PricingCurrencyEffectiveCost + 7",
    "focus_1_4_cost_and_usage": "PricingCurrencyEffectiveCost = 7, ListCost = 7",
    "session_funnel": "sessions_created = sessions_created + 1",
    "data_quality": "rows_failing = rows_failing + 1",
    "credit_statement": "interview_credits = interview_credits + 7",
    "session_history": "status = 'other'",
    "credit_budgets": "budget_credits = budget_credits + 1",
    "bridge_session_tag": "share = share + 1",
    "feedback_by_attribute": "responses_split = responses_split + 1",
}


def test_a_number_changed_in_a_mart_fails_its_reconciliation(tmp_path: Path) -> None:
    company = Company(tmp_path)
    write_files(tmp_path, budgets_csv="project_id,month,credits\n,2026-03,100\n")
    uncharged = completed("s2", "2026-03-01 10:00", 60, credit_charged=None)
    company.build(
        {
            **ONE_SESSION,
            "sessions": [*ONE_SESSION["sessions"], uncharged, completed("s0", "2026-01-01 10:00", 60)],
            "session_tags": tags("s1", "a"),
            "session_states": [
                {"session_id": "s1", "seen_from": NOW, "status": "completed", "persona_id": "persona-1"}
                | {"run_id": "run-1", "is_removed": False}
            ],
            "sync_runs": [sync_run("r1", 100), sync_run("run-1")],
            "published_builds": [{"build_id": "b1", "built_at": NOW, "known_until": NOW, "recorded_at": NOW}],
            "published_sessions": [published_before("s1", "b1", credits_charged=1)],
            "detail_results": [detail_result("r1", "survey", "3", (10, 2, 1))],
            "audit_results": [audit_result("r1", "beyond_ladder", (100, 10, 9, 1))],
            "persona_versions": [
                persona_version("persona-1", 1, ("2026-03-01 02:00", "2026-03-02 02:00")),
                persona_version("persona-1", 2, ("2026-03-03 02:00", "2026-03-04 02:00")),
            ],
        }
    )
    for mart, change in TAMPERING.items():
        company.execute(f"update zenhire_marts.{mart} set {change}")
    company.execute("delete from zenhire_marts.prompt_impact")
    results = company.dbt("test", "--select", "test_type:singular")
    assert len(results) == len(list((bundled("transforms") / "tests").glob("*.sql")))
    # A history that lags behind is worth a warning.
    silent = [result.node.name for result in results if str(result.status) not in {"fail", "warn"}]
    assert silent == []
