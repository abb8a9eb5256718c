"""The same models on PostgreSQL make the same marts, row by row, of a company with every odd state."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from tests.transforms.odd_company import odd_company
from tests.transforms.postgres.server import Postgres, running
from tests.transforms.warehouse import NOW, Company, Row
from tools.dictionary import described_marts

from zenhire_sync.marts.environment import dbt_variables

# when and by which run of dbt it was built, and nothing about the company
NOT_COMPARED = {"built_at", "build_id"}
# engines differ in the last digit of an interpolated percentile
TOLERANCE = Decimal("0.0001")


@pytest.fixture(scope="module")
def havana(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Its zone has a night without a midnight among the company's: 8 March 2026 begins at one o'clock."""
    options = {"reporting_time_zone": "America/Havana", "credit_price": "0.125"}
    company = Company(tmp_path_factory.mktemp("company"), options)
    company.build(odd_company(20260308))
    return company


@pytest.fixture(scope="module")
def postgres(havana: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """The marts of the same raw rows."""
    scratch = tmp_path_factory.mktemp("postgres")
    with running() as server:
        server.copy_raw(havana.settings.warehouse_path, scratch)
        server.build(dbt_variables(havana.settings, NOW), scratch)
        yield server


def test_every_mart_is_the_same(havana: Company, postgres: Postgres) -> None:
    names = [mart.name for mart in described_marts()]
    counts = {name: len(havana.rows(f"select 1 from zenhire_marts.{name}")) for name in names}
    assert [name for name, rows in counts.items() if not rows] == []
    different = {name: _differences(name, havana, postgres) for name in names}
    assert {name: rows for name, rows in different.items() if rows} == {}


def _differences(mart: str, company: Company, postgres: Postgres) -> list[Any]:
    query = f"select * from zenhire_marts.{mart}"
    ours, theirs = _sorted(company.rows(query)), _sorted(postgres.rows(query))
    if len(ours) != len(theirs):
        return [len(ours), len(theirs)]
    pairs = zip(ours, theirs, strict=True)
    return [(our, their) for our, their in pairs if not _is_same(our, their)][:3]


def _sorted(rows: list[Row]) -> list[Row]:
    """Names in lower case, as PostgreSQL keeps them."""
    kept = [{name.lower(): value for name, value in row.items() if name not in NOT_COMPARED} for row in rows]
    return sorted(kept, key=lambda row: [str(value) for value in row.values()])


def _is_same(ours: Row, theirs: Row) -> bool:
    return ours.keys() == theirs.keys() and all(
        value == theirs[name] or (name.startswith(("median_", "p90_")) and _is_close(value, theirs[name]))
        for name, value in ours.items()
    )


def _is_close(one: Any, other: Any) -> bool:
    return None not in {one, other} and abs(one - other) <= TOLERANCE
