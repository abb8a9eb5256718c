"""The warm interpreter that commands are run in, how many examples a property test tries, and the engine."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.accidents.commands import Nursery
from tests.engine import CURRENT, database, lake
from tests.parsed_project import share_in
from tests.thorough import IS_THOROUGH, examples
from tests.transforms.postgres.server import Postgres, running
from zenhire_sync.settings import Home

settings.register_profile("thorough")
settings.register_profile("quick", max_examples=examples(settings().max_examples))
settings.load_profile("thorough" if IS_THOROUGH else "quick")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--engine`` asks every test that is not about the file again, of a server or of a lake."""
    parser.addoption("--engine", choices=["duckdb", "postgres", "lake"], default="duckdb")


def pytest_configure(config: pytest.Config) -> None:
    """What a test may say of itself."""
    config.addinivalue_line("markers", "slow: takes seconds; `make test` leaves it out unless THOROUGH=1")
    config.addinivalue_line(
        "markers", "integration: asks another tool; `make test-integrations` runs it alone"
    )
    config.addinivalue_line("markers", "file_only: is about a DuckDB file, and means nothing elsewhere")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Longest first, so that workers end together; leaves out what means nothing on the engine."""
    items.sort(key=lambda item: not item.path.match("lake/test_spark*.py"))
    if config.getoption("--engine") == "duckdb":
        return
    of_the_file = [item for item in items if item.get_closest_marker("file_only")]
    config.hook.pytest_deselected(items=of_the_file)
    items[:] = [item for item in items if item not in of_the_file]


@pytest.fixture(scope="session", autouse=True)
def _parsed_project(tmp_path_factory: pytest.TempPathFactory) -> None:
    """dbt reads the project once for all workers and the commands they start."""
    mine = tmp_path_factory.getbasetemp()
    ours = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    share_in(ours / "parsed_project")


@pytest.fixture(scope="module", autouse=True)
def _frozen_modules() -> None:
    """A collection looks at what tests make, not at a million objects of modules: half of a short night."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """What was frozen is looked at once more, for what was never closed."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def engine_server(request: pytest.FixtureRequest) -> Iterator[Postgres | None]:
    """A server of this worker's, if tests run on one."""
    if request.config.getoption("--engine") != "postgres":
        yield None
        return
    with running() as found:
        yield found


@pytest.fixture(autouse=True)
def _engine(
    request: pytest.FixtureRequest, engine_server: Postgres | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    if request.config.getoption("--engine") == "lake":
        with lake(tmp_path_factory.mktemp("lake")):
            yield CURRENT
        return
    if engine_server is None:
        yield CURRENT
        return
    with database(engine_server) as CURRENT.home:
        yield CURRENT
    CURRENT.home = Home()


@pytest.fixture(scope="session")
def nursery() -> Nursery:
    """Runs commands without the seconds that importing takes."""
    return Nursery.of_this_process()
