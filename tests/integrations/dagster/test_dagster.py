"""The definitions, run by Dagster: a night, a test of dbt that fails, data that are old, a wrong setting."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.accidents.commands import PROGRAM
from tests.integrations.conftest import KEY
from tests.integrations.environments import environment
from tools.released import columns_now

from zenhire_sync.errors import EXIT_USAGE
from zenhire_sync.lock import exclusive
from zenhire_sync.simulator import FaultPlan, SimulatorServer, mutate_sessions

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
DEFINITIONS = ROOT / "deploy" / "dagster" / "definitions.py"
INSTALLED = "/opt/zenhire/.venv/bin/zenhire-sync"
NIGHTLY, FRESHNESS = "zenhire_nightly", "zenhire_freshness"
MANIFEST = "from dbt.cli.main import cli; cli()"


@dataclass
class Dagster:
    """A Dagster of its own, with a data directory of zenhire-sync."""

    folder: Path
    manifest: Path
    changed: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        text = DEFINITIONS.read_text()
        for there, here in ({INSTALLED: str(PROGRAM)} | self.changed).items():
            assert there in text
            text = text.replace(there, here)
        self.home.mkdir(exist_ok=True)
        (self.home / "definitions.py").write_text(text)
        (self.home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
        shutil.copy(self.manifest, self.home / "manifest.json")

    @property
    def home(self) -> Path:
        return self.folder / "dagster"

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    def variables(self) -> dict[str, str]:
        """Of Dagster's process, and so of the program's."""
        # Python's would keep Dagster from remembering what it compiled
        kept = {
            name: text for name, text in os.environ.items() if not name.startswith(("ZENHIRE_", "PYTHON"))
        }
        kept |= {"DAGSTER_HOME": str(self.home), "PYTHONPATH": str(self.home), "ZENHIRE_API_KEY": KEY}
        kept |= {
            "ZENHIRE_DATA_DIR": str(self.data_dir),
            "ZENHIRE_RETRY_BASE_SECONDS": "0.01",
            **self.settings,
        }
        return kept

    def start(self, *command: str | Path) -> subprocess.Popen[str]:
        """A command of Dagster's environment; its log comes line by line."""
        name, *arguments = command
        return subprocess.Popen(
            [environment("dagster") / "bin" / name, *arguments],
            cwd=self.home,
            env=self.variables(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def said(self, *command: str | Path, fails: bool = False) -> str:
        """What a command says, which ends well unless it is expected to fail."""
        process = self.start("dagster", *command)
        said = process.communicate()[0]
        assert (process.returncode != 0) is fails, said
        return said

    def execute(self, job: str, fails: bool = False) -> str:
        return self.said("job", "execute", "-f", "definitions.py", "-j", job, fails=fails)

    def told(self) -> Any:
        """The definitions, and what runs left."""
        said = self.start("python", "-W", "ignore", HERE / "ask.py").communicate()[0]
        return json.loads(said)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dbt's, as a build leaves it."""
    folder = tmp_path_factory.mktemp("manifest")
    places = {name: str(folder / "x.duckdb") for name in ("ZENHIRE_BUILD_PATH", "ZENHIRE_WAREHOUSE_PATH")}
    project = ("--project-dir", ROOT / "transforms", "--profiles-dir", ROOT / "transforms")
    written = ("--target-path", folder, "--log-path", folder)
    parse = [sys.executable, "-c", MANIFEST, "parse", *project, *written]
    subprocess.run(parse, env=os.environ | places, check=True, capture_output=True)
    return folder / "manifest.json"


def test_a_night_waits_for_another_run_and_ends_in_assets_checks_and_a_freshness_that_ends(
    tmp_path: Path, manifest: Path, api: SimulatorServer
) -> None:
    broken = api.company.at(api.now).ids()[3]
    api.faults = FaultPlan(mutate_row=mutate_sessions({broken: lambda row: {**row, "status": "paused"}}))
    dagster = Dagster(
        tmp_path,
        manifest,
        {"RETRIES, PAUSE_SECONDS = 5, 300": "RETRIES, PAUSE_SECONDS = 5, 1"},
        {"ZENHIRE_BASE_URL": api.base_url},
    )
    due = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    tags = json.dumps({"zenhire/as_of": due})
    said = []
    with ExitStack() as other:
        other.enter_context(exclusive(dagster.data_dir / "state", "another run"))
        night = ("job", "execute", "-f", "definitions.py", "-j", NIGHTLY, "--tags", tags)
        with dagster.start("dagster", *night) as process:
            for line in process.stdout or ():
                said.append(line)
                if "zenhire-sync sync ended with 4" in line:
                    other.close()
    assert process.returncode == 0, said
    assert "rows set aside: 1; see zenhire_marts.data_quality" in "".join(said)
    assert KEY not in "".join(said)
    _is_the_whole_night(dagster.told(), datetime.fromisoformat(due))

    with duckdb.connect(dagster.data_dir / "published" / "zenhire.duckdb") as published:
        published.execute(
            "update zenhire_marts.sync_freshness_facts set data_until = data_until - interval 36 hour"
        )
    dagster.execute(FRESHNESS)
    stale, fresh = dagster.told()["checks"]["zenhire/published:data_are_fresh"]
    assert (fresh[0], stale[0], stale[1]) == (True, False, "ERROR")


def _is_the_whole_night(told: Any, due: datetime) -> None:
    marts = {f"zenhire_marts/{mart}" for mart in columns_now()}
    made = told["materializations"]
    assert set(made) == set(told["upstream"])
    assert {key for key in made if key.startswith("zenhire_marts/")} == marts
    assert set(told["upstream"]["zenhire/published"]) == marts
    assert told["upstream"]["zenhire_staging/stg_session_feedback"] == ["zenhire_raw/session_feedback"]
    assert "zenhire_marts/fct_feedback" in told["upstream"]["zenhire_marts/feedback_daily"]
    assert made["zenhire_raw/sessions"]["rows_written"] > 0
    rows = made["zenhire/published"]["rows_by_table"]
    assert {f"zenhire_marts/{mart}": n for mart, n in rows.items()} == {
        mart: made[mart]["dagster/row_count"] for mart in marts
    }
    assert datetime.fromisoformat(made["zenhire/published"]["data_until"]) == due
    checks = {name: newest for name, [newest, *_] in told["checks"].items()}
    assert set(checks) == set(told["checks_known"])
    assert {name for name, (passed, *_) in checks.items() if not passed} == {
        "zenhire_raw/rejected_rows:no_rows_set_aside"
    }
    assert checks["zenhire_raw/rejected_rows:no_rows_set_aside"][1:] == ["WARN", {"rows_set_aside": 1}]
    assert told["fail_window_hours"] == 36
    assert told["tags_of_a_night"]["zenhire/as_of"] == "2026-03-01T02:15:00+00:00"


def test_a_test_of_dbt_that_fails_is_a_check_that_fails(
    tmp_path: Path, manifest: Path, api: SimulatorServer
) -> None:
    once = {"RETRIES, PAUSE_SECONDS = 5, 300": "RETRIES, PAUSE_SECONDS = 0, 0"}
    dagster = Dagster(tmp_path, manifest, once, {"ZENHIRE_BASE_URL": api.base_url})
    subprocess.run([PROGRAM, "sync"], env=dagster.variables(), check=True, capture_output=True)
    with duckdb.connect(dagster.data_dir / "warehouse.duckdb") as warehouse:
        warehouse.execute("update zenhire_raw.session_feedback set rating = 9")
    chosen = ("--select", "key:zenhire_marts/fct_feedback")
    said = dagster.said("asset", "materialize", "-f", "definitions.py", *chosen, fails=True)
    assert "zenhire-sync build ended with 1: " in said
    told = dagster.told()
    checks = {name: newest for name, [newest, *_] in told["checks"].items()}
    assert [name for name, (passed, grave, _) in checks.items() if not passed and grave == "ERROR"] == [
        "zenhire_marts/fct_feedback:accepted_values_fct_feedback_rating__False__1__2__3__4__5"
    ]
    assert checks["zenhire_marts/fct_feedback:not_null_fct_feedback_session_id"][0] is True
    assert [key for key in told["materializations"] if key.startswith("zenhire_marts/")] == []


def test_a_wrong_setting_fails_at_once_and_a_backfill_is_refused(tmp_path: Path, manifest: Path) -> None:
    command, told = tmp_path / "zenhire-sync", tmp_path / "told"
    command.write_text(f'#!/bin/sh\necho "$1" >> {told}\nexit {EXIT_USAGE}\n')
    command.chmod(0o755)
    dagster = Dagster(tmp_path, manifest, {INSTALLED: str(command)})
    assert "zenhire-sync sync ended with 2" in dagster.execute(NIGHTLY, fails=True)
    dagster.execute("zenhire_reconcile", fails=True)
    assert told.read_text() == "sync\nreconcile\n"
    backfill = ("job", "backfill", "-f", "definitions.py", "-j", NIGHTLY, "--all", "x", "--noprompt")
    assert "Job `zenhire_nightly` is not partitioned." in dagster.said(*backfill, fails=True)


def test_a_run_that_is_terminated_lets_its_command_end(tmp_path: Path, manifest: Path) -> None:
    command, told = tmp_path / "zenhire-sync", tmp_path / "told"
    command.write_text(
        f"#!/bin/sh\ntrap 'echo stopped > {told}; kill $!; exit 143' TERM\n"
        "sleep 600 >/dev/null 2>&1 &\necho reads the list\nwait\n"
    )
    command.chmod(0o755)
    dagster = Dagster(tmp_path, manifest, {INSTALLED: str(command)})
    with dagster.start("dagster", "job", "execute", "-f", "definitions.py", "-j", NIGHTLY) as process:
        for line in process.stdout or ():
            if line.rstrip().endswith("reads the list"):
                process.terminate()
    assert process.returncode != 0
    assert told.read_text() == "stopped\n"
