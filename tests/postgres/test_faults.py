"""A run whose server goes away, refuses or is full ends in one clear line; the next one brings everything."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
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
from tests.postgres.cutting import cutting
from tests.sync.world import World, world
from tests.thorough import dice, few_or_all
from tests.transforms.postgres.server import Postgres
from zenhire_sync.engines.postgres import destination
from zenhire_sync.engines.postgres.connecting import connected, execute
from zenhire_sync.errors import ConfigurationError, WarehouseError
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


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_a_connection_that_is_cut_anywhere_in_a_run(here: World, postgres: Postgres, home: Home) -> None:
    assert home.url is not None
    with cutting(postgres.port) as proxy:
        url = home.url.get_secret_value().replace(f":{postgres.port}/", f":{proxy.port}/")
        through = replace(here, settings=here.settings.at(Home(destination="postgres", url=SecretStr(url))))
        chance = dice("the cut")
        for n in range(few_or_all(3, 12)):
            # A whole first sync sends 379 kB here, a quiet night 16 kB.
            proxy.left = 2 ** chance.uniform(8, 18)
            with suppress(WarehouseError):
                through.night(here.sim.now + n * NEXT)
            proxy.left = float("inf")
        assert proxy.cuts
        through.night(here.sim.now + 20 * NEXT)
    settled_truth(here)


@pytest.fixture
def small_disk(postgres: Postgres, tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB on which the server has a tablespace."""
    disk = Path(tempfile.mkdtemp(prefix="zenhire-disk-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], check=True)
    try:
        shutil.chown(disk, "postgres", "postgres")
        postgres.execute(f"create tablespace small location '{disk}'")
        yield disk
    finally:
        postgres.execute("drop tablespace if exists small")
        subprocess.run(["umount", disk], check=True)
        disk.rmdir()


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_a_disk_of_the_server_that_is_full(here: World, postgres: Postgres, small_disk: Path) -> None:
    chance, filler = dice("the room that is left"), small_disk / "filler"
    postgres.execute("create database full_disk tablespace small")
    try:
        there = Home(destination="postgres", url=SecretStr(postgres.url("full_disk")))
        full = replace(here, settings=here.settings.at(there))
        told = []
        for n in range(few_or_all(3, 8)):
            room = shutil.disk_usage(small_disk).free - chance.randrange(400_000)
            filler.write_bytes(bytes(max(room, 0)))
            try:
                full.night(here.sim.now + n * NEXT)
            except WarehouseError as error:
                told.append(str(error))
            filler.unlink()
        assert told
        assert [line for line in told if "make room on the server's disk" not in line] == []
        full.night(here.sim.now + 20 * NEXT)
        settled_truth(full)
    finally:
        postgres.execute("drop database full_disk with (force)")


@pytest.mark.slow
def test_a_lock_of_somebody_else_is_waited_for_and_then_named(
    here: World, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
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


@pytest.mark.slow
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


def test_a_driver_without_which_empty_texts_would_become_null(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destination, "has_adbc_driver", lambda _: (False, "no such library\nand more"))
    with pytest.raises(ConfigurationError, match=r"cannot be used \(no such library\); pip install"):
        here.night()
    monkeypatch.undo()
    here.night(here.sim.now + NEXT)
    settled_truth(here)
