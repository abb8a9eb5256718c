"""What a build made, counted in the warehouse itself."""

from __future__ import annotations

from dataclasses import dataclass

from zenhire_sync.warehouse.port import Reader, Warehouse


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


def count_marts(warehouse: Warehouse, marts: tuple[str, ...]) -> MartTotals:
    """Totals of the marts named. Raises WarehouseError when they cannot be read."""
    with warehouse.built() as reader:
        rows = {name: _total(reader, name, "count(*)") for name in marts}
        credits_charged = _total(reader, "credit_usage_daily", "coalesce(sum(credits_charged), 0)")
    return MartTotals(rows, credits_charged, rows["negative_feedback"])


def _total(reader: Reader, mart: str, aggregate: str) -> int:
    # Names are those of our own models.
    answer = reader.select(f"select {aggregate} as total from {mart}")  # noqa: S608
    return int(answer.column(0)[0].as_py())
