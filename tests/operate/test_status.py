"""What a monitor and an operator are told, whatever state the data directory is in."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.operate.conftest import NOW, Shell, shell_for
from tests.sync.world import World
from tests.transforms.warehouse import completed, sync_run, write_raw
from zenhire_schemas.tables import RAW_SCHEMA
from zenhire_sync.errors import WarehouseError
from zenhire_sync.rows.reasons import kind_of
from zenhire_sync.settings import Settings
from zenhire_sync.simulator import Company, Fault, FaultPlan, mutate_sessions
from zenhire_sync.status import read_status

_HOLD = """
import sys, time
from pathlib import Path
import duckdb
from zenhire_sync.lock import exclusive
data = Path(sys.argv[1])
with exclusive(data / "state", "sync"), duckdb.connect(str(data / "warehouse.duckdb")):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@contextmanager
def _a_run_goes_on(settings: Settings) -> Iterator[int]:
    command = [sys.executable, "-c", _HOLD, str(settings.data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        yield child.pid
        child.kill()


def _publish(settings: Settings, data_until: datetime | None) -> None:
    settings.published_path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.published_path)) as con:
        con.execute("create schema if not exists zenhire_marts")
        con.execute(
            "create or replace table zenhire_marts.publication as select ?::timestamptz as published_at,"
            " ?::timestamptz as as_of, ?::timestamptz as data_until, '1' as program_version, 3 as sessions,"
            """ 42 as credits_charged, 1 as negative_surveys, '{"a": 1, "b": 2}' as rows_by_table""",
            [NOW, NOW, data_until],
        )


def test_a_folder_where_nothing_ran_says_so_and_stays_as_it_is(tmp_path: Path) -> None:
    shell = shell_for(tmp_path / "data")
    quiet = shell("status", ZENHIRE_API_KEY="")
    assert (quiet.exit_code, quiet.err) == (0, "")
    assert "none yet; start with `zenhire-sync run`" in quiet.out
    assert shell("status", "--max-age", "24").exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_the_last_runs_are_told_newest_first(settings: Settings) -> None:
    runs = [
        sync_run(f"r{n}", finished_at=NOW - timedelta(days=n), started_at=NOW - timedelta(days=n, minutes=2))
        for n in range(8)
    ]
    runs[1] |= {"outcome": "failed", "error": "the API refused key 'default' (401)"}
    write_raw(settings.warehouse_path, {"sync_runs": runs})
    raw = read_status(settings, NOW).raw
    assert raw is not None
    assert [run.run_id for run in raw.runs] == ["r0", "r1", "r2", "r3", "r4"]
    assert raw.runs[1].error == "the API refused key 'default' (401)"
    assert raw.runs[0].finished_at - raw.runs[0].started_at == timedelta(minutes=2)


@pytest.mark.parametrize(("hours", "is_old"), [(24.0, False), (25.5, False), (25.4, True), (1, True)])
def test_data_older_than_the_given_age_is_told_to_a_monitor(
    settings: Settings, hours: float, is_old: bool
) -> None:
    now = NOW + timedelta(hours=1.5 if is_old or hours > 25 else 0)
    _publish(settings, NOW - timedelta(hours=24))
    assert read_status(settings, now).is_older_than(timedelta(hours=hours)) is is_old


def test_a_publication_without_a_good_sync_is_always_too_old(settings: Settings) -> None:
    _publish(settings, None)
    assert read_status(settings, NOW).is_older_than(timedelta(days=10_000))


@pytest.mark.file_only
@pytest.mark.parametrize(
    ("runs", "published_until", "is_unpublished"),
    [
        ({"r1": (0, "done")}, None, True),
        ({"r1": (0, "done"), "r2": (24, "done_with_rejections")}, 0, True),
        ({"r1": (0, "done")}, 0, False),
        ({"r1": (0, "done"), "r2": (24, "failed")}, 0, False),
        ({"r1": (0, "failed")}, None, False),
        ({}, None, False),
    ],
)
def test_a_good_sync_that_readers_do_not_see_is_told(
    settings: Settings, runs: dict[str, tuple[int, str]], published_until: int | None, *, is_unpublished: bool
) -> None:
    rows = [
        sync_run(run_id, as_of=NOW + timedelta(hours=hours), outcome=outcome)
        for run_id, (hours, outcome) in runs.items()
    ]
    write_raw(settings.warehouse_path, {"sync_runs": rows})
    if published_until is not None:
        _publish(settings, NOW + timedelta(hours=published_until))
    shell = shell_for(settings.data_dir)
    assert shell("status", "--json").json["status"]["is_unpublished"] is is_unpublished
    assert ("UNPUBLISHED the sync of 20" in shell("status").out) is is_unpublished


@pytest.mark.file_only
def test_a_sync_without_a_build_is_unpublished_until_it_is_published(here: World, shell: Shell) -> None:
    assert shell("sync").exit_code == 0
    assert "UNPUBLISHED" in shell("status").out
    raw = read_status(here.settings, NOW).raw
    assert raw is not None
    _publish(here.settings, raw.data_until)
    assert "UNPUBLISHED" not in shell("status").out


@pytest.mark.file_only
def test_a_failed_night_is_stale_although_it_ran(company: Company, here: World, shell: Shell) -> None:
    _publish(here.settings, datetime.now(UTC) - timedelta(hours=30))
    here.sim.faults = FaultPlan((Fault("unauthorized", times=None),))
    assert shell("sync").exit_code == 2
    fresh, stale = shell("status", "--max-age", "31"), shell("status", "--max-age", "29", "--json")
    assert (fresh.exit_code, stale.exit_code) == (0, 1)
    assert "failed in" in fresh.out
    facts = stale.json["status"]
    assert (facts["is_stale"], facts["max_age_hours"]) == (True, 29)
    # The command takes a moment to start.
    assert 30 <= facts["age_hours"] < 30.2
    assert facts["raw"]["runs"][0]["outcome"] == "failed"
    assert facts["publication"]["credits_charged"] == 42


@pytest.mark.file_only
def test_a_run_in_progress_is_named_and_not_disturbed(settings: Settings) -> None:
    write_raw(settings.warehouse_path, {"sessions": [completed("s1", "2026-02-01 10:00", 60)]})
    _publish(settings, NOW)
    with _a_run_goes_on(settings) as pid:
        done = shell_for(settings.data_dir)("status", "--max-age", "100000")
        assert done.exit_code == 0
        assert f"running    pid {pid} (sync, since 20" in done.out
        assert "2 marts; data until" in done.out


@pytest.mark.file_only
def test_a_stranger_who_writes_the_warehouse_is_named(settings: Settings) -> None:
    write_raw(settings.warehouse_path, {})
    with duckdb.connect(str(settings.warehouse_path)):
        done = shell_for(settings.data_dir)("status")
    assert done.exit_code == 0
    assert "IN USE     the warehouse is open in process" in done.out


@pytest.mark.slow
def test_what_is_set_aside_is_counted_by_kind_without_values_and_ids(
    company: Company, here: World, shell: Shell, interview: Callable[..., str]
) -> None:
    broken = [interview(company, f"ref-{n}", "words") for n in range(3)]
    failing = interview(company, "ref-9", "words")
    here.sim.faults = FaultPlan(
        (Fault("internal_error", path=f"sessions/{failing}", times=None),),
        mutate_row=mutate_sessions({i: lambda row: row | {"status": "secret-word"} for i in broken}),
    )
    here.night()
    here.sim.faults = FaultPlan()
    aside = shell("status", "--json").json["status"]["raw"]["set_aside"]
    assert aside["oldest_at"] == NOW.isoformat()
    assert sum(count for _, count in aside["by_reason"]) == aside["rows"] == 4
    text = json.dumps(aside)
    assert "status: Input should be" in text
    assert "sessions/{id}: HTTP 500" in text
    assert not [word for word in ("secret-word", failing, "req") if word in text]
    here.night(NOW + timedelta(hours=1))
    assert "set aside  nothing" in shell("status").out


def test_reasons_lose_ids_and_the_companys_own_words() -> None:
    session_id = "0f0f0f0f-0000-4000-a000-000000000001"
    assert (
        kind_of(f"the call failed: x/{session_id}: HTTP 500 (requestId r-1)")
        == "the call failed: x/{id}: HTTP 500"
    )
    assert kind_of("metadata.anna@x.org: bad; tags.3: long") == "metadata: bad; tags.3: long"
    assert len(kind_of("a: b; " * 100)) == 120


@pytest.mark.file_only
def test_an_erasure_that_was_killed_is_told_with_the_command_that_finishes_it(settings: Settings) -> None:
    write_raw(settings.warehouse_path, {"erased_sessions": [{"session_id": "s1", "erased_at": NOW}]})
    done = shell_for(settings.data_dir)("status")
    assert "UNFINISHED the erasure of s1: run `zenhire-sync erase --session s1`" in done.out


@pytest.mark.file_only
@pytest.mark.parametrize("name", ["warehouse.duckdb", "published/zenhire.duckdb"])
def test_a_file_that_is_no_database_is_named_in_one_line(settings: Settings, name: str) -> None:
    path = settings.data_dir / name
    path.parent.mkdir(parents=True)
    path.write_text("not a database" * 1000)
    done = shell_for(settings.data_dir)("status", "--json")
    assert done.exit_code == 1
    assert len(done.err.splitlines()) == 1
    assert f"{path} cannot be read" in done.json["error"]


def test_a_file_of_somebody_else_in_the_published_place_is_no_publication(settings: Settings) -> None:
    settings.published_path.parent.mkdir(parents=True)
    duckdb.connect(str(settings.published_path)).close()
    with pytest.raises(WarehouseError, match="was not published by zenhire-sync"):
        read_status(settings, NOW)


def test_a_warehouse_without_tables_is_a_first_run_that_was_killed(settings: Settings) -> None:
    settings.data_dir.mkdir()
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.execute(f"create schema {RAW_SCHEMA}")
    assert read_status(settings, NOW).raw is None


@pytest.mark.file_only
def test_nothing_heavy_is_imported_so_that_it_answers_at_once(settings: Settings) -> None:
    write_raw(settings.warehouse_path, {})
    code = (
        "import sys, zenhire_sync.cli.app as a; from zenhire_sync.cli.command_line import run_command_line;"
        "run_command_line(a.app, ['status']);"
        "print([m for m in ('dlt', 'dbt', 'pandas', 'pyarrow', 'aiohttp', 'altair') if m in sys.modules])"
    )
    environ = shell_for(settings.data_dir).environ
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.file_only
@pytest.mark.slow
def test_a_sync_that_runs_while_status_is_asked_again_and_again_ends_well(here: World) -> None:
    here.night()
    data_dir = str(here.settings.data_dir)
    code = (
        "import sys, datetime; from pathlib import Path; from zenhire_sync.settings import Settings;"
        "from zenhire_sync.status import read_status\n"
        "while True: read_status(Settings(data_dir=Path(sys.argv[1])), datetime.datetime.now(datetime.UTC))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, data_dir], stderr=subprocess.PIPE, text=True
    ) as asking:
        time.sleep(1)
        shell = shell_for(here.settings.data_dir, here.sim.base_url)
        done = shell("sync", "--as-of", (NOW + timedelta(hours=1)).isoformat())
        assert asking.poll() is None
        asking.kill()
    assert done.exit_code == 0, done.err
