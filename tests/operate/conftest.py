"""A company with a person to forget, its warehouse, and commands run as users run them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.accidents.commands import Nursery
from tests.engine import CURRENT
from tests.sync.world import World, world
from zenhire_sync.simulator import DEFAULT_KEY, Company, CompanySpec

LONGEST_SECONDS = 600
NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Done:
    """What a command printed and its exit code."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    """Runs ``zenhire-sync`` in a process of its own against one world."""

    environ: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, **environ: str) -> Done:
        nursery = Nursery.of_this_process()
        done = Done(*nursery.told(arguments, {**self.environ, **environ}, Path.cwd(), LONGEST_SECONDS))
        assert "Traceback" not in done.err
        return done


def shell_for(data_dir: Path, base_url: str = "http://127.0.0.1:1/api/v1/interview") -> Shell:
    """A shell with a key, a base URL and a data directory, and nothing else of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZENHIRE_")}
    return Shell(
        {
            **kept,
            **CURRENT.variables(),
            "ZENHIRE_DATA_DIR": str(data_dir),
            "ZENHIRE_BASE_URL": base_url,
            "ZENHIRE_API_KEY": DEFAULT_KEY,
            "ZENHIRE_RATE_LIMIT_PER_MINUTE": "1000000",
            "ZENHIRE_RETRY_BASE_SECONDS": "0.01",
            "ZENHIRE_AUDIT_REQUESTS": "0",
            "COLUMNS": "200",
        }
    )


@pytest.fixture
def interview() -> Callable[..., str]:
    """Adds a completed interview with a bad survey to a company, two days before ``NOW``."""

    def add(company: Company, ref: str | None, comment: str, **fields: Any) -> str:
        start = NOW - timedelta(days=2)
        fields = {"metadata": {"mail": f"{comment}@x.org"}, **fields}
        session_id = company.add_session(start, candidate_ref=ref, **fields)
        company.complete_session(session_id, start + timedelta(hours=1), duration_sec=600)
        company.submit_survey(session_id, start + timedelta(hours=2), 1, comment)
        return session_id

    return add


@pytest.fixture
def company() -> Company:
    return Company(CompanySpec(sessions=60, days=30))


@pytest.fixture
def here(company: Company, tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, company, NOW) as running:
        yield running


@pytest.fixture
def shell(here: World) -> Shell:
    return shell_for(here.settings.data_dir, here.sim.base_url)
