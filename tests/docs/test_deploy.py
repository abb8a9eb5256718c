"""Files under deploy/ name commands, options and variables that there are, and treat each exit code alike."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from tools.released import columns_now
from typer.main import get_command

from zenhire_sync.cli.app import app
from zenhire_sync.config import variable_of
from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED, EXIT_LOCKED, EXIT_SET_ASIDE, EXIT_USAGE
from zenhire_sync.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
CRON = DEPLOY / "cron" / "zenhire"
INSTALLED = "/opt/zenhire/.venv/bin/zenhire-sync"
# of keys and of where the warehouse is
OTHERS = {
    "ZENHIRE_API_KEY",
    "ZENHIRE_API_KEY_FILE",
    "ZENHIRE_PROFILE",
    "ZENHIRE_POSTGRES_URL",
    "ZENHIRE_WHEEL",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_variable_that_is_set_is_read(path: Path) -> None:
    named = set(re.findall(r"ZENHIRE_\w+", path.read_text()))
    assert named - OTHERS - {*map(variable_of, Settings.model_fields)} == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_command_that_is_started_is_there_with_its_options(path: Path) -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    text = re.sub(r"(?m)^\s*#.*$", "", path.read_text())
    started = [match.split() for match in re.findall(r"bin/zenhire-sync ([^\n>]*)", text)]
    started += [re.findall(r"[\w-]+", part) for part in re.findall(r"(?:args: |CMD )\[(.*)\]", text)]
    for command, *rest in started:
        options = {name for option in commands[command].params for name in option.opts}
        assert {word for word in rest if word.startswith("--")} <= options


def test_systemd_takes_3_for_success_and_starts_nothing_again_that_stays_wrong() -> None:
    for unit in (DEPLOY / "systemd").glob("*.service"):
        text = unit.read_text()
        assert f"SuccessExitStatus={EXIT_SET_ASIDE}\n" in text
        assert f"RestartPreventExitStatus={EXIT_USAGE} {EXIT_LOCKED}\n" in text


def test_a_job_of_kubernetes_ends_on_a_wrong_setting_and_does_not_count_another_run() -> None:
    documents = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "zenhire.yaml").read_text()))
    jobs = [one["spec"]["jobTemplate"]["spec"] for one in documents if one["kind"] == "CronJob"]
    assert len(jobs) == 2
    for job in jobs:
        actions = {
            code: rule["action"]
            for rule in job["podFailurePolicy"]["rules"]
            for code in rule.get("onExitCodes", {}).get("values", ())
        }
        assert actions == {EXIT_USAGE: "FailJob", EXIT_LOCKED: "Ignore"}
        [container] = job["template"]["spec"]["containers"]
        assert {"name": "ZENHIRE_SET_ASIDE_EXIT", "value": "0"} in container["env"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_a_line_of_cron_runs_what_it_names_with_the_variables_of_its_file(tmp_path: Path) -> None:
    program, env, log = tmp_path / "zenhire-sync", tmp_path / "zenhire.env", tmp_path / "zenhire.log"
    program.write_text('#!/bin/sh\necho "$* in $ZENHIRE_DATA_DIR" >&2\n')
    program.chmod(0o755)
    env.write_text("export ZENHIRE_DATA_DIR=/srv/zenhire\n")
    lines = [line for line in CRON.read_text().splitlines() if re.match(r"\d", line)]
    places = {
        INSTALLED: program,
        "/etc/zenhire.env": env,
        "/var/log/zenhire/zenhire.log": log,
    }
    for line in lines:
        command = line.split(maxsplit=6)[6]
        for named, here in places.items():
            command = command.replace(named, str(here))
        subprocess.run(["/bin/sh", "-c", command], check=True, capture_output=True)
    assert log.read_text().splitlines() == [
        "run --log-format json in /srv/zenhire",
        "reconcile --log-format json in /srv/zenhire",
    ]


def test_airflow_has_an_asset_for_each_mart_and_knows_the_exit_codes() -> None:
    text = (DEPLOY / "airflow" / "zenhire.py").read_text()
    [marts] = re.findall(r'MARTS = """\n(.*?)"""', text, re.DOTALL)
    assert marts.split() == sorted(columns_now())
    assert f"DONE, BAD_CONFIGURATION, SET_ASIDE = {EXIT_DONE}, {EXIT_USAGE}, {EXIT_SET_ASIDE}\n" in text
    dagster = (DEPLOY / "dagster" / "definitions.py").read_text()
    assert f"DONE, BAD_CONFIGURATION, SET_ASIDE = {EXIT_DONE}, {EXIT_USAGE}, {EXIT_SET_ASIDE}\n" in dagster


@pytest.mark.parametrize(
    ("code", "seen"),
    [(EXIT_DONE, 0), (EXIT_FAILED, EXIT_FAILED), (EXIT_USAGE, 0), (EXIT_SET_ASIDE, 0), (EXIT_LOCKED, 4)],
)
def test_kestra_tries_again_only_what_may_help_and_tells_the_rest_apart(
    tmp_path: Path, code: int, seen: int
) -> None:
    program = tmp_path / "zenhire-sync"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\nexit {code}\n')
    program.chmod(0o755)
    night, verdict = yaml.safe_load((DEPLOY / "kestra" / "zenhire_nightly.yml").read_text())["tasks"]
    command = "set -e\n" + night["commands"][0].replace(INSTALLED, str(program))
    due = {"DUE": "2026-03-01T02:15:00Z"}
    done = subprocess.run(["/bin/sh", "-c", command], env=due, capture_output=True, text=True, check=False)
    assert done.returncode == seen
    assert done.stdout == f'::{{"outputs":{{"exit_code":"{code}"}}}}::\n'
    assert "--as-of 2026-03-01T02:15:00Z" in (tmp_path / "arguments").read_text()
    assert set(verdict["cases"]) == {str(EXIT_USAGE), str(EXIT_SET_ASIDE)}
    assert night["env"]["ZENHIRE_API_KEY"] == "{{ secret('ZENHIRE_API_KEY') }}"
