"""FOCUS 1.4: what finance signed stays to the byte, and what came later is a correction of the open period.

Which rules are asked, and how they are read: focus_1_4.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.transforms.focus_1_4 import (
    CHARGES,
    GONE,
    MANDATORY,
    PERIODS,
    RULES,
    Rule,
    as_text_files,
    broken_rows,
    read_text_files,
)
from tests.transforms.warehouse import NOW, PROFILE, at, completed, sync_run, tags, write_raw

from zenhire_sync.marts import build_marts
from zenhire_sync.month_close import close_month, reopen_month
from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Settings

SESSIONS = [
    completed("jan", "2026-01-05 10:00", 600),
    completed("feb", "2026-02-03 10:00", 600, project_id="project-1"),
    completed("feb night", "2026-02-28 23:30", 600),
    completed("feb gone", "2026-02-04 10:00", 90),
    completed("mar", "2026-03-02 10:00", 90),
]
AMOUNTS = "PricingQuantity, ConsumedQuantity, x_SessionsCompleted, EffectiveCost, BillingCurrency"


@dataclass
class Books:
    """A company whose marts are published again and again, as finance sees them."""

    folder: Path
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.folder, memory_limit="1GB", **self.options)

    def change(self, sql: str) -> None:
        """ZenHire says something else."""
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            connection.execute(sql)

    def publish(self) -> None:
        build_marts(self.settings, PROFILE, NOW)
        publish_marts(self.settings, now=NOW)

    def close(self, month: str) -> None:
        close_month(self.settings, month, note=None, now=NOW, run_id=f"close {month} {self.closings()}")

    def reopen(self, month: str) -> None:
        # Later than the closing.
        reopen_month(self.settings, month, note=None, now=at("2026-03-10 03:00"), run_id=f"reopen {month}")

    def closings(self) -> int:
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            [(count,)] = connection.execute("select count(*) from zenhire_raw.month_closings").fetchall()
        return int(count)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.published_path), read_only=True) as connection:
            return list(connection.execute(sql).fetchall())

    def rows_of(self, month: str) -> list[tuple[Any, ...]]:
        """Every column of both datasets for a month."""
        where = f"where x_BillingMonthStartDate = '{month}-01' order by all"
        return [row for mart in (CHARGES, PERIODS) for row in self.ask(f"from zenhire_marts.{mart} {where}")]

    def corrections(self) -> list[tuple[Any, ...]]:
        return self.ask(
            f"select cast(x_BillingMonthStartDate as varchar), cast(x_UsageDate as varchar), {AMOUNTS}"
            f" from zenhire_marts.{CHARGES} where ChargeClass = 'Correction' order by all"
        )


@pytest.fixture
def books(tmp_path: Path) -> Books:
    opened = Books(tmp_path, {"credit_price": Decimal("0.25"), "credit_currency": "CHF"})
    write_raw(
        opened.settings.warehouse_path,
        {"sessions": SESSIONS, "session_tags": tags("feb", "a person's name"), "sync_runs": [sync_run("r1")]},
    )
    opened.publish()
    return opened


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Both datasets as a cost tool reads them, with open and closed periods and corrections up and down."""
    folder = tmp_path_factory.mktemp("told")
    books = Books(folder, {"credit_price": Decimal("0.25"), "credit_currency": "CHF"})
    write_raw(books.settings.warehouse_path, {"sessions": SESSIONS, "sync_runs": [sync_run("r1")]})
    books.publish()
    books.close("2026-02")
    books.change("update zenhire_raw.sessions set credit_charged = 3 where id = 'feb'")
    books.change("update zenhire_raw.sessions set credit_charged = 23 where id = 'feb night'")
    books.publish()
    as_text_files(books.settings.published_path, folder)
    return read_text_files(folder)


def test_each_dataset_has_its_mandatory_columns_and_no_others_of_its_own_name(
    told: duckdb.DuckDBPyConnection,
) -> None:
    for dataset, mandatory in MANDATORY.items():
        columns = told.table(dataset).columns
        assert set(mandatory) <= set(columns)
        assert not GONE & set(columns)
        custom = [name for name in columns if name.startswith("x_")]
        assert columns == [*(name for name in columns if name not in custom), *custom]
    assert set(told.table(PERIODS).columns) - set(MANDATORY[PERIODS]) == {"x_BillingMonthStartDate"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_of_the_specification_holds_and_a_row_that_breaks_it_is_found(
    told: duckdb.DuckDBPyConnection, rule: Rule
) -> None:
    assert broken_rows(told, rule) == 0
    rows = [row for (row,) in told.execute(f"select rowid from {rule.dataset} order by rowid").fetchall()]
    assert any(_is_refused(told, rule, row) for row in rows)


def _is_refused(told: duckdb.DuckDBPyConnection, rule: Rule, row: int) -> bool:
    told.begin()
    told.execute(f"update {rule.dataset} as charge set {rule.spoil} where rowid = {row}")
    found = broken_rows(told, rule)
    told.rollback()
    return found > 0


def test_a_closed_month_stays_to_the_byte_whatever_comes_later(books: Books) -> None:
    books.close("2026-02")
    books.publish()
    signed = books.rows_of("2026-02")
    assert [row for row in signed if "Closed" in row]
    books.change("update zenhire_raw.sessions set credit_charged = 3, role_name = 'Cook' where id = 'feb'")
    books.change("delete from zenhire_raw.sessions where id = 'feb gone'")
    books.change("delete from zenhire_raw.session_tags")
    books.options = {"credit_price": Decimal(9), "credit_currency": "EUR"}
    books.publish()
    assert books.rows_of("2026-02") == signed
    # at the price of the month they belong to
    assert books.corrections() == [
        ("2026-03-01", "2026-02-03", -17, 0, 0, Decimal("-4.25"), "CHF"),
        ("2026-03-01", "2026-02-04", -4, -2, -1, Decimal(-1), "CHF"),
    ]
    books.options["reporting_time_zone"] = "Asia/Tokyo"
    books.publish()
    assert books.rows_of("2026-02") == signed
    # the interview of the last night of February ends in March there
    assert ("2026-03-01", "2026-02-28", -20, -10, -1, Decimal(-5), "CHF") in books.corrections()
    [(starts, ends)] = books.ask(
        f"select BillingPeriodStart, BillingPeriodEnd from zenhire_marts.{PERIODS}"
        " where x_BillingMonthStartDate = '2026-03-01'"
    )
    assert (starts, ends) == tuple(
        at(text).replace(tzinfo=None) for text in ("2026-03-01 00:00", "2026-03-31 15:00")
    )


@pytest.mark.slow
def test_corrections_that_were_signed_are_taken_into_account_and_a_reopened_month_takes_them_back(
    books: Books,
) -> None:
    books.close("2026-01")
    books.change("update zenhire_raw.sessions set credit_charged = 25 where id = 'jan'")
    books.publish()
    up = ("2026-02-01", "2026-01-05", 5, 0, 0, Decimal("1.25"), "CHF")
    assert books.corrections() == [up]
    books.close("2026-02")
    books.publish()
    # signed in February, and nothing is told twice
    assert books.corrections() == [up]
    books.reopen("2026-01")
    books.publish()
    down = ("2026-03-01", "2026-01-05", -5, 0, 0, Decimal("-1.25"), "CHF")
    assert books.corrections() == [up, down]
    [(quantity, cost)] = books.ask(
        f"select sum(PricingQuantity), sum(EffectiveCost) from zenhire_marts.{CHARGES}"
    )
    assert (quantity, cost) == (25 + 20 + 20 + 4 + 4, (25 + 20 + 20 + 4 + 4) / Decimal(4))


@pytest.mark.slow
def test_each_billing_period_costs_what_finance_signs_at_the_price(books: Books) -> None:
    books.close("2026-02")
    books.change("update zenhire_raw.sessions set credit_charged = 3 where id = 'feb'")
    books.publish()
    told = books.ask(
        "select x_BillingMonthStartDate, sum(PricingQuantity), sum(EffectiveCost), sum(BilledCost)"
        f" from zenhire_marts.{CHARGES} group by 1 order by 1"
    )
    signed = books.ask(
        "select month_start_date, sum(credits_to_sign), sum(credits_to_sign) * 0.25, 0"
        " from zenhire_marts.credit_close group by 1 order by 1"
    )
    assert told == signed
    assert [row[1] for row in told] == [20, 44, 4 - 17]


@pytest.mark.slow
def test_periods_say_when_they_were_first_known_closed_and_opened_again(books: Books) -> None:
    sql = (
        "select cast(x_BillingMonthStartDate as varchar), BillingPeriodStatus, BillingPeriodCreated,"
        f" BillingPeriodLastUpdated from zenhire_marts.{PERIODS} order by 1"
    )
    first = books.ask(sql)
    assert [row[:2] for row in first] == [(f"2026-0{n}-01", "Open") for n in (1, 2, 3)]
    books.close("2026-02")
    books.publish()
    closed = books.ask(sql)
    # what was once told of a period is told again by every later build
    assert [row[2] for row in closed] == [row[2] for row in first]
    assert [row[1] for row in closed] == ["Open", "Closed", "Open"]
    books.reopen("2026-02")
    books.publish()
    again = books.ask(sql)
    assert [row[1:3] for row in again] == [row[1:3] for row in first]


@pytest.mark.slow
def test_no_tag_is_in_what_stays_for_ever(books: Books) -> None:
    books.close("2026-02")
    books.publish()
    with duckdb.connect(str(books.settings.warehouse_path)) as connection:
        kept = connection.execute("select * from zenhire_raw.closed_charges").fetchall()
    assert len(kept) == 3
    assert "a person's name" not in str(kept) + str(books.rows_of("2026-02"))
