"""A full disk behind the log or the output, or closed streams: no traceback, and the right exit code."""

from __future__ import annotations

import subprocess

import pytest

from tests.cli.conftest import PROGRAM, Shell


def in_bash(shell: Shell, command: str) -> subprocess.CompletedProcess[str]:
    shell.set(PROGRAM=str(PROGRAM))
    return subprocess.run(
        ["bash", "-c", command],
        cwd=shell.folder,
        env=shell.variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "exit_code", "told"),
    [
        ("$PROGRAM status > /dev/full", 1, "the output cannot be written (No space left on device)"),
        ("$PROGRAM status >&-", 0, ""),
        ("$PROGRAM status 2>&-", 0, ""),
        ("ZENHIRE_API_KEY= $PROGRAM sync --json > /dev/full", 2, "no API key"),
        ("ZENHIRE_API_KEY= $PROGRAM sync 2> /dev/full", 2, ""),
        ("ZENHIRE_API_KEY= $PROGRAM sync --log-format json 2>&-", 2, ""),
    ],
)
def test_the_exit_code_is_right_whoever_reads_the_output(
    shell: Shell, command: str, exit_code: int, told: str
) -> None:
    done = in_bash(shell, command)
    assert done.returncode == exit_code, done.stderr
    assert len(done.stderr.splitlines()) == bool(told), done.stderr
    assert told in done.stderr


def test_a_key_command_that_prints_no_letters_is_told_in_one_line(shell: Shell) -> None:
    shell.set(ZENHIRE_API_KEY=None, ZENHIRE_API_KEY_COMMAND=r"printf '\377\376'")
    ended = shell.run("sync")
    assert ended.exit_code == 2
    assert "ZENHIRE_API_KEY_COMMAND does not hold an API key" in ended.told
