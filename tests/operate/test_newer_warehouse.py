"""A warehouse that a newer version wrote is left alone, and said so in one line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sync.world import world
from tests.transforms.warehouse import PROFILE
from zenhire_schemas.tables import LAYOUT
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.errors import ConfigurationError
from zenhire_sync.marts import build_marts
from zenhire_sync.simulator import Company, CompanySpec

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_no_step_touches_it(tmp_path: Path) -> None:
    with world(tmp_path, Company(CompanySpec(sessions=5, days=3)), NOW) as here:
        here.night()
        here.change("update sync_runs set layout = ?", LAYOUT + 1)
        path = here.settings.warehouse_path
        before = path.read_bytes() if path.exists() else None
        with pytest.raises(ConfigurationError, match="newer version of zenhire-sync"):
            here.night()
        with pytest.raises(ConfigurationError, match="newer version"):
            build_marts(here.settings, PROFILE, NOW)
        with pytest.raises(ConfigurationError, match="newer version"), warehouse_of(here.settings).reading():
            pass
        assert (path.read_bytes() if path.exists() else None) == before
