"""Empty companies, and numbers that went wrong: the build must notice each."""

from __future__ import annotations

import pytest
from tests.transforms.warehouse import Company, completed, survey

from zenhire_sync.errors import BuildError

ONE_SESSION = {
    "sessions": [completed("s1", "2026-03-01 10:00", 60)],
    "session_feedback": [survey("s1", 1, "2026-03-02 10:00")],
}


def test_a_company_without_a_single_row_has_all_marts(company: Company) -> None:
    summary = company.build({})
    filled = {name for name, rows in summary.rows_by_mart.items() if rows}
    assert filled <= {"dim_date"}
    assert (summary.credits_charged, summary.negative_surveys) == (0, 0)


def test_a_company_without_tags_surveys_metadata_and_projects_is_built(company: Company) -> None:
    summary = company.build({"sessions": ONE_SESSION["sessions"]})
    assert summary.rows_by_mart["fct_sessions"] == 1
    assert summary.rows_by_mart["fct_feedback"] == 0


def test_a_survey_without_its_session_stops_the_build(company: Company) -> None:
    orphan = survey("s2", 1, "2026-03-02 10:00")
    with pytest.raises(BuildError, match=r"test relationships_\S+ failed on 1 row\. SQL: .*; log: "):
        company.build({**ONE_SESSION, "session_feedback": [orphan]})


def test_a_session_that_is_twice_in_raw_stops_the_build(company: Company) -> None:
    twice = [completed("s1", "2026-03-01 10:00", 60)] * 2
    with pytest.raises(BuildError, match="unique_key_zenhire_raw_sessions_id failed on 1 row"):
        company.build({"sessions": twice})


@pytest.mark.parametrize(
    ("tampering", "broken_test"),
    [
        (
            "update zenhire_marts.credit_usage_daily set credits_charged = credits_charged + 1",
            "credits_in_the_daily_mart_equal_raw",
        ),
        (
            "delete from zenhire_marts.credit_usage_daily",
            "completed_sessions_in_the_daily_mart_equal_raw",
        ),
        (
            "update zenhire_marts.negative_feedback set session_id = 'other'",
            "negative_rows_equal_flagged_surveys_in_raw",
        ),
        (
            "update zenhire_marts.fct_sessions set credits_charged = 0",
            "sessions_in_the_fact_equal_raw",
        ),
    ],
)
def test_a_number_changed_in_a_mart_fails_its_reconciliation(
    company: Company, tampering: str, broken_test: str
) -> None:
    company.build(ONE_SESSION)
    company.execute(tampering)
    (result,) = company.dbt("test", "--select", broken_test)
    assert str(result.status) == "fail"
