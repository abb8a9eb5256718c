"""The range of the run rate keeps its word: of simulated months, as many end within it as it says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from tests.company.folder import write_files
from tests.transforms.warehouse import Company, Row, completed, sync_run

MONTH_END = datetime(2026, 4, 1, tzinfo=UTC)
PROJECTS = 250
# interviews a day, and whether weekends are quiet
HABITS = {"quiet weekends": (20, True), "all week": (20, False), "few": (3, False)}


def interviews(draw: Random, day: datetime, habit: str) -> int:
    """A day's interviews: Poisson, a tenth of them at a quiet weekend, which the other days make up for."""
    rate, is_quiet = HABITS[habit]
    usual = rate * (1 if not is_quiet else 0.1 if day.isoweekday() >= 6 else 1.36)
    count, left = 0, math.exp(-usual)
    chance = draw.random()
    while chance > left:
        count, chance = count + 1, chance * draw.random()
    return count


def credits_of(draw: Random, day: datetime, habit: str) -> int:
    """Each interview is as long as it likes to be."""
    return sum(math.ceil(draw.lognormvariate(2.9, 0.6)) for _ in range(interviews(draw, day, habit)))


def months(seed: int, today: datetime) -> Iterator[tuple[str, list[Row], int]]:
    """Projects by habit: what each used in the four weeks before ``today``, and in the days to come."""
    draw = Random(seed)
    for habit in HABITS:
        for number in range(PROJECTS):
            project, rows = f"{habit} {number}", []
            for back in range(28, 0, -1):
                day = today - timedelta(days=back)
                if charged := credits_of(draw, day, habit):
                    name = f"{project} {back}"
                    fields = {"project_id": project, "credit_charged": charged, "persona_id": "p"}
                    rows.append(completed(name, f"{day:%Y-%m-%d} 10:00", 60, **fields))
            to_come = (today + timedelta(days=ahead) for ahead in range((MONTH_END - today).days))
            yield project, rows, sum(credits_of(draw, day, habit) for day in to_come)


@pytest.mark.slow
def test_as_many_months_end_within_the_range_as_it_says(tmp_path: Path) -> None:
    within: dict[tuple[str, int], int] = {}
    for days_left in (5, 15, 25):
        today = MONTH_END - timedelta(days=days_left)
        found = list(months(days_left, today))
        company = Company(tmp_path / str(days_left))
        now = today + timedelta(hours=2)
        run = sync_run("run-1", as_of=now, started_at=now, finished_at=now)
        company.build({"sessions": [row for _, rows, _ in found for row in rows], "sync_runs": [run]}, now)
        told = {
            row["project_id"]: row
            for row in company.rows(
                "select project_id, credits_charged, run_rate_low_credits as low, "
                "run_rate_high_credits as high "
                "from zenhire_marts.credit_usage_monthly where is_running_month"
            )
        }
        for project, _, to_come in found:
            row, key = told[project], (project.rpartition(" ")[0], days_left)
            within[key] = within.get(key, 0) + (row["low"] <= row["credits_charged"] + to_come <= row["high"])
    shares = {key: count / PROJECTS for key, count in within.items()}
    # Three standard errors of so many months.
    assert all(0.95 - 0.042 < share <= 1 for share in shares.values()), shares
    assert 0.93 < sum(shares.values()) / len(shares) < 0.97, shares


def test_what_today_has_beyond_its_usual_credits_is_kept(tmp_path: Path) -> None:
    """Ten credits a day; a thousand this morning, one short of the budget, with eleven days to come."""
    today = datetime(2026, 3, 20, tzinfo=UTC)
    now = today + timedelta(hours=9)
    rows = [
        completed(
            f"{back}", f"{today - timedelta(days=back):%Y-%m-%d} 10:00", 60, credit_charged=9 + back % 3
        )
        for back in range(1, 80)
    ]
    rows.append(completed("today", f"{today:%Y-%m-%d} 01:00", 60, credit_charged=1000))
    used = sum(
        row["credit_charged"] for row in rows if row["completed_at"] >= datetime(2026, 3, 1, tzinfo=UTC)
    )
    write_files(tmp_path, budgets_csv=f"project_id,month,credits\n,2026-03,{used + 1}\n")
    company = Company(tmp_path)
    run = sync_run("run-1", as_of=now, started_at=now, finished_at=now)
    company.build({"sessions": rows, "sync_runs": [run]}, now)
    [row] = company.rows("select * from zenhire_marts.credit_budgets")
    assert row["credits_charged"] == used
    assert used + 100 < row["run_rate_credits"] < used + 125
    assert used < row["run_rate_low_credits"] < row["run_rate_high_credits"]
    assert today.date() <= row["run_out_date"] <= (today + timedelta(days=1)).date()
    assert row["overrun_chance"] > 0.99
