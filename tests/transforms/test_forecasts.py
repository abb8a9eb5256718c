"""Forecasts beside what came: the last six that came due make the range of the next one keep its word."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.transforms.warehouse import Company, Row, completed, sync_run

pytestmark = pytest.mark.slow

PROJECTS = 1000
FIRST_DAY, TODAY = date(2025, 7, 1), date(2026, 4, 1)
NOW = datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(hours=2)
DAYS = (TODAY - FIRST_DAY).days
# interviews a day at the end; whether weekends are quiet; growth a month
HABITS = {
    "20, quiet weekends": (20, True, 0.0),
    "20 all week": (20, False, 0.0),
    "3 all week": (3, False, 0.0),
    "20, quiet weekends, growing": (20, True, 0.3),
    "20 all week, growing": (20, False, 0.3),
    "3 all week, growing": (3, False, 0.3),
}


def usage(draw: np.random.Generator, habit: str) -> pa.Table:
    """Rows of credit_usage_daily of some projects."""
    a_day, is_quiet, growth = HABITS[habit]
    days = np.arange(DAYS)
    weekend = np.array([(FIRST_DAY + timedelta(days=int(n))).isoweekday() >= 6 for n in days])
    weekday = np.where(weekend, 0.1, 1.36) if is_quiet else np.ones(DAYS)
    interviews = draw.poisson(
        a_day * weekday * (1 + growth) ** ((days - DAYS) / 30.4), (PROJECTS, DAYS)
    ).ravel()
    minutes = np.ceil(draw.lognormal(2.9, 0.6, interviews.sum()))
    credits_used = np.bincount(np.repeat(np.arange(interviews.size), interviews), minutes, interviews.size)
    project, day = np.divmod(np.arange(interviews.size), DAYS)
    kept = (interviews > 0) | (day == 0)
    return pa.table(
        {
            "project_key": [f"{habit}/{number}" for number in project[kept]],
            "usage_date": [FIRST_DAY + timedelta(days=int(number)) for number in day[kept]],
            "credits_charged": credits_used[kept].astype(int),
        }
    )


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Projects of nine months, and what the models forecast of them."""
    folder: Path = tmp_path_factory.mktemp("forecasts")
    company = Company(folder / "data")
    run = sync_run("run-1", as_of=NOW, started_at=NOW, finished_at=NOW)
    company.build({"sessions": [completed("first", f"{FIRST_DAY} 10:00", 60)], "sync_runs": [run]}, NOW)
    draw = np.random.default_rng(20261130)
    pq.write_table(pa.concat_tables([usage(draw, habit) for habit in HABITS]), folder / "usage.parquet")
    company.execute(
        "create or replace table zenhire_marts.credit_usage_daily as"
        " select * from zenhire_marts.credit_usage_daily where false"
        f" union all by name select *, 'a' as account from '{folder / 'usage.parquet'}'"
    )
    company.dbt("run", "--select", "int_credit_forecasts", "int_credit_trends", as_of=NOW)
    return company


def shares(company: Company, asked: str) -> dict[tuple[Any, ...], float]:
    rows: list[Row] = company.steps(asked)
    return {tuple(row.values())[:-1]: tuple(row.values())[-1] for row in rows}


COVERED = """
    select split_part(scope_key, '/', 1) as habit, days_left,
        avg(
            case when month_credits between run_rate_low_credits and run_rate_high_credits then 1.0 else 0 end
        ) as share
    from zenhire_staging.int_credit_forecasts
    where not is_running and scope_key like '%/%' and scope_key not like 'a/%' and {condition}
    group by all
"""


def test_six_forecasts_that_came_due_make_a_range_that_keeps_its_word(company: Company) -> None:
    """Two or three months of each project: a standard error of 2,000 of them is half a point."""
    found = shares(company, COVERED.format(condition="forecasts_due = 6"))
    assert len(found) == 3 * len(HABITS)
    steady = {key: share for key, share in found.items() if "growing" not in key[0]}
    assert all(0.93 <= share <= 0.97 for share in steady.values()), found
    assert all(share >= 0.85 for key, share in found.items() if "growing" in key[0]), found


def test_before_the_range_of_a_company_that_grows_is_too_narrow(company: Company) -> None:
    """What six forecasts mend: 25 days ahead, a third of such months ended above it."""
    found = shares(company, COVERED.format(condition="forecasts_due < 6"))
    assert all(0.93 <= share <= 0.97 for key, share in found.items() if "growing" not in key[0]), found
    assert found["20 all week, growing", 25] < 0.7, found
    assert found["20, quiet weekends, growing", 25] < 0.7, found


def test_until_then_most_companies_that_grow_are_called_a_trend(company: Company) -> None:
    """Eight weeks of 3 interviews a day say little: a line rises out of their chance in one of five."""
    found = shares(
        company,
        "select split_part(scope_key, '/', 1) as habit, avg(case when has_trend then 1.0 else 0 end) as share"
        " from zenhire_staging.int_credit_trends where scope_key not like 'a/%' group by all",
    )
    # 5% by the test's own level: three standard errors of 1,000 are 2.1 points
    assert all(0.029 < found[habit,] < 0.071 for habit in HABITS if "growing" not in habit), found
    assert found["20, quiet weekends, growing",] >= 0.75, found
    assert found["20 all week, growing",] >= 0.75, found
    assert 0.1 < found["3 all week, growing",] < 0.4, found
