"""A company for each accident."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accidents.commands import KEY
from tests.sync.world import World, world
from zenhire_sync.simulator import Company


@pytest.fixture
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The company of the module's SPEC, where all has happened, and an empty data directory."""
    company = Company(request.module.SPEC)
    with world(tmp_path, company, company.settled_at, keys={KEY: None}) as found:
        yield found
