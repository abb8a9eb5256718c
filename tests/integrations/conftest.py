"""Tests that ask the tools of others: `make test-integrations` builds these and runs these tests alone."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks whatever stands in this folder, so that none is forgotten."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("integration")
