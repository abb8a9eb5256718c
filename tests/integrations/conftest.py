"""Tests that ask the tools of others: `make test-integrations` builds these and runs these tests alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integrations.published import Published, published_company

from zenhire_sync.simulator import Company, CompanySpec, SimulatorServer

HERE = Path(__file__).parent
KEY = "zh_api_0123456789abcdef"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks whatever stands in this folder, so that none is forgotten."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("integration")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """A company as a file and on a server; whoever asks it leaves its rows as they are."""
    with published_company(tmp_path_factory.mktemp("company")) as company:
        yield company


@pytest.fixture
def api() -> Iterator[SimulatorServer]:
    """The API of a small company, for tools that run the night."""
    company = Company(CompanySpec(sessions=40, days=10))
    with SimulatorServer(
        company, now=company.settled_at, keys={KEY: None}, rate_limit_per_minute=1_000_000
    ) as running:
        yield running
