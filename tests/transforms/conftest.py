"""One data directory per test file, so that dbt's parse cache serves all builds in it."""

from __future__ import annotations

import pytest
from tests.transforms.warehouse import Company


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return Company(tmp_path_factory.mktemp("company"))
