"""A copy of the warehouse while everything else goes on, and what is left of it after a restore."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.operate.conftest import NOW
from tests.sync.world import World, expected_session
from tests.transforms.warehouse import completed, write_raw
from zenhire_sync.engines.duckdb_file import online_backup
from zenhire_sync.engines.duckdb_file.online_backup import back_up
from zenhire_sync.errors import ConfigurationError, LockHeldError, WarehouseError
from zenhire_sync.lock import exclusive
from zenhire_sync.settings import Settings
from zenhire_sync.simulator import Company

# Adds a session and its survey in one transaction, again and again; every few a checkpoint moves blocks.
_WRITE = """
import sys
import duckdb
con = duckdb.connect(sys.argv[1])
con.execute("use zenhire_raw")
n = 0
while True:
    con.execute("begin")
    con.execute("update sessions set role_name = ? where id = 's1'", ["x" * (n % 3000)])
    for table in ("a", "b"):
        con.execute(f"insert into {table} select ? + range, repeat('w', 500) from range(200)", [n * 200])
    if n % 3 == 0:
        con.execute("delete from a where n % 2 = 0")
        con.execute("delete from b where n % 2 = 0")
    con.execute("commit")
    if n % 3 == 0:
        con.execute("checkpoint")
    if n == 0:
        print("writing", flush=True)
    n += 1
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(data_dir=tmp_path / "data")
    write_raw(found.warehouse_path, {"sessions": [completed("s1", "2026-02-01 10:00", 60)]})
    return found


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as con:
        found: list[tuple[object, ...]] = con.execute(sql).fetchall()
        return found


def test_a_copy_that_is_taken_while_somebody_writes_is_of_one_moment(
    settings: Settings, tmp_path: Path
) -> None:
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.execute(
            "create table zenhire_raw.a (n bigint, w text); create table zenhire_raw.b (n bigint, w text)"
        )
    command = [sys.executable, "-c", _WRITE, str(settings.warehouse_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        try:
            for turn in range(4):
                target = tmp_path / f"copy-{turn}.duckdb"
                assert back_up(settings, target, replace=False).sessions == 1
                [(a, b)] = rows(
                    target, "select (select sum(n) from zenhire_raw.a), (select sum(n) from zenhire_raw.b)"
                )
                assert a == b
                assert a
            assert writer.poll() is None
        finally:
            writer.kill()


def test_what_is_committed_but_still_in_the_log_is_in_the_copy(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "copy.duckdb"
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.execute("update zenhire_raw.sessions set role_name = 'Pilot'")
        assert settings.warehouse_path.with_name("warehouse.duckdb.wal").stat().st_size > 0
        back_up(settings, target, replace=False)
        # Whoever writes was not disturbed.
        con.execute("update zenhire_raw.sessions set role_name = 'Cook'")
    assert rows(target, "select role_name from zenhire_raw.sessions") == [("Pilot",)]
    assert not target.with_name("copy.duckdb.wal").exists()


def test_the_copy_is_its_owners_alone_and_replaces_nothing_unasked(
    settings: Settings, tmp_path: Path
) -> None:
    target = tmp_path / "copy.duckdb"
    target.write_text("precious")
    with pytest.raises(ConfigurationError, match="--force"):
        back_up(settings, target, replace=False)
    assert target.read_text() == "precious"
    before = os.umask(0)
    try:
        back_up(settings, target, replace=True)
    finally:
        os.umask(before)
    assert target.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.duckdb", "data"]


@pytest.mark.parametrize(
    "place",
    ["data/warehouse.duckdb", "data/published/zenhire.duckdb", "data/state/x", "data", "no/where.duckdb"],
)
def test_a_place_that_would_cost_a_file_of_ours_is_refused(
    settings: Settings, tmp_path: Path, place: str
) -> None:
    (settings.state_dir).mkdir()
    settings.published_path.parent.mkdir()
    before = settings.warehouse_path.read_bytes()
    with pytest.raises(ConfigurationError):
        back_up(settings, tmp_path / place, replace=True)
    assert settings.warehouse_path.read_bytes() == before


def test_a_damaged_warehouse_makes_no_backup_and_leaves_the_last_one(
    settings: Settings, tmp_path: Path
) -> None:
    target = tmp_path / "copy.duckdb"
    back_up(settings, target, replace=False)
    with settings.warehouse_path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xa5" * (settings.warehouse_path.stat().st_size - 3 * 4096))
    with pytest.raises(WarehouseError, match="nothing was backed up"):
        back_up(settings, target, replace=True)
    assert rows(target, "select count(*) from zenhire_raw.sessions") == [(1,)]


def test_while_a_person_is_erased_no_copy_of_the_person_is_made(settings: Settings, tmp_path: Path) -> None:
    with exclusive(settings.state_dir, "erase"), pytest.raises(LockHeldError, match="erase"):
        back_up(settings, tmp_path / "copy.duckdb", replace=False)
    with exclusive(settings.state_dir, "sync"):
        back_up(settings, tmp_path / "copy.duckdb", replace=False)


def test_a_warehouse_that_never_stands_still_is_told_instead_of_waited_for_without_end(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online_backup, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(online_backup, "_copy", lambda *_: False)
    with pytest.raises(LockHeldError, match="was written all the time"):
        back_up(settings, tmp_path / "copy.duckdb", replace=False)
    assert not (tmp_path / "copy.duckdb").exists()


@pytest.mark.file_only
@pytest.mark.slow
def test_after_a_restore_the_next_sync_brings_back_what_came_since(
    company: Company, here: World, tmp_path: Path
) -> None:
    settings, target = here.settings, tmp_path / "copy.duckdb"
    here.night()
    back_up(settings, target, replace=False)
    company.add_session(NOW + timedelta(hours=1), candidate_ref="new")
    here.night(NOW + timedelta(days=1))
    # As docs/runbook.md says.
    for left in settings.data_dir.glob("warehouse.duckdb*"):
        left.unlink()
    shutil.rmtree(settings.state_dir)
    shutil.copyfile(target, settings.warehouse_path)
    here.night(NOW + timedelta(days=1, hours=1))
    truth = {
        row["id"]: expected_session(row, here.roles) for row in here.sim.company.at(here.sim.now).sessions()
    }
    found = {row["id"]: row for row in here.rows("sessions")}
    assert truth.keys() <= found.keys()
    for session_id, row in truth.items():
        assert {name: found[session_id][name] for name in row} == row
