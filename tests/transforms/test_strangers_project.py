"""A company's own dbt project installs ours as a package and builds on its marts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from tests.transforms.warehouse import completed, survey, sync_run, write_raw

from zenhire_sync.bundle import bundled

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parent / "strangers_project"
RAW = {
    "sessions": [completed("s1", "2026-03-01 10:00", 60), completed("s2", "2026-03-01 11:00", 61)],
    "session_feedback": [survey("s2", 1, "2026-03-02 10:00")],
    "sync_runs": [sync_run("run-1")],
}


@pytest.mark.parametrize(
    ("explicit", "command"), [("true", ["build"]), ("false", ["run", "--select", "+package:hiring"])]
)
def test_two_marts_are_built_on_in_the_companys_own_project(
    tmp_path: Path, explicit: str, command: list[str]
) -> None:
    """Ours are made of the raw tables that its variables name, and its own tables in dbt-duckdb's way."""
    raw, file = tmp_path / "raw.duckdb", tmp_path / "own.duckdb"
    write_raw(raw, RAW)
    with duckdb.connect(str(raw)) as connection:
        connection.execute("create schema interviews")
        for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall():
            connection.execute(f"create table interviews.{table} as from zenhire_raw.{table}")
        connection.execute("drop schema zenhire_raw cascade")
    shutil.copytree(PROJECT, tmp_path / "project")
    declared = tmp_path / "project" / "dbt_project.yml"
    declared.write_text(
        declared.read_text().replace("materializations: true", f"materializations: {explicit}")
    )
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "ZENHIRE_"))
    }
    environment |= {
        "ZENHIRE_PROJECT": str(bundled("transforms")),
        "HIRING_FILE": str(file),
        "HIRING_RAW": str(raw),
        "DO_NOT_TRACK": "1",
    }
    for arguments in (["deps"], command):
        done = subprocess.run(
            [Path(sys.executable).with_name("dbt"), "--no-version-check", *arguments],
            cwd=tmp_path / "project",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    with duckdb.connect(str(file), read_only=True) as connection:
        costs = connection.execute("from hiring.hiring_costs order by all").fetchall()
        assert [(project, int(charged), half) for project, charged, half in costs] == [
            ("(no project)", 6, 3.0),
            ("hook", 0, 0.0),
        ]
        assert connection.execute("from hiring.unhappy_candidates").fetchall() == [("s2", 1)]
        [(described,)] = connection.execute(
            "select comment from duckdb_columns() where schema_name = 'hiring_zenhire_marts'"
            " and table_name = 'credit_usage_daily' and column_name = 'credits_charged'"
        ).fetchall()
        assert described == "Credits charged by ZenHire, whatever the session's status."
