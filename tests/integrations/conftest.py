"""Tests that ask the tools of others: `make test-integrations` builds these and runs these tests alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integrations.published import Published, published_company

HERE = Path(__file__).parent


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
