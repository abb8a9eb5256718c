"""What lies exactly on a boundary, in one company: moments that meet, and the least that counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.company.folder import write_files
from tests.transforms.warehouse import NOW, Company, at, completed, session, survey, sync_run, tags

# Windows of surveys end before the day of the last sync, 28 days each.
TODAY = NOW.replace(hour=0)


def surveys(persona: str, first_days_ago: int, ratings: list[int]) -> Iterator[tuple[dict[str, Any], ...]]:
    """A session and its survey each, a day after the other from so many days ago on."""
    for number, rating in enumerate(ratings):
        day = TODAY - timedelta(days=first_days_ago - number)
        key = f"{persona}-{first_days_ago}-{number}"
        moment = f"{day:%Y-%m-%d}"
        yield (
            completed(key, f"{moment} 00:00", 60, persona_id=persona),
            survey(key, rating, f"{moment} 00:10"),
        )


WORSE = [*surveys("ten", 28, [1] * 10), *surveys("ten", 56, [5] * 10)]
SURE = [*surveys("nine", 28, [1] * 9), *surveys("nine", 56, [5] * 10)]
SESSIONS = [
    session("deleted as it expires", "2026-03-01 08:00", deleted_at=at("2026-03-08 08:00")),
    session("deleted before", "2026-03-01 08:00", deleted_at=at("2026-03-08 07:59")),
    completed("over midnight", "2026-03-01 23:30", 3_600),
    completed("tagged twice", "2026-03-02 10:00", 60),
    completed("at the end of a year", "2025-12-30 10:00", 60),
    completed("told", "2026-03-04 10:00", 60, persona_id="untold"),
    completed("when is not told", "2026-03-05 10:00", 60, persona_id="untold"),
    session("charged and expired", "2026-02-20 10:00", project_id="expired", credit_charged=4),
    session("begins tonight", "2026-03-08 10:00", status="active", project_id="tonight"),
    # two credits a minute are the usual rate by now
    completed("a credit off", "2026-03-03 10:00", 600, credit_charged=21),
    completed("half a minute off", "2026-03-03 11:00", 601, credit_charged=22),
]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Built once."""
    company = Company(tmp_path_factory.mktemp("boundaries"))
    write_files(company.data_dir, purchases_csv="date,credits,price,currency,expires\n2026-03-10,70,,,\n")
    balance = {"run_id": "new", "client_id": "client", "credit_balance": 400.0}
    company.build(
        {
            "sessions": [*SESSIONS, *(row for row, _ in WORSE + SURE)],
            "session_feedback": [
                *(row for _, row in WORSE + SURE),
                survey("told", 1, "2026-03-04 12:00"),
                {**survey("when is not told", 1, "2026-03-05 12:00"), "submitted_at": None},
            ],
            "session_tags": tags("tagged twice", "a", "b", "a"),
            "sync_runs": [
                sync_run("old", 500.0, as_of=NOW - timedelta(days=1)),
                sync_run("new", 400.0),
            ],
            "credit_balances": [balance],
        }
    )
    return company


def told(company: Company, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query of the marts."""
    return [tuple(row.values()) for row in company.rows(query)]


def of_session(company: Company, session_id: str, column: str) -> Any:
    query = f"select {column} from zenhire_marts.fct_sessions where session_id = '{session_id}'"
    [(value,)] = told(company, query)
    return value


def test_a_link_that_is_deleted_as_it_expires_has_expired(company: Company) -> None:
    assert of_session(company, "deleted as it expires", "outcome") == "expired"
    assert of_session(company, "deleted before", "outcome") == "withdrawn"


def test_an_interview_that_runs_was_started_although_nobody_says_when(company: Company) -> None:
    query = (
        "select sessions_started, sessions_in_progress from zenhire_marts.session_funnel where project_id = "
    )
    assert told(company, query + "'tonight'") == [(1, 1)]


def test_an_interview_happened_when_it_began(company: Company) -> None:
    assert of_session(company, "over midnight", "interview_at").isoformat() == "2026-03-01T23:30:00"
    assert of_session(company, "over midnight", "usage_date").isoformat() == "2026-03-02"


def test_a_tag_given_twice_stands_where_it_came_first(company: Company) -> None:
    assert of_session(company, "tagged twice", "tags") == "a, b"


def test_ten_answers_on_each_side_are_enough_for_a_verdict_and_nine_are_not(company: Company) -> None:
    is_worse = dict(told(company, "select persona_id, is_worse from zenhire_marts.feedback_by_persona"))
    assert (is_worse["ten"], is_worse["nine"]) == (True, False)


def test_a_run_tells_one_balance_whichever_version_noted_it(company: Company) -> None:
    query = "select run_id, credit_balance from zenhire_marts.credit_balance order by run_id"
    assert told(company, query) == [("new", 400), ("old", 500)]


def test_a_whole_credit_off_is_no_rounding(company: Company) -> None:
    query = "select session_id, finding from zenhire_marts.credit_reconciliation order by session_id"
    assert told(company, query) == [
        ("a credit off", "unexpected_amount"),
        ("charged and expired", "charged_not_completed"),
    ]


def test_whatever_is_charged_without_being_completed_is_told_apart(company: Company) -> None:
    query = (
        "select credits_charged, credits_not_completed from zenhire_marts.credit_usage_daily "
        "where project_id = 'expired'"
    )
    assert told(company, query) == [(4, 4)]


def test_a_complaint_without_a_time_counts_as_earlier_than_all_others(company: Company) -> None:
    query = (
        "select session_id from zenhire_marts.negative_feedback "
        "where persona_id = 'untold' order by earlier_negatives_of_persona"
    )
    assert told(company, query) == [("when is not told",), ("told",)]


def test_a_week_belongs_to_the_year_of_its_thursday(company: Company) -> None:
    query = (
        "select iso_year, iso_week from zenhire_marts.dim_date "
        "where date_day in (date '2025-12-28', date '2025-12-29') order by date_day"
    )
    # Of the week from Monday, 29 December, Thursday is the first day of the year.
    assert told(company, query) == [(2025, 52), (2026, 1)]


def test_what_was_bought_today_is_there(company: Company) -> None:
    query = "select sum(purchased_credits) from zenhire_marts.credit_statement where month_start_date = "
    assert told(company, query + "date '2026-03-01'") == [(70,)]


def test_a_month_is_complete_with_the_first_moment_of_the_next(tmp_path: Path) -> None:
    query = "select is_complete_month from zenhire_marts.credit_usage_monthly where month_start_date = "
    for minutes, is_complete in ((-1, False), (0, True)):
        now = at("2026-03-01 00:00") + timedelta(minutes=minutes)
        company = Company(tmp_path / str(minutes))
        rows = {"sessions": [completed("a", "2026-02-03 10:00", 60)], "sync_runs": [sync_run("r", as_of=now)]}
        company.build(rows, as_of=now)
        assert told(company, query + "date '2026-02-01'") == [(is_complete,)]


def test_nothing_expires_on_days_that_no_sync_has_seen(tmp_path: Path) -> None:
    company = Company(tmp_path)
    seen = NOW - timedelta(days=2)
    expiring = [NOW - timedelta(days=8), seen - timedelta(days=7)]
    sessions = [
        session(f"s{number}", "2026-03-01 00:00", created_at=moment) for number, moment in enumerate(expiring)
    ]
    company.build({"sessions": sessions, "sync_runs": [sync_run("r", as_of=seen)]})
    assert [of_session(company, name, "outcome") for name in ("s0", "s1")] == ["waiting", "expired"]
