"""Days out of the ordinary: seldom one where there is none, and those that are there the next morning."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.transforms.warehouse import Company, Row, completed, sync_run

PROJECTS = 250
BEFORE, QUARTER = 56, 91
# a Friday
FOUND_ON = BEFORE + QUARTER - 3
FIRST_DAY = date(2026, 1, 5)
TODAY = FIRST_DAY + timedelta(days=BEFORE + QUARTER)
NOW = datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(hours=2)
# interviews a day; whether weekends are quiet; the variance of a day's own factor; growth a month
HABITS = {
    "20, quiet weekends": (20, True, 0.0, 0.0),
    "20 all week": (20, False, 0.0, 0.0),
    "3 all week": (3, False, 0.0, 0.0),
    "seldom": (0.5, True, 0.0, 0.0),
    "3, days differ": (3, True, 0.5, 0.0),
    "20, days differ": (20, True, 0.1, 0.0),
    "200, days differ": (200, True, 0.1, 0.0),
    "20, growing": (20, True, 0.05, 0.3),
}
Draw = np.random.Generator
pytestmark = pytest.mark.slow


def rates(habit: str) -> Any:
    """Interviews to expect of each day."""
    a_day, is_quiet, _, growth = HABITS[habit]
    days = np.arange(BEFORE + QUARTER)
    weekday = np.where(days % 7 >= 5, 0.1, 1.36) if is_quiet else np.ones(len(days))
    return a_day * weekday * (1 + growth) ** (days / 30.4)


def usage(draw: Draw, habit: str, name: str, times: int = 1) -> pa.Table:
    """Rows of credit_usage_daily of some projects; one day of each has so many ``times`` the interviews."""
    spread = HABITS[habit][2]
    usual = np.tile(rates(habit), (PROJECTS, 1))
    usual[:, FOUND_ON] *= times
    factor = draw.gamma(1 / spread, spread, usual.shape) if spread else 1.0
    interviews = draw.poisson(usual * factor).ravel()
    lengths = np.ceil(draw.lognormal(2.9, 0.6, interviews.sum()))
    minutes = np.bincount(np.repeat(np.arange(interviews.size), interviews), lengths, interviews.size)
    project, day = np.divmod(np.arange(interviews.size), BEFORE + QUARTER)
    # a row on the first day, so that all are known as long
    kept = (interviews > 0) | (day == 0)
    return pa.table(
        {
            "project_key": [f"{name} {number}" for number in project[kept]],
            "usage_date": [FIRST_DAY + timedelta(days=int(number)) for number in day[kept]],
            "sessions_completed": interviews[kept],
            "billed_minutes": minutes[kept].astype(int),
            "credits_charged": 2 * minutes[kept].astype(int),
        }
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Anomalies of 2,000 companies with nothing to find and of 500 with a threefold day."""
    folder = tmp_path_factory.mktemp("anomalies")
    company = built(folder)
    draw = np.random.default_rng(20261130)
    ordinary = [usage(draw, habit, habit) for habit in HABITS]
    threefold = [usage(draw, habit, f"threefold {habit}", times=3) for habit in list(HABITS)[:2]]
    return judged(company, folder, pa.concat_tables([*ordinary, *threefold]))


def built(folder: Path) -> Company:
    """A company that began on the first day, as the night after the last one knows it."""
    company = Company(folder / "data")
    run = sync_run("run-1", as_of=NOW, started_at=NOW, finished_at=NOW)
    first = completed("first", f"{FIRST_DAY} 10:00", 60, project_id="first")
    company.build({"sessions": [first], "sync_runs": [run]}, NOW)
    return company


def judged(company: Company, folder: Path, rows: pa.Table) -> list[Row]:
    """What the models make of these rows of credit_usage_daily."""
    path = folder / "usage.parquet"
    pq.write_table(rows, path)
    company.execute(
        "create or replace table zenhire_marts.credit_usage_daily as"
        " select * replace (cast(persona_id as varchar) as persona_id) from"
        " (select * from zenhire_marts.credit_usage_daily where false"
        f" union all by name select *, 'a' as account, 'p' as project_id, 'P' as project_name from '{path}')"
    )
    company.dbt("run", "--select", "int_credit_outliers", "credit_anomalies", as_of=NOW)
    return company.steps("select * from zenhire_marts.credit_anomalies")


@pytest.mark.parametrize("habit", HABITS)
def test_a_project_has_one_false_alarm_a_quarter_at_most(found: list[Row], habit: str) -> None:
    alarms = [row for row in found if row["project_key"].rpartition(" ")[0] == habit]
    assert len(alarms) / PROJECTS < 0.6


def test_a_threefold_day_is_found_the_next_morning(found: list[Row]) -> None:
    for habit in list(HABITS)[:2]:
        alarms = [
            row
            for row in found
            if row["project_key"].startswith(f"threefold {habit}")
            and row["usage_date"] == FIRST_DAY + timedelta(days=FOUND_ON)
        ]
        assert len(alarms) >= 0.95 * PROJECTS
