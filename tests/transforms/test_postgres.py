"""The same models on PostgreSQL make the same marts, row by row, of a company with every odd state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from tests.transforms.odd_company import odd_company
from tests.transforms.postgres.server import Postgres, running
from tests.transforms.warehouse import NOW, Company, Row
from tools.dictionary import described_marts

from zenhire_sync.marts import build_marts
from zenhire_sync.settings import Home, Profile

# when and by which run of dbt it was built, and nothing about the company
NOT_COMPARED = {"built_at", "build_id"}


@pytest.fixture(scope="module")
def havana(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Its zone has a night without a midnight among the company's: 8 March 2026 begins at one o'clock."""
    options = {"reporting_time_zone": "America/Havana", "credit_price": "0.125"}
    company = Company(tmp_path_factory.mktemp("company"), options)
    company.build(odd_company(20260308))
    return company


@pytest.fixture(scope="module")
def postgres(havana: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """The marts of the same raw rows, as the program builds them on a server."""
    with running() as server:
        server.copy_raw(havana.settings.warehouse_path, tmp_path_factory.mktemp("rows"))
        profile = Profile(name="postgres", description="test", destination="postgres", dbt_target="postgres")
        home = Home(destination="postgres", url=SecretStr(server.url()))
        build_marts(havana.settings.at(home), profile, NOW)
        yield server


def test_every_mart_is_the_same(havana: Company, postgres: Postgres) -> None:
    names = [mart.name for mart in described_marts()]
    counts = {name: len(havana.rows(f"select 1 from zenhire_marts.{name}")) for name in names}
    assert [name for name, rows in counts.items() if not rows] == []
    different = {name: _differences(name, havana, postgres) for name in names}
    assert {name: rows for name, rows in different.items() if rows} == {}


def _differences(mart: str, company: Company, postgres: Postgres) -> list[Any]:
    ours = _sorted(company.rows(f"select * from zenhire_marts.{mart}"))
    theirs = _sorted(postgres.rows(f"select * from zenhire_built.{mart}"))
    if len(ours) != len(theirs):
        return [len(ours), len(theirs)]
    pairs = zip(ours, theirs, strict=True)
    return [(our, their) for our, their in pairs if our != their][:3]


def _sorted(rows: list[Row]) -> list[Row]:
    """Names in lower case, as PostgreSQL keeps them."""
    kept = [{name.lower(): value for name, value in row.items() if name not in NOT_COMPARED} for row in rows]
    return sorted(kept, key=lambda row: [str(value) for value in row.values()])
