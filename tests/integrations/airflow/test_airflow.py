"""The DAGs, run by Airflow: nights that end well, with rows set aside, late, not at all, and in time."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.accidents.commands import PROGRAM
from tests.integrations.conftest import KEY
from tests.integrations.environments import environment
from tools.released import columns_now

from zenhire_sync.errors import EXIT_USAGE
from zenhire_sync.lock import exclusive
from zenhire_sync.simulator import Fault, FaultPlan, SimulatorServer, mutate_sessions

DAG_FILE = Path(__file__).parents[3] / "deploy" / "airflow" / "zenhire.py"
NIGHTLY, RECONCILE = "zenhire_nightly", "zenhire_reconcile"
LATER = {"timedelta(minutes=5)": "timedelta(seconds=1)", '"retries": 5': '"retries": 1'}
PROGRAM_THAT_TELLS = """#!/bin/sh
echo "$@" >> {told}; env >> {told}
"""


@dataclass
class Airflow:
    """An Airflow of its own: a database, a DAGs folder, and a data directory of zenhire-sync."""

    folder: Path
    changed: dict[str, str] = field(default_factory=dict)
    command: Path = PROGRAM
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        text = DAG_FILE.read_text()
        for there, here in self.changed.items():
            assert there in text
            text = text.replace(there, here)
        (self.folder / "dags").mkdir()
        (self.folder / "dags" / "zenhire.py").write_text(text)

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    def run(self, *command: str) -> subprocess.Popen[str]:
        """A command of Airflow's environment; what it says comes line by line."""
        env = {"ZENHIRE_DATA_DIR": str(self.data_dir), "ZENHIRE_RETRY_BASE_SECONDS": "0.01", **self.settings}
        # Python's would keep Airflow from remembering what it compiled, which is half of a start
        kept = {
            name: text for name, text in os.environ.items() if not name.startswith(("ZENHIRE_", "PYTHON"))
        }
        kept |= {
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
            "AIRFLOW_VAR_ZENHIRE": json.dumps({"command": str(self.command), "env": env}),
            "AIRFLOW_CONN_ZENHIRE": json.dumps({"conn_type": "generic", "password": KEY}),
        }
        return subprocess.Popen(
            [environment("airflow") / "bin" / command[0], *command[1:]],
            env=kept,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def test(self, dag: str, *logical_date: str) -> str:
        """What ``airflow dags test`` says of a run that ends well."""
        process = self.run("airflow", "dags", "test", dag, *logical_date)
        said = process.communicate()[0]
        assert process.returncode == 0, said
        return said

    def asked(self, sql: str) -> list[Any]:
        """Rows of Airflow's database."""
        with closing(sqlite3.connect(self.folder / "airflow.db")) as database:
            return database.execute(sql).fetchall()

    def tries(self) -> dict[str, tuple[str, int]]:
        """Of each task, how it ended and at which try."""
        return {
            task: (state, n)
            for task, state, n in self.asked("select task_id, state, try_number from task_instance")
        }

    def summary(self, task: str) -> Any:
        """The task's XCom."""
        [[value]] = self.asked(f"select value from xcom where task_id = '{task}' and key = 'return_value'")
        return json.loads(value)

    def events(self) -> dict[str, Any]:
        """Of each asset that was told of, the event's extra."""
        rows = self.asked("select name, e.extra from asset_event e join asset a on a.id = e.asset_id")
        return {name: json.loads(extra) for name, extra in rows}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of an Airflow, new."""
    airflow = Airflow(tmp_path_factory.mktemp("airflow"))
    process = airflow.run("airflow", "db", "migrate")
    said = process.communicate()[0]
    assert process.returncode == 0, said
    return airflow.folder / "airflow.db"


@pytest.fixture
def home(migrated: Path, tmp_path: Path) -> Path:
    shutil.copy(migrated, tmp_path)
    return tmp_path


def test_a_night_waits_for_another_run_and_says_that_it_set_rows_aside(
    home: Path, api: SimulatorServer
) -> None:
    broken = api.company.at(api.now).ids()[3]
    api.faults = FaultPlan(mutate_row=mutate_sessions({broken: lambda row: {**row, "status": "paused"}}))
    airflow = Airflow(home, LATER, settings={"ZENHIRE_BASE_URL": api.base_url})
    said = []
    with ExitStack() as other:
        other.enter_context(exclusive(airflow.data_dir / "state", "another run"))
        with airflow.run("airflow", "dags", "test", NIGHTLY, "2026-02-26T02:15:00+00:00") as night:
            for line in night.stdout or ():
                said.append(line)
                if "zenhire-sync sync ended with 4" in line:
                    other.close()
    assert night.returncode == 0, said
    assert airflow.tries() == {
        "sync": ("success", 2),
        "build": ("success", 1),
        "publish": ("success", 1),
        "report": ("success", 1),
    }
    assert "rows set aside: 1; see zenhire_marts.data_quality" in "".join(said)
    assert KEY not in "".join(said)
    read, published = airflow.summary("sync")["sync"], airflow.summary("publish")["publish"]
    assert (read["as_of"], read["outcome"]) == ("2026-02-26T02:15:00Z", "set_aside")
    events = airflow.events()
    assert {name: extra["rows"] for name, extra in events.items()} == {
        f"zenhire_marts.{mart}": rows for mart, rows in published["rows_by_table"].items()
    }
    assert set(published["rows_by_table"]) == set(columns_now())
    for extra in events.values():
        assert (extra["outcome"], extra["rows_set_aside"]) == ("set_aside", 1)
        assert extra["data_until"] == published["data_until"]


def test_a_reconcile_publishes_what_it_found(home: Path, api: SimulatorServer) -> None:
    airflow = Airflow(home, settings={"ZENHIRE_BASE_URL": api.base_url})
    airflow.test(RECONCILE)
    assert set(airflow.tries()) == {"reconcile", "build", "publish", "report"}
    assert (airflow.data_dir / "published" / "report.html").exists()
    assert {extra["outcome"] for extra in airflow.events().values()} == {"done"}


def test_a_night_without_an_api_is_tried_again_and_fails(home: Path, api: SimulatorServer) -> None:
    api.faults = FaultPlan((Fault("internal_error", times=None),))
    airflow = Airflow(home, LATER, settings={"ZENHIRE_BASE_URL": api.base_url})
    night = airflow.run("airflow", "dags", "test", NIGHTLY)
    said = night.communicate()[0]
    assert night.returncode != 0
    assert "zenhire-sync sync ended with 1: " in said
    failed = ("upstream_failed", 0)
    assert airflow.tries() == {"sync": ("failed", 2), "build": failed, "publish": failed, "report": failed}


def test_a_wrong_setting_fails_at_once_and_a_run_by_hand_has_its_own_time(home: Path) -> None:
    command, told = home / "zenhire-sync", home / "told"
    command.write_text(PROGRAM_THAT_TELLS.format(told=told) + f"exit {EXIT_USAGE}\n")
    command.chmod(0o755)
    airflow = Airflow(home, command=command)
    by_hand = (
        f"import sys; sys.path.insert(0, {str(home / 'dags')!r}); import zenhire;"
        "run = zenhire.zenhire_nightly.test(logical_date=None); print('due', run.run_after.isoformat())"
    )
    said = airflow.run("python", "-c", by_hand).communicate()[0]
    assert airflow.tries()["sync"] == ("failed", 1), said
    arguments, *env = told.read_text().splitlines()
    as_of = datetime.fromisoformat(arguments.partition("--as-of ")[2])
    assert f"due {as_of.isoformat()}" in said.splitlines()
    assert f"ZENHIRE_API_KEY={KEY}" in env
    assert [line for line in env if line.startswith(("AIRFLOW", "PYTHON"))] == []


def test_a_task_that_takes_too_long_lets_its_command_end(home: Path) -> None:
    command, told = home / "zenhire-sync", home / "told"
    command.write_text(
        f"#!/bin/sh\ntrap 'echo stopped > {told}; kill $!; exit 143' TERM\nsleep 600 &\nwait\n"
    )
    command.chmod(0o755)
    short = {'"retries": 5': '"retries": 0', '"sync": timedelta(hours=3)': '"sync": timedelta(seconds=1)'}
    airflow = Airflow(home, short, command=command)
    said = airflow.run("airflow", "dags", "test", NIGHTLY).communicate(timeout=120)[0]
    assert airflow.tries()["sync"] == ("failed", 1), said
    assert told.read_text() == "stopped\n"
