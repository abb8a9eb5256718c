"""kill -9, two writers, other programs: the next run ends with the truth and no file that nobody names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pytest
from pyarrow.fs import FileInfo, FileType
from pydantic import SecretStr
from pyiceberg.table import DataScan

from tests.accidents.commands import KEY, Ended, Nursery, settled_truth, variables
from tests.accidents.test_kills_of_sync import SPEC, START
from tests.engine import lake
from tests.lake.nights import NEW_A_NIGHT, nights
from tests.operate.bytes_of import places_of
from tests.sync.world import World, world
from tests.thorough import dice, few_or_all
from tests.transforms.postgres.server import Postgres
from tests.transforms.warehouse import NOW
from zenhire_schemas.tables import RAW_TABLES
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.engines.lake import loader, upkeep
from zenhire_sync.engines.lake.catalog import catalog_of, file_system
from zenhire_sync.engines.lake.commits import live_files
from zenhire_sync.engines.lake.loader import LakeLoader
from zenhire_sync.engines.lake.upkeep import (
    LEAST_FILES,
    bulk_of,
    named_files,
    remove_unnamed,
)
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.engines.postgres.advisory_lock import LOCK_KEY
from zenhire_sync.errors import ConfigurationError, LockHeldError, WarehouseError
from zenhire_sync.settings import Home, Settings
from zenhire_sync.simulator import Company

# Five months; 400 were lived with the same bounds, which takes a minute more: NIGHTS=400.
NIGHTS = int(os.environ.get("NIGHTS", "150"))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A small company beside a lake in a folder."""
    evening = START + timedelta(days=24)
    with lake(tmp_path / "lake"), world(tmp_path, Company(SPEC), evening, keys={KEY: None}) as found:
        found.keys = (ApiKey(name="default", value=SecretStr(KEY)),)
        yield found


def unnamed_files(settings: Settings) -> list[str]:
    """Files beside the raw tables that no metadata names."""
    catalog, found = catalog_of(settings), []
    for table in (catalog.load_table(("zenhire_raw", table.name)) for table in RAW_TABLES):
        named = {file_system(table, path)[1] for path in named_files(table)}
        root = Path(file_system(table, table.location())[1])
        found += [str(path) for path in root.rglob("*") if path.is_file() and str(path) not in named]
    return found


def run(here: World, nursery: Nursery, *command: str, deadly: int = 0) -> Ended:
    """How a command ended; it is killed at one of its steps if that is named."""
    env = variables(here.settings.data_dir, here.sim.base_url, ZENHIRE_LAKE_KEEP_DAYS="0")
    done = nursery.run(env, *command, deadly=deadly) if deadly else nursery.run(env, *command).well()
    assert done.exit_code in {0, -9}, done
    return done


@pytest.mark.slow
def test_killed_at_any_step_of_a_sync_the_next_one_cleans_up(here: World, nursery: Nursery) -> None:
    sync = ("sync", "--as-of", here.sim.now.isoformat())
    chance = dice("the steps of a sync to die at")
    here.sim.now = START + timedelta(days=12)
    steps = run(here, nursery, "sync", "--as-of", here.sim.now.isoformat()).steps
    here.sim.now = START + timedelta(days=24)
    # Of what a later night takes; the first death is always one.
    ends = [
        run(here, nursery, *sync, deadly=1 + chance.randrange(steps // 2)).exit_code
        for _ in range(few_or_all(2, 5))
    ]
    assert ends[0] == -9
    run(here, nursery, *sync)
    settled_truth(here)
    assert unnamed_files(here.settings) == []


@pytest.mark.slow
def test_killed_at_any_step_of_compacting_nothing_is_lost(here: World, nursery: Nursery) -> None:
    for day in range(12, 24, 3):
        here.night(START + timedelta(days=day))
    chance = dice("the steps of compacting to die at")
    steps = run(here, nursery, "compact").steps
    here.night(START + timedelta(days=24))
    ends = [
        run(here, nursery, "compact", deadly=1 + chance.randrange(steps // 2)).exit_code
        for _ in range(few_or_all(2, 5))
    ]
    assert ends[0] == -9
    run(here, nursery, "compact")
    settled_truth(here)
    assert unnamed_files(here.settings) == []
    tables = [catalog_of(here.settings).load_table(("zenhire_raw", table.name)) for table in RAW_TABLES]
    assert {bulk_of(table).snapshots for table in tables} <= {0, 1}


@pytest.mark.slow
def test_killed_while_a_person_is_erased_the_same_command_finishes(here: World, nursery: Nursery) -> None:
    here.night()
    (_, other), (ref, session) = here.query(
        "select candidate_ref, id from sessions where candidate_ref is not null order by id limit 2"
    )
    run(here, nursery, "build")
    run(here, nursery, "publish")
    steps = run(here, nursery, "erase", "--session", other, "--yes").steps
    erase = ("erase", "--session", session, "--yes")
    chance = dice("the steps of an erasure to die at")
    ends = [
        run(here, nursery, *erase, deadly=1 + chance.randrange(steps // 2)).exit_code
        for _ in range(few_or_all(2, 4))
    ]
    assert ends[0] == -9
    run(here, nursery, *erase)
    assert here.query("select candidate_ref from sessions where id = ?", session) == [(None,)]
    assert here.query("select count(*) from erased_sessions where finished_at is null") == [(0,)]
    assert here.settings.lake_dir is not None
    assert places_of([ref], Path(here.settings.lake_dir)) == []
    assert unnamed_files(here.settings) == []


@pytest.mark.parametrize("are_new", [True, False])
def test_a_commit_that_meets_another_is_told_and_not_made(here: World, *, are_new: bool) -> None:
    here.night()
    shape = next(table for table in RAW_TABLES if table.name == "erased_candidates").arrow_schema()
    rows = pa.Table.from_pylist([{"candidate_mark": "m", "salt": "s", "erased_at": START}], schema=shape)

    def meet() -> None:
        with LakeLoader(here.settings) as loading:
            catalog_of(here.settings).load_table(("zenhire_raw", "erased_candidates")).append(rows)
            loading.load({"erased_candidates": rows}, are_new=are_new)

    with pytest.raises(WarehouseError, match="somebody else changed the lake"):
        meet()
    assert len(here.rows("erased_candidates")) == 1


def test_rows_deleted_merge_on_read_by_another_program_are_never_read_as_if_they_were_there(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.night()
    # pyiceberg writes no such files: a task as it would come from a table of Spark's.
    plan = DataScan.plan_files

    def planned(scan: DataScan) -> list[Any]:
        tasks = list(plan(scan))
        for task in tasks:
            task.delete_files.add(task.file)
        return tasks

    monkeypatch.setattr(DataScan, "plan_files", planned)
    with pytest.raises(WarehouseError, match="merge-on-read"):
        here.rows("sessions")


@pytest.mark.slow
def test_files_and_snapshots_stay_few_over_many_nights(here: World) -> None:
    for night, sessions, runs in nights(here.settings, NIGHTS):
        # One of each month, and those that wait for others.
        assert sessions.data_files <= LEAST_FILES + night // 30 + 3
        assert runs.data_files <= LEAST_FILES
        assert {sessions.snapshots, runs.snapshots} == {1}
        # A manifest holds a live file at least.
        assert sessions.files <= 3 * sessions.data_files + 20
    assert here.query("select count(*) from sync_runs") == [(NIGHTS,)]
    assert here.query("select count(*) from sessions") == [((NIGHTS + 1) * NEW_A_NIGHT,)]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"lake_dir": "s3://bucket/lake"}, "needs a catalog that all its users reach"),
        ({"url": "mysql://root:planted@host/db"}, "cannot be understood"),
        ({"url": "sqlite://"}, "cannot be understood"),
        ({"url": "postgresql://[half:planted@host/db"}, "cannot be understood"),
        ({"url": "https://a-client:planted@:8181/catalog"}, "cannot be understood"),
    ],
)
def test_an_address_that_cannot_be_used_is_one_line_without_its_password(
    settings: dict[str, str], told: str, tmp_path: Path
) -> None:
    home = Home(destination="lake", url=settings.get("url"))
    wrong = Settings(data_dir=tmp_path, lake_dir=settings.get("lake_dir")).at(home)
    with pytest.raises(ConfigurationError, match=told) as error, warehouse_of(wrong).exclusive("sync"):
        pass
    assert "planted" not in str(error.value)


def test_a_catalog_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    home = Home(destination="lake", url="postgresql://zenhire:planted@127.0.0.1:1/catalog")
    there = Settings(data_dir=tmp_path).at(home)
    with (
        pytest.raises(WarehouseError, match="cannot be reached") as error,
        warehouse_of(there).exclusive("sync"),
    ):
        pass
    assert "planted" not in str(error.value)
    [finding] = warehouse_of(there).findings()
    assert finding.verdict == "failed"
    assert "planted" not in str(finding)


def test_a_place_that_is_no_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file")
    there = Settings(data_dir=tmp_path / "data", lake_dir=str(tmp_path / "lake")).at(Home(destination="lake"))
    with pytest.raises(WarehouseError):
        warehouse_of(there).raw_tables()


def test_an_upgrade_that_died_before_its_fingerprints_were_emptied_is_made_whole(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fingerprints of fewer columns would say for ever that nothing changed."""
    here.night()
    here.change("alter table sessions drop column unknown_fields")
    with monkeypatch.context() as patch:
        patch.setattr(loader, "changing", dying)
        with pytest.raises(KeyboardInterrupt):
            LakeLoader(here.settings).__enter__()
    assert here.query("select count(*) from sessions where fingerprint is null") == [(0,)]
    with LakeLoader(here.settings):
        pass
    assert here.query("select count(*) from sessions where fingerprint is not null") == [(0,)]


def dying(_: Settings) -> None:
    """Ends in the middle of an upgrade."""
    raise KeyboardInterrupt


def test_nothing_is_cleaned_where_the_store_has_other_names_than_the_metadata(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A doubled slash in an address is one to some stores: every live file would look like nobody's."""
    here.night()
    table = catalog_of(here.settings).load_table(("zenhire_raw", "sessions"))
    live = live_files(table)
    monkeypatch.setattr(upkeep, "_files", lambda _: [FileInfo("/elsewhere/a.parquet", FileType.File)])
    with pytest.raises(WarehouseError, match="nothing was cleaned"):
        remove_unnamed(table)
    assert [file.file_path for file in live_files(table)] == [file.file_path for file in live]
    assert all(Path(file_system(table, file.file_path)[1]).is_file() for file in live)


def test_a_lock_that_was_lost_to_another_run_stops_every_commit(
    team: Settings, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ended the session that held the lock, and a run on another machine took it."""
    with ExitStack() as stack:
        stack.enter_context(warehouse_of(team).exclusive("sync"))
        loading = stack.enter_context(warehouse_of(team).loading())
        postgres.execute(
            "select pg_terminate_backend(a.pid) from pg_locks l join pg_stat_activity a on a.pid = l.pid"
            " where l.locktype = 'advisory' and a.application_name like 'zenhire-sync sync %'"
        )
        assert team.home.url is not None
        other = stack.enter_context(closing(psycopg2.connect(team.home.url.get_secret_value())))
        with other.cursor() as cursor:
            cursor.execute("set application_name = 'zenhire-sync sync 4711@elsewhere'")
            cursor.execute(f"select pg_advisory_lock({LOCK_KEY})")
        shape = next(table for table in RAW_TABLES if table.name == "erased_candidates").arrow_schema()
        rows = pa.Table.from_pylist([{"candidate_mark": "m", "salt": "s", "erased_at": NOW}], schema=shape)
        with pytest.raises(LockHeldError, match=r"pid 4711 on elsewhere .* works now"):
            loading.load({"erased_candidates": rows}, are_new=True)
        other.rollback()
