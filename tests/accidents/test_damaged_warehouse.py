"""What befalls the working file between two nights: one clear line and nothing touched, or a repair."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from tests.accidents.commands import KEY, PROGRAM, Ended, Nursery, settled_truth, variables
from tests.sync.world import World, world
from zenhire_sync.simulator import Company, CompanySpec

pytestmark = pytest.mark.file_only

SPEC = CompanySpec(sessions=30, days=10, personas=2, personas_deleted=0, sessions_deleted_share=0)
Damage = Callable[[Path], object]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[World]:
    """A company and a data directory after one good night."""
    company = Company(SPEC)
    folder = tmp_path_factory.mktemp("company")
    with world(folder, company, company.settled_at, keys={KEY: None}) as found:
        sync(found, nursery).well()
        shutil.copytree(found.settings.data_dir, folder / "good")
        yield found


@pytest.fixture
def here(company: World) -> World:
    """The same, whatever the test before did."""
    shutil.rmtree(company.settings.data_dir)
    shutil.copytree(company.settings.data_dir.with_name("good"), company.settings.data_dir)
    return company


def sync(here: World, nursery: Nursery, largest_file: int = 0) -> Ended:
    env = variables(here.settings.data_dir, here.sim.base_url)
    return nursery.run(env, "sync", "--as-of", here.sim.now.isoformat(), largest_file=largest_file)


def execute(path: Path, *statements: str) -> None:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)


def flip_bytes(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(20_000, len(content), 5_000):
        content[place] ^= 0xFF
    path.write_bytes(bytes(content))


def become_sqlite(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("create table sessions (id)")
    connection.close()


def become_foreign(path: Path) -> None:
    path.unlink()
    execute(path, "create schema zenhire_raw", "create table zenhire_raw.sessions as select 42 as id")


def become_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def bring_a_log_of_another_file(path: Path) -> None:
    other = path.with_name("other.duckdb")
    script = (
        "import duckdb, os, sys; con = duckdb.connect(sys.argv[1]);"
        "con.execute('create table t as select 1');"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, other], check=True)
    other.with_name("other.duckdb.wal").rename(f"{path}.wal")
    other.unlink()


REFUSED: dict[str, tuple[Damage, str]] = {
    "garbage": (lambda path: path.write_bytes(b"\x17garbage" * 5_000), "is not a DuckDB database"),
    "a few letters": (lambda path: path.write_text("abc"), "is not a DuckDB database"),
    "a SQLite file": (become_sqlite, "is not a DuckDB database"),
    "half a file": (lambda path: path.write_bytes(path.read_bytes()[:300_000]), "restore it from a backup"),
    "flipped bytes": (flip_bytes, "restore it from a backup"),
    "a folder": (become_folder, "is not a file"),
    "a file of somebody else": (become_foreign, "not made by zenhire-sync (column id is integer)"),
    "a changed type": (
        lambda path: execute(path, "alter table zenhire_raw.sessions alter credit_charged type varchar"),
        "not made by zenhire-sync (column credit_charged is varchar)",
    ),
    "a view in place of a table": (
        lambda path: execute(
            path,
            "drop table zenhire_raw.session_tags",
            "create view zenhire_raw.session_tags as select 1 as x",
        ),
        "session_tags was not made by zenhire-sync (it is a view)",
    ),
    "a key column gone": (
        lambda path: execute(path, "alter table zenhire_raw.rejected_rows drop column first_seen_at"),
        "it has no column first_seen_at",
    ),
    "the log of another file": (bring_a_log_of_another_file, "move the log away"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_worked_with_is_told_in_one_line_and_left_alone(
    here: World, nursery: Nursery, name: str
) -> None:
    damage, words = REFUSED[name]
    path = here.settings.warehouse_path
    damage(path)
    before = path.read_bytes() if path.is_file() else None
    here.sim.log.clear()
    ended = sync(here, nursery)
    assert ended.exit_code == 1
    [line] = ended.output.splitlines()
    assert line.startswith("zenhire-sync sync: ")
    assert words in line
    assert not here.sim.log.records()
    assert before is None or path.read_bytes() == before


REPAIRED: dict[str, Damage] = {
    "deleted": lambda path: path.unlink(),
    "a creation cut short before the first byte": lambda path: path.write_bytes(b""),
    "a creation cut short after the first header": lambda path: path.write_bytes(path.read_bytes()[:4096]),
    "a log of garbage": lambda path: Path(f"{path}.wal").write_bytes(b"\x17garbage" * 500),
    "the working folder deleted": lambda path: shutil.rmtree(path.with_name("state")),
    "columns that an older version did not have": lambda path: execute(
        path,
        "alter table zenhire_raw.sessions drop column unknown_fields",
        "alter table zenhire_raw.sessions drop column interview_svc_session_id",
    ),
    "tables that an older version did not have": lambda path: execute(
        path, "drop table zenhire_raw.erased_sessions", "drop table zenhire_raw.rejected_rows"
    ),
    "dlt's own tables dropped": lambda path: execute(
        path,
        "drop table zenhire_raw._dlt_version",
        "drop table zenhire_raw._dlt_pipeline_state",
        "drop table zenhire_raw._dlt_loads",
        "drop schema zenhire_raw_staging cascade",
    ),
    "a column of the user's": lambda path: execute(path, "alter table zenhire_raw.sessions add mine varchar"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REPAIRED)
def test_a_file_that_can_be_mended_is_mended_by_the_next_sync(
    here: World, nursery: Nursery, name: str
) -> None:
    REPAIRED[name](here.settings.warehouse_path)
    sync(here, nursery).well()
    settled_truth(here)
    sync(here, nursery).well()


def test_tables_of_the_users_own_beside_ours_are_left_alone(here: World, nursery: Nursery) -> None:
    execute(here.settings.warehouse_path, "create table customers as select range as id from range(5)")
    sync(here, nursery).well()
    with duckdb.connect(str(here.settings.warehouse_path)) as connection:
        assert connection.sql("select count(*) from customers").fetchall() == [(5,)]


def test_a_file_that_another_program_has_open_is_told_with_its_pid(here: World, nursery: Nursery) -> None:
    path = str(here.settings.warehouse_path)
    script = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        ended = sync(here, nursery)
        assert ended.exit_code == 1
        assert f"is open in process {other.pid}; close it there" in ended.output
        other.kill()
    sync(here, nursery).well()
    settled_truth(here)


@pytest.mark.slow
@pytest.mark.parametrize("largest_file", [1_000, 10_000, 20_000, 60_000, 110_000])
def test_a_disk_that_fills_up_loses_nothing(here: World, nursery: Nursery, largest_file: int) -> None:
    shutil.rmtree(here.settings.data_dir)
    ended = sync(here, nursery, largest_file)
    assert ended.exit_code == 1
    assert "free some space and run again" in ended.output.splitlines()[-1]
    sync(here, nursery).well()
    settled_truth(here)


@pytest.mark.parametrize("name", ["state", "state/lock"])
def test_a_folder_that_cannot_be_written_is_told(here: World, nursery: Nursery, name: str) -> None:
    place = here.settings.data_dir / name
    if place.is_dir():
        shutil.rmtree(place)
        place.touch()
    else:
        place.unlink()
        place.mkdir()
    ended = sync(here, nursery)
    assert ended.exit_code == 1
    [line] = ended.output.splitlines()
    assert "cannot be written" in line


def test_a_file_in_the_place_of_the_loaders_folder_makes_room_for_it(here: World, nursery: Nursery) -> None:
    place = here.settings.data_dir / "state" / "dlt"
    shutil.rmtree(place)
    place.touch()
    sync(here, nursery).well()
    settled_truth(here)


@pytest.mark.slow
def test_a_disk_that_fills_up_while_marts_are_built_is_told_in_lines_and_loses_nothing(
    here: World, nursery: Nursery
) -> None:
    sync(here, nursery).well()
    env = variables(here.settings.data_dir, here.sim.base_url)
    ended = nursery.run(env, "build", "--as-of", here.sim.now.isoformat(), largest_file=100_000)
    assert ended.exit_code == 1
    lines = [line for line in ended.output.splitlines() if "resource_tracker" not in line]
    logged, told = lines[:-1], lines[-1]
    assert "File too large" in told
    assert all(line.startswith("20") for line in logged), "each line is an event of its own"
    nursery.run(env, "build", "--as-of", here.sim.now.isoformat()).well()


@pytest.mark.slow
def test_the_dlt_files_of_another_project_change_nothing(here: World, tmp_path: Path) -> None:
    shutil.rmtree(here.settings.data_dir)
    for folder in (tmp_path / "project", tmp_path / "home"):
        (folder / ".dlt").mkdir(parents=True)
        (folder / ".dlt" / "config.toml").write_text(
            '[schema]\nnaming = "direct"\n[normalize.data_writer]\nfile_max_items = 3\n'
            '[destination]\nstaging_dataset_name_layout = "x_%s"\n[sources.zenhire]\ncursors = 5\n'
        )
    env = variables(here.settings.data_dir, here.sim.base_url, HOME=str(tmp_path / "home"))
    command = [PROGRAM, "sync", "--as-of", here.sim.now.isoformat()]
    done = subprocess.run(
        command, env=env, cwd=tmp_path / "project", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    settled_truth(here)
    assert [path.name for path in (tmp_path / "home").iterdir()] == [".dlt"]
