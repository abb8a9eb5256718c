"""The month's statement of credits, against companies made by hand and a plain simulation of purchases."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from statistics import NormalDist

import duckdb
import jinja2
import pytest
from tests.company.folder import write_files
from tests.transforms.postgres.server import CAN_BUILD, running
from tests.transforms.warehouse import Company, at, completed, sync_run

ROOT = Path(__file__).parents[2]
Z = [z / 10 for z in range(-120, 121)]


@dataclass(frozen=True)
class Lot:
    """A purchase that expires at the end of its last day."""

    bought: date
    credits: int
    expires: date


def served(lots: list[Lot], usage: Mapping[date, int]) -> tuple[list[int], bool]:
    """What is left of each lot when each day uses what expires first; whether each day had enough."""
    left, is_enough = [lot.credits for lot in lots], True
    by_expiry = sorted(range(len(lots)), key=lambda n: (lots[n].expires, n))
    for day in sorted(usage):
        wanted = usage[day]
        for n in by_expiry:
            if lots[n].bought <= day <= lots[n].expires:
                taken = min(wanted, left[n])
                left[n] -= taken
                wanted -= taken
        is_enough = is_enough and not wanted
    return left, is_enough


def group(rng: random.Random, first: date, *, is_plain: bool) -> tuple[list[Lot], dict[date, int]]:
    """Purchases of 60 days and what was used; plain: what is bought later expires later, and it is enough."""
    bought = sorted(first + timedelta(days=rng.randrange(20)) for _ in range(rng.randint(1, 4)))
    ends = [day + timedelta(days=rng.randrange(1, 30)) for day in bought]
    if is_plain:
        ends = list(accumulate(ends, max))
    lots = [Lot(day, rng.randint(1, 90), end) for day, end in zip(bought, ends, strict=True)]
    usage: dict[date, int] = {}
    days = range((max(ends) - bought[0]).days + 1)
    for day in sorted(rng.sample(days, min(len(days), rng.randint(0, 8)))):
        more = {**usage, bought[0] + timedelta(days=day): rng.randint(1, 40)}
        if not is_plain or served(lots, more)[1]:
            usage = more
    return lots, usage


@pytest.mark.slow
def test_what_expires_is_what_a_simulation_of_each_purchase_leaves(tmp_path: Path) -> None:
    """Hundreds of groups of purchases, each bought after the last has expired, are one company."""
    rng = random.Random(20260310)
    starts = [date(1975, 1, 1) + timedelta(days=60 * number) for number in range(300)]
    groups = [group(rng, start, is_plain=n % 2 == 0) for n, start in enumerate(starts)]
    lines = [f"{lot.bought},{lot.credits},,,{lot.expires}" for lots, _ in groups for lot in lots]
    company = Company(tmp_path)
    write_files(tmp_path, purchases_csv="\n".join(["date,credits,price,currency,expires", *lines, ""]))
    sessions = [
        completed(f"s{day}", f"{day} 10:00", 60, credit_charged=charged)
        for _, usage in groups
        for day, charged in usage.items()
    ]
    company.build({"sessions": sessions, "sync_runs": [sync_run("r")]})
    told: dict[date, Decimal] = {
        row["moved_date"]: row["credits"]
        for row in company.steps(
            "select moved_date, sum(expired_credits) as credits from zenhire_staging.int_credit_movements"
            " group by moved_date"
        )
    }
    expired = 0
    for n, (lots, usage) in enumerate(groups):
        left = served(lots, usage)[0]
        ours = theirs = Decimal(0)
        for day in sorted({lot.expires for lot in lots}):
            ours += told[day]
            theirs += sum(rest for lot, rest in zip(lots, left, strict=True) if lot.expires == day)
            if n % 2 == 0:
                assert ours == theirs, (lots, usage)
            # Where more was used than bought, or a later purchase expires first, it never tells too much.
            assert ours <= theirs, (lots, usage)
        expired += theirs
    assert expired > 1_000
    [total] = company.rows("select sum(expired_credits) as credits from zenhire_marts.credit_statement")
    assert total["credits"] == sum(told.values())


@pytest.mark.slow
def test_the_statement_of_a_company_that_bought_and_lost_credits(tmp_path: Path) -> None:
    """February has no balance of its own; what nobody listed is told in the month in which it was seen."""
    company = Company(tmp_path)
    write_files(
        tmp_path,
        purchases_csv="date,credits,price,currency,expires\n2025-12-01,100,,,2026-01-31\n2026-02-03,500,,,\n",
    )
    company.build(
        {
            "sessions": [
                completed("before", "2025-12-10 10:00", 60, credit_charged=30),
                completed("january", "2026-01-20 10:00", 60, credit_charged=50),
                completed("february", "2026-02-10 10:00", 60, credit_charged=40),
                completed("march", "2026-03-03 10:00", 60, credit_charged=7),
            ],
            "sync_runs": [
                sync_run("r0", 1_000, as_of=at("2025-12-31 02:00")),
                sync_run("r1", 950, as_of=at("2026-01-31 02:00")),
                sync_run("r2", 1_370, as_of=at("2026-03-10 02:00")),
            ],
        }
    )
    assert [tuple(row.values()) for row in company.rows(
        "select month_start_date, opening_credits, purchased_credits, interview_credits, expired_credits,"
        " other_credits, closing_credits from zenhire_marts.credit_statement order by 1"
    )] == [
        (date(2025, 12, 1), None, 100, 30, 0, None, 1_000),
        (date(2026, 1, 1), 1_000, 0, 50, 20, 0, 930),
        (date(2026, 2, 1), 930, 500, 40, 0, 0, 1_390),
        (date(2026, 3, 1), 1_390, 0, 7, 0, 13, 1_370),
    ]  # fmt: skip


def normal_upper_tail(as_double: str) -> str:
    """The macro's SQL over a column z."""
    source = (ROOT / "transforms" / "macros" / "statistics.sql").read_text(encoding="utf-8")
    macros = jinja2.Environment(autoescape=False).from_string(source)  # noqa: S701 - SQL
    module = macros.make_module({"as_double": as_double.format})
    return str(module.normal_upper_tail("z"))  # type: ignore[attr-defined]


def test_the_chance_of_an_overrun_is_that_of_the_normal_distribution() -> None:
    sql = normal_upper_tail("cast({} as double precision)")
    with duckdb.connect() as connection:
        rows = connection.execute(f"select z, {sql} from (select unnest(?) as z)", [Z]).fetchall()
        assert connection.execute(f"select {sql} from (select cast(null as double) as z)").fetchall() == [
            (None,)
        ]
    _require_close(rows)


@pytest.mark.slow
@pytest.mark.skipif(not CAN_BUILD, reason="needs the package postgresql")
def test_it_is_the_same_on_postgres() -> None:
    sql = normal_upper_tail("cast({} as double precision)")
    values = ", ".join(f"({z})" for z in Z)
    with running() as server:
        rows = server.rows(f"select z, {sql} as tail from (values {values}) as numbers (z)")
    _require_close([(float(row["z"]), float(row["tail"])) for row in rows])


def _require_close(rows: Sequence[tuple[float, float]]) -> None:
    # What the handbook says of the formula.
    assert len(rows) == len(Z)
    assert max(abs(tail - (1 - NormalDist().cdf(z))) for z, tail in rows) < 7.5e-8
