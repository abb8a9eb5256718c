"""One data directory per test file, so that dbt's parse cache serves all builds in it."""

from __future__ import annotations

import pytest
from tests.transforms.postgres.server import CAN_BUILD
from tests.transforms.warehouse import Company

collect_ignore = [] if CAN_BUILD else ["test_postgres.py"]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return Company(tmp_path_factory.mktemp("company"))
