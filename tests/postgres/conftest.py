"""A small company, built once on a server of our own; tests may change what was built and published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from pydantic import SecretStr

from tests.transforms.postgres.server import CAN_BUILD, Postgres, running
from tests.transforms.warehouse import NOW, completed, survey, sync_run, write_raw
from zenhire_sync.marts import build_marts
from zenhire_sync.progress import Silent
from zenhire_sync.publish import PublishSummary, publish_marts
from zenhire_sync.settings import Home, Profile, Settings

collect_ignore_glob = [] if CAN_BUILD else ["test_*.py"]
PROFILE = Profile(name="postgres", description="test", destination="postgres", dbt_target="postgres")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server of this worker's own, whatever engine the other tests run on."""
    with running() as found:
        yield found


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two sessions with one survey, in a file."""
    file = Settings(data_dir=tmp_path_factory.mktemp("company"))
    rows = {
        "sessions": [completed(f"s{n}", "2026-03-01 10:00", 60) for n in range(2)],
        "session_feedback": [survey("s1", 1, "2026-03-02 10:00")],
        "sync_runs": [sync_run("run-1")],
    }
    write_raw(file.warehouse_path, rows)
    return file


@pytest.fixture(scope="session")
def settings(postgres: Postgres, file: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same on a server, built."""
    postgres.copy_raw(file.warehouse_path, tmp_path_factory.mktemp("rows"))
    found = file.at(Home(destination="postgres", url=SecretStr(postgres.url())))
    build_marts(found, PROFILE, NOW)
    return found


@pytest.fixture
def connect(settings: Settings) -> Iterator[Callable[..., Any]]:
    """Makes a connection in autocommit, as a role if one is named."""
    assert settings.home.url is not None
    made = []

    def connection(user: str | None = None, *, autocommit: bool = True) -> Any:
        assert settings.home.url is not None
        found = psycopg2.connect(settings.home.url.get_secret_value(), **({"user": user} if user else {}))
        found.autocommit = autocommit
        made.append(found)
        return found

    yield connection
    for found in made:
        found.close()


@pytest.fixture
def ask(connect: Callable[..., Any]) -> Callable[..., list[tuple[Any, ...]]]:
    """Runs statements as the owner; returns the last one's rows."""

    def asked(sql: str, connection: Any = None) -> list[tuple[Any, ...]]:
        with (connection or connect()).cursor() as cursor:
            cursor.execute(sql)
            rows: list[tuple[Any, ...]] = [] if cursor.description is None else cursor.fetchall()
        return rows

    return asked


@pytest.fixture
def publish(settings: Settings) -> Callable[..., PublishSummary]:
    """Publishes what is built."""

    def published(**how: Any) -> PublishSummary:
        return publish_marts(settings, now=NOW + timedelta(hours=1), progress=Silent(), **how)

    return published


@pytest.fixture(autouse=True)
def _nothing_published(postgres: Postgres) -> None:
    postgres.execute("drop schema if exists zenhire_marts cascade")
    if postgres.rows("select 1 from pg_roles where rolname = 'zenhire_reader'"):
        postgres.execute("drop owned by zenhire_reader")
        postgres.execute("drop role zenhire_reader")
