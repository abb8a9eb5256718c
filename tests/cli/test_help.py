"""Every command explains itself, quickly and without a key."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.main import get_command

from tests.cli.conftest import Shell
from zenhire_sync.cli.app import app

COMMANDS = sorted(get_command(app).commands)
WITHOUT_PROFILE = {"simulate", "demo"}  # they have nothing to do with where real data goes


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_every_option_explained(shell: Shell, command: str) -> None:
    shell.set(ZENHIRE_API_KEY=None)
    ended = shell.run(command, "--help")
    assert ended.exit_code == 0
    assert ended.out.startswith(f"Usage: zenhire-sync {command}")
    options = [
        option for option in get_command(app).commands[command].params if option.param_type_name == "option"
    ]
    assert [option.name for option in options if not option.help] == []


def test_the_promised_commands_exist_with_their_promised_options() -> None:
    for name in COMMANDS:
        options = {text for option in get_command(app).commands[name].params for text in option.opts}
        assert name in WITHOUT_PROFILE or {"--profile", "--json"} <= options, name
        assert name not in {"run", "sync", "reconcile", "build"} or "--as-of" in options, name
        assert "--key" not in options
    assert {"run", "sync", "build", "publish", "report", "reconcile", "simulate", "demo"} <= {*COMMANDS}


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_without_a_command_the_commands_are_listed(shell: Shell, arguments: list[str]) -> None:
    ended = shell.run(*arguments)
    assert ended.exit_code == 0
    assert all(f"  {command} " in ended.out for command in COMMANDS)


@pytest.mark.parametrize("arguments", [("-h",), ("status", "-h")])
def test_the_short_word_for_help_is_known_too(shell: Shell, arguments: tuple[str, ...]) -> None:
    ended = shell.run(*arguments)
    assert ended.exit_code == 0
    assert ended.out.startswith("Usage: zenhire-sync")


def test_it_runs_as_a_module_where_scripts_are_not_on_the_path(shell: Shell) -> None:
    command = [sys.executable, "-m", "zenhire_sync", "--version"]
    done = subprocess.run(command, cwd=shell.folder, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("zenhire-sync ")


def test_a_shell_completes_the_names_of_commands(shell: Shell) -> None:
    shell.set(_ZENHIRE_SYNC_COMPLETE="complete_bash", COMP_WORDS="zenhire-sync re", COMP_CWORD="1")
    assert set(shell.run().out.split()) == {"reconcile", "reopen", "report"}
    # Else the shell that started the tests is looked for, and there may be none.
    shell.set(_ZENHIRE_SYNC_COMPLETE=None, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "complete" in shell.run("--show-completion", "bash").out


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from zenhire_sync.cli.app import app;"
        "print(sorted({'dlt', 'duckdb', 'dbt', 'pyarrow', 'aiohttp', 'altair'} & {*sys.modules}))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_a_reader_that_has_enough_is_no_error(shell: Shell) -> None:
    done = subprocess.run(
        ["bash", "-c", "set -o pipefail; zenhire-sync simulate --dialect help | true"],
        env={**shell.variables, "PATH": f"{sys.prefix}/bin:{shell.variables['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.stderr == ""
