"""A run whose server goes away, refuses or is full ends in one clear line; the next one brings everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.accidents.commands import settled_truth
from tests.engine import database
from tests.sync.world import World, world
from tests.transforms.postgres.server import Postgres
from zenhire_sync.engines.postgres.connecting import connected, execute
from zenhire_sync.errors import WarehouseError
from zenhire_sync.settings import Home
from zenhire_sync.simulator import Company, CompanySpec
from zenhire_sync.warehouse.dlt_loader import DltLoader

COMPANY = Company(CompanySpec(sessions=60, days=20))
NEXT = timedelta(days=1)


@pytest.fixture
def home(postgres: Postgres) -> Iterator[Home]:
    """A database of the test's own."""
    with database(postgres) as found:
        yield found


@pytest.fixture
def here(home: Home, tmp_path: Path) -> Iterator[World]:
    """A company where all has happened, and nothing synced yet."""
    with world(tmp_path, COMPANY, COMPANY.settled_at, window_details=10) as found:
        yield replace(found, settings=found.settings.at(home))


@pytest.fixture
def before_load(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], None]], None]:
    """Something happens before the n-th load of a run, and once only."""
    real, seen = DltLoader.load_files, [0]

    def arrange(number: int, happens: Callable[[], None]) -> None:
        def load(self: DltLoader, *args: Any, **how: Any) -> dict[str, int]:
            seen[0] += 1
            if seen[0] == number:
                happens()
            return real(self, *args, **how)

        monkeypatch.setattr(DltLoader, "load_files", load)

    return arrange


def one_line_of(here: World) -> str:
    with pytest.raises(WarehouseError) as told:
        here.night()
    return str(told.value)


def test_a_server_that_crashes_in_the_middle_of_a_run(
    here: World, postgres: Postgres, before_load: Callable[..., None]
) -> None:
    before_load(3, postgres.stop)
    try:
        line = one_line_of(here)
    finally:
        postgres.start()
    assert "\n" not in line
    assert "PostgreSQL database test_" in line
    here.night(here.sim.now + NEXT)
    settled_truth(here)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_sessions_of_the_server_that_are_ended_in_the_middle_of_a_run(
    here: World, number: int, before_load: Callable[..., None]
) -> None:
    def end_all() -> None:
        with connected(here.settings) as connection:
            execute(
                connection,
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()",
            )

    before_load(number, end_all)
    with suppress(WarehouseError):
        here.night()
    here.night(here.sim.now + NEXT)
    settled_truth(here)


def test_a_disk_of_the_server_that_is_full(here: World, home: Home) -> None:
    here.night()
    with connected(here.settings) as connection:
        execute(
            connection,
            """
            create function zenhire_raw.full() returns trigger language plpgsql as $$ begin
                raise exception 'could not extend file: No space left on device' using errcode = '53100';
            end $$;
            create trigger full_disk before insert on zenhire_raw.sync_runs
                for each row execute function zenhire_raw.full();
            """,
        )
        line = one_line_of(here)
        assert "No space left on device; make room on the server's disk" in line
        execute(connection, "drop function zenhire_raw.full cascade")
    here.night(here.sim.now + NEXT)
    settled_truth(here)


def test_a_lock_of_somebody_else_is_waited_for_and_then_named(
    here: World, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zenhire_sync.engines.postgres import destination

    here.night()
    assert isinstance(home.url, SecretStr)
    monkeypatch.setattr(destination, "_SESSION", ("timezone=UTC", "lock_timeout=300ms"))
    with connected(here.settings) as stranger:
        execute(stranger, "begin; lock table zenhire_raw.sync_runs in share mode")
        line = one_line_of(here)
        assert "lock timeout; somebody else holds a lock" in line
        execute(stranger, "rollback")
    here.night(here.sim.now + NEXT)
    settled_truth(here)


def test_what_a_killed_run_left_in_staging_is_gone_when_the_next_begins(here: World) -> None:
    here.night()
    with connected(here.settings) as connection:
        execute(connection, "insert into zenhire_raw_staging.sync_runs select * from zenhire_raw.sync_runs")
    here.night(here.sim.now + NEXT)
    with connected(here.settings) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select sum(n) from (select count(*) as n from zenhire_raw_staging.sync_runs"
            " union all select count(*) from zenhire_raw_staging.sessions) as left_there"
        )
        assert cursor.fetchone() == (0,)
