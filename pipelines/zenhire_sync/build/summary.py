"""What a build made, counted in the warehouse itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from zenhire_schemas.tables import MARTS_SCHEMA


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """Rows per mart and what the tests said; ``seconds`` is wall clock, credits are those charged in all."""

    rows_by_mart: dict[str, int]
    tests_passed: int
    tests_warned: int
    seconds: float
    credits_charged: int
    negative_surveys: int

    def counts(self) -> dict[str, int]:
        """What the end of the step tells."""
        return {
            "marts": len(self.rows_by_mart),
            "rows": sum(self.rows_by_mart.values()),
            "tests_passed": self.tests_passed,
            "tests_warned": self.tests_warned,
        }


@dataclass(frozen=True, slots=True)
class MartTotals:
    """Rows per mart, credits charged and negative surveys."""

    rows_by_mart: dict[str, int]
    credits_charged: int
    negative_surveys: int


def count_marts(warehouse: Path, marts: tuple[str, ...]) -> MartTotals:
    """Totals of the marts named, read from the warehouse."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = {name: _total(connection, name, "count(*)") for name in marts}
        credits_charged = _total(connection, "credit_usage_daily", "coalesce(sum(credits_charged), 0)")
    return MartTotals(rows, credits_charged, rows["negative_feedback"])


def _total(connection: duckdb.DuckDBPyConnection, mart: str, aggregate: str) -> int:
    ((value,),) = connection.table(f"{MARTS_SCHEMA}.{mart}").aggregate(aggregate).fetchall()
    return int(value)
