"""The simulated API as a command: it tells how to use it, ends quietly, and says when it cannot start."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.cli.conftest import PROGRAM, Shell
from zenhire_sync.errors import EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from zenhire_sync.simulator import DIALECTS


@contextmanager
def serving(shell: Shell, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command at work on a free port, and all that it printed when it was ready."""
    command = [str(PROGRAM), "simulate", "--port", "0", "--sessions", "60", "--days", "12", *options]
    with subprocess.Popen(
        command,
        env=shell.variables,
        cwd=shell.folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # As in a terminal, also where the tests themselves run in the background.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - one call
    ) as process:
        assert process.stdout is not None
        told = "".join(process.stdout.readline() for _ in range(4))
        try:
            yield process, told
        finally:
            process.terminate()


def test_what_it_prints_is_all_that_a_sync_needs(shell: Shell) -> None:
    options = (
        "--dialect",
        "page_total_pages",
        "--filters",
        "--deleted-answer",
        "410",
        "--rate-limit",
        "6000",
    )
    with serving(shell, *options) as (_, told):
        exports = dict(re.findall(r"^export (\w+)=(.+)$", told, re.MULTILINE))
        assert {*exports} == {"ZENHIRE_BASE_URL", "ZENHIRE_API_KEY"}
        assert told.splitlines()[-1] == "zenhire-sync run"
        shell.set(**exports)
        synced = shell.run("sync", "--json", "--as-of", "2026-02-01T02:00:00Z")
        assert synced.exit_code == EXIT_DONE, synced.err
        assert synced.json["sync"]["sessions_new"] > 50


@pytest.mark.slow
def test_trouble_is_lived_through(shell: Shell) -> None:
    with serving(shell, "--trouble", "0.2", "--now", "2026-01-20", "--order", "unordered") as (_, told):
        shell.set(**dict(re.findall(r"^export (\w+)=(.+)$", told, re.MULTILINE)))
        synced = shell.run("sync", "--json", "--as-of", "2026-02-01T02:00:00Z")
        assert synced.exit_code == EXIT_DONE, synced.err
        assert synced.json["sync"]["retries"] > 0


def test_its_company_ends_now_unless_told_otherwise(shell: Shell) -> None:
    """It lived in the winter of 2026 whatever the day was: a first report was empty, or of another year."""
    for options, end in (
        ((), datetime.now(UTC)),
        (("--until", "2025-06-30T14:00:00Z"), datetime(2025, 6, 30, 14, tzinfo=UTC)),
    ):
        created = [datetime.fromisoformat(row["created_at"]) for row in _listed(shell, *options)]
        assert len(created) > 50
        assert end - timedelta(days=3) < max(created) <= end + timedelta(minutes=5)
        assert min(created) > end - timedelta(days=13)


def test_the_same_seed_and_end_give_the_same_company(shell: Shell) -> None:
    options = ("--until", "2025-06-30T14:00:00Z")
    assert _listed(shell, *options) == _listed(shell, *options)


def test_a_company_can_have_many_personas_projects_tags_and_languages_with_long_names(shell: Shell) -> None:
    rows = _listed(
        shell,
        *("--sessions", "600", "--personas", "50", "--projects", "20", "--tags", "30", "--languages", "12"),
        "--long-names",
    )
    assert len({row["persona_id"] for row in rows}) == 50
    assert len({row["project_id"] for row in rows if row["project_id"]}) == 20
    assert len({row["language"] for row in rows if row["language"]}) == 12
    assert len({tag for row in rows for tag in row["tags"] or ()}) >= 30
    assert min(len(row["role_name"]) for row in rows if row["role_name"]) > 50


def _listed(shell: Shell, *options: str) -> list[dict[str, Any]]:
    """All rows of the list that the command serves."""
    rows: list[dict[str, Any]] = []
    with serving(shell, "--rate-limit", "100000", *options) as (_, told):
        exports = dict(re.findall(r"^export (\w+)=(.+)$", told, re.MULTILINE))
        query = "limit=100"
        while True:
            request = Request(  # noqa: S310 - a loopback address
                f"{exports['ZENHIRE_BASE_URL']}/sessions?{query}",
                headers={"X-API-Key": exports["ZENHIRE_API_KEY"]},
            )
            with urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
                page = json.load(answer)
            rows += page["data"]
            cursor = page["pagination"]["next_cursor"]
            if cursor is None:
                return rows
            query = f"limit=100&cursor={cursor}"


def test_ctrl_c_ends_it_without_a_trace(shell: Shell) -> None:
    with serving(shell) as (process, _):
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (EXIT_DONE, "stopped\n", "")


def test_a_taken_port_is_told_in_one_line(shell: Shell) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = shell.run("simulate", "--port", str(taken.getsockname()[1]))
    assert ended.exit_code == EXIT_FAILED
    assert ended.told.endswith("the port is taken; choose another --port")


def test_the_dialects_are_listed(shell: Shell) -> None:
    assert shell.run("simulate", "--dialect", "help").out.split() == [*DIALECTS]


@pytest.mark.parametrize(
    "options",
    [
        ("--dialect", "nope"),
        ("--order", "nope"),
        ("--now", "nope"),
        ("--port", "99999"),
        ("--days", "0"),
        ("--until", "x"),
        ("--languages", "41"),
    ],
)
def test_an_option_that_cannot_be_used_is_told_in_one_line(shell: Shell, options: tuple[str, str]) -> None:
    ended = shell.run("simulate", *options)
    assert ended.exit_code == EXIT_USAGE
    assert options[0] in ended.told or "dialect" in ended.told
