"""The contract against the marts, by the standard's own command: on the file, on Parquet, on a server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from pydantic import SecretStr
from tests.integrations.environments import environment
from tests.transforms.odd_company import COMPANY_DIR, odd_company
from tests.transforms.postgres.server import Postgres, running
from tests.transforms.warehouse import PROFILE, sync_run, write_raw

from zenhire_schemas.names import CONTRACT
from zenhire_sync.marts import build_marts
from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Home, Settings

# Each a fault in fct_sessions, and the check that must see it.
FAULTS = {
    "a session twice": (
        "insert into {table} select * from {table} where session_id = 's1'",
        "Check that unique field session_id has no duplicate values",
    ),
    "a null": (
        "update {table} set persona_id = null where session_id = 's2'",
        "Check that field persona_id has no missing values",
    ),
    "a value that is none of those promised": (
        "update {table} set source = 'post' where session_id = 's3'",
        "Check that field source only contains enum values ['requests', 'playground']",
    ),
    "a persona that is not known": (
        "update {table} set persona_id = 'nobody' where session_id = 's4'",
        "Check that field persona_id has no values missing from dim_persona.persona_id",
    ),
    "an ended session without a day": (
        "update {table} set usage_date = null, credits_charged = 0, outcome = 'failed'"
        " where session_id = 's5'",
        "In every row: usage_date is not null or outcome not in ('completed', 'failed', 'expired')",
    ),
    "a column of another type": (
        "alter table {table} alter duration_sec type varchar",
        "Check that field duration_sec has type integer",
    ),
    "a column that is gone": (
        "alter table {table} drop column candidate_ref",
        "Check that field 'candidate_ref' is present",
    ),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running() as found:
        yield found


@pytest.fixture(scope="module")
def published(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the contract of a company in which every odd state occurs, synced a moment ago."""
    now = datetime.now(UTC)
    home = Home(destination="postgres", url=SecretStr(server.url()))
    folder = tmp_path_factory.mktemp("company")
    settings = Settings(data_dir=folder, memory_limit="1GB", company_dir=COMPANY_DIR).with_readers_at(home)
    rows = odd_company(20260308)
    rows["sync_runs"].append(sync_run("tonight", as_of=now, started_at=now, finished_at=now))
    write_raw(settings.warehouse_path, rows)
    build_marts(settings, PROFILE, now)
    publish_marts(settings, now=now)
    return settings.published_path.parent


def test_the_file_is_one_of_the_standards_newest_version(published: Path) -> None:
    answer = _ask(published, "lint", CONTRACT)
    assert answer.returncode == 0, answer.stdout
    assert "valid against ODCS v3.2.0" in answer.stdout


@pytest.mark.parametrize("place", ["duckdb", "parquet", "postgres"])
def test_the_marts_keep_what_the_contract_promises(published: Path, tmp_path: Path, place: str) -> None:
    checks = _checks(published, tmp_path / "told.json", "--server", place)
    assert len(checks["passed"]) > 700
    # of Parquet the command reads the values and not the types
    told = {name for name in checks["warning"] if "has type" not in name} if place == "parquet" else {}
    assert not told
    assert {kind for kind in checks if checks[kind]} == (
        {"passed", "warning"} if place == "parquet" else {"passed"}
    )


def test_what_breaks_a_promise_is_found(published: Path, tmp_path: Path) -> None:
    for name in (CONTRACT, "zenhire.duckdb"):
        shutil.copy(published / name, tmp_path)
    _plant(tmp_path / "zenhire.duckdb")
    checks = _checks(tmp_path, tmp_path / "told.json", "--server", "duckdb", "--schema-name", "fct_sessions")
    assert checks["failed"] == {
        *(f"fct_sessions: {check}" for _, check in FAULTS.values()),
        # what is gone has no type either
        "fct_sessions: Check that field candidate_ref has type string",
    }


def _plant(file: Path) -> None:
    """Faults in a copy of the table that lets them in."""
    file.chmod(0o600)
    table = "zenhire_marts.fct_sessions"
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"create or replace table {table} as select * from {table}")
        for statement, _ in FAULTS.values():
            connection.execute(statement.format(table=table))


def _ask(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in the folder of the contract, which names files beside it."""
    told = {"DATACONTRACT_POSTGRES_USERNAME": "postgres", "DATACONTRACT_POSTGRES_PASSWORD": "trusted"}
    return subprocess.run(
        [environment("datacontract") / "bin" / "datacontract", *arguments],
        cwd=folder,
        env={**os.environ, **told, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def _checks(folder: Path, told: Path, *arguments: str) -> dict[str, set[str]]:
    """Names of the checks of ``datacontract test`` by what became of them."""
    answer = _ask(folder, "test", CONTRACT, "--output", str(told), "--output-format", "json", *arguments)
    assert told.exists(), answer.stdout + answer.stderr
    found: dict[str, set[str]] = defaultdict(set)
    for check in json.loads(told.read_text("utf-8"))["checks"]:
        found[check["result"]].add(f"{check['model']}: {check['name']}")
    assert (answer.returncode == 0) == (not found["failed"] and not found["error"]), answer.stdout
    return found
