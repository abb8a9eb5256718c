"""Bad input: one line that says what is wrong and what to do, the documented exit code, never the key."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.cli.conftest import KEY, Shell, answering
from zenhire_sync.errors import EXIT_FAILED, EXIT_LOCKED, EXIT_USAGE
from zenhire_sync.lock import exclusive
from zenhire_sync.simulator import SimulatorServer


@dataclass(frozen=True)
class Wrong:
    """What is wrong, the exit code, and words that the line must hold."""

    words: str
    exit_code: int = EXIT_USAGE
    variables: dict[str, str | None] = field(default_factory=dict)
    arguments: tuple[str, ...] = ("sync",)


SETTINGS = {
    "no key": Wrong("set ZENHIRE_API_KEY", variables={"ZENHIRE_API_KEY": None}),
    "a key file that is not there": Wrong(
        "ZENHIRE_API_KEY_FILE cannot be read",
        variables={"ZENHIRE_API_KEY": None, "ZENHIRE_API_KEY_FILE": "/nowhere/key"},
    ),
    "a key command that fails": Wrong(
        "exit code 3", variables={"ZENHIRE_API_KEY": None, "ZENHIRE_API_KEY_COMMAND": f"echo {KEY}; exit 3"}
    ),
    "a key of two lines": Wrong("does not hold an API key", variables={"ZENHIRE_API_KEY": f"{KEY}\n{KEY}"}),
    "an unknown profile": Wrong("choose one of", arguments=("sync", "--profile", "nope")),
    "a profile in another folder": Wrong(
        "choose one of", variables={"ZENHIRE_PROFILE": "../profiles/duckdb"}
    ),
    "a setting that is no number": Wrong(
        "ZENHIRE_RATE_LIMIT_PER_MINUTE", variables={"ZENHIRE_RATE_LIMIT_PER_MINUTE": "many"}
    ),
    "a setting out of bounds": Wrong("ZENHIRE_PAGE_SIZE", variables={"ZENHIRE_PAGE_SIZE": "0"}),
    "a list with a hole": Wrong(
        "ZENHIRE_SURVEY_LADDER_DAYS", variables={"ZENHIRE_SURVEY_LADDER_DAYS": "1,,x"}
    ),
    "a word that is none of the choices": Wrong("'cursor'", variables={"ZENHIRE_PAGING": "sideways"}),
    "a time zone that is none": Wrong(
        "Europe/Zurich", variables={"ZENHIRE_REPORTING_TIME_ZONE": "Mars/Base"}
    ),
    "a memory limit that is none": Wrong("2GB", variables={"ZENHIRE_MEMORY_LIMIT": "plenty"}),
    "a memory limit of nothing": Wrong("64MB or more", variables={"ZENHIRE_MEMORY_LIMIT": "0GB"}),
    "a memory limit that holds no build": Wrong("64MB or more", variables={"ZENHIRE_MEMORY_LIMIT": "1 kb"}),
    "a share beyond the whole machine": Wrong("100%", variables={"ZENHIRE_MEMORY_LIMIT": "101%"}),
    "a time zone of this machine alone": Wrong(
        "Europe/Zurich", variables={"ZENHIRE_REPORTING_TIME_ZONE": "localtime"}
    ),
    "a time zone that counts leap seconds": Wrong(
        "Europe/Zurich", variables={"ZENHIRE_REPORTING_TIME_ZONE": "right/UTC"}
    ),
    "a folder with a quote": Wrong('path holds "\'"', variables={"ZENHIRE_DATA_DIR": "o'brien"}),
    "a folder with signs of templates": Wrong("'%', '?'", variables={"ZENHIRE_DATA_DIR": "what? 50%s"}),
    "a folder in the quotes of an env file": Wrong(
        "ZENHIRE_DATA_DIR has quotes around its value", variables={"ZENHIRE_DATA_DIR": '"/srv/zenhire"'}
    ),
    "a backfill that ends before it begins": Wrong(
        "not before --until", arguments=("sync", "--since", "2026-03-02", "--until", "2026-03-01")
    ),
    "a time after all time": Wrong("before 2261", arguments=("sync", "--as-of", "9999-12-31T23:59:59Z")),
    "an address that is none": Wrong("ZENHIRE_BASE_URL", variables={"ZENHIRE_BASE_URL": "https://["}),
    "a port that is none": Wrong(
        "ZENHIRE_BASE_URL", variables={"ZENHIRE_BASE_URL": "http://127.0.0.1:99999"}
    ),
    "plain http": Wrong("use https", variables={"ZENHIRE_BASE_URL": "http://example.invalid/api"}),
    "a time that is none": Wrong("--as-of", arguments=("sync", "--as-of", "tomorrow")),
    "a time before all time": Wrong("--as-of", arguments=("sync", "--as-of", "0001-01-01T00:00:00+14:00")),
    "a log format that is none": Wrong("--log-format", arguments=("sync", "--log-format", "xml")),
    "an unknown option": Wrong("no such option: --key", arguments=("sync", "--key", KEY)),
    "an option without its value": Wrong("--as-of", arguments=("build", "--as-of")),
    "an unknown command": Wrong("no such command", arguments=("frobnicate",)),
}


@pytest.mark.parametrize("wrong", SETTINGS.values(), ids=SETTINGS)
def test_a_setting_or_argument_that_cannot_be_used(shell: Shell, wrong: Wrong) -> None:
    shell.set(**wrong.variables)
    _ends_in_one_line(shell, wrong)


@dataclass(frozen=True)
class Answer:
    """What a server that is not the API answers."""

    status: int
    body: str
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


ANSWERS = {
    "html instead of json": (
        Answer(200, "<!doctype html><p>Please sign in", "text/html"),
        Wrong("not JSON", EXIT_FAILED),
    ),
    "json of another shape": (
        Answer(200, '{"ok": true, "users": [{"name": "x"}]}'),
        Wrong("without a list of sessions", EXIT_FAILED),
    ),
    "no sessions here": (Answer(404, "<h1>Not found</h1>", "text/html"), Wrong("HTTP 404")),
    "somewhere else": (
        Answer(302, "", "text/html", {"Location": "https://example.invalid"}),
        Wrong("HTTP 302", EXIT_FAILED),
    ),
    "always broken": (Answer(500, "oops", "text/plain"), Wrong("HTTP 500", EXIT_FAILED)),
    "the key sent back": (
        Answer(401, '{"error": {"code": "UNAUTHORIZED", "message": "unknown key {key}"}}'),
        Wrong("refused key 'default'"),
    ),
}


@pytest.mark.parametrize(("answer", "wrong"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_is_not_the_apis(shell: Shell, answer: Answer, wrong: Wrong) -> None:
    with answering(answer.status, answer.body, answer.content_type, **answer.headers) as base_url:
        shell.set(ZENHIRE_BASE_URL=base_url)
        _ends_in_one_line(shell, wrong)


def test_a_wrong_key(shell: Shell, api: SimulatorServer) -> None:
    api.set_keys({"zh_api_another": None})
    shell.set(ZENHIRE_BASE_URL=api.base_url)
    _ends_in_one_line(shell, Wrong("the API refused key 'default' (401"))


def test_a_key_without_the_permission(shell: Shell, api: SimulatorServer) -> None:
    api.behaviour = replace(api.behaviour, has_permission=False)
    shell.set(ZENHIRE_BASE_URL=api.base_url)
    _ends_in_one_line(shell, Wrong("ask ZenHire for the interview permission (requestId req_"))


def test_nobody_listening(shell: Shell) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        shell.set(ZENHIRE_BASE_URL=f"http://127.0.0.1:{port}/api/v1/interview")
        _ends_in_one_line(shell, Wrong("nobody answers", EXIT_FAILED))


@pytest.mark.parametrize("command", ["sync", "demo"])
def test_a_data_directory_that_cannot_be_written(shell: Shell, command: str) -> None:
    (shell.folder / "file").touch()
    shell.set(ZENHIRE_DATA_DIR="file")
    words = "cannot be written (Not a directory); check ZENHIRE_DATA_DIR"
    _ends_in_one_line(shell, Wrong(words, EXIT_FAILED, arguments=(command,)))


@pytest.mark.parametrize("command", ["build", "publish", "report"])
def test_a_step_before_the_first_sync(shell: Shell, command: str) -> None:
    _ends_in_one_line(shell, Wrong("first", EXIT_FAILED, arguments=(command,)))


@pytest.fixture
def held(shell: Shell) -> Iterator[Path]:
    with ExitStack() as stack:
        for folder in (shell.folder / "data", shell.folder / "data" / "demo"):
            (folder / "state").mkdir(parents=True)
        (shell.folder / "data" / "demo" / "MADE_BY_ZENHIRE_SYNC_DEMO").touch()
        for folder in (shell.folder / "data", shell.folder / "data" / "demo"):
            stack.enter_context(exclusive(folder / "state", "reconcile"))
        yield shell.folder / "data"


@pytest.mark.parametrize("command", ["run", "sync", "reconcile", "build", "publish", "report", "demo"])
def test_a_data_directory_that_another_run_works_on(shell: Shell, held: Path, command: str) -> None:
    assert held.is_dir()
    ended = shell.run(command)
    assert ended.exit_code == EXIT_LOCKED
    assert "(reconcile, since" in ended.told


def test_a_demo_never_empties_a_folder_that_is_none(shell: Shell) -> None:
    precious = shell.folder / "data" / "demo" / "warehouse.duckdb"
    precious.parent.mkdir(parents=True)
    precious.write_text("precious")
    ended = shell.run("demo")
    assert (ended.exit_code, precious.read_text()) == (EXIT_USAGE, "precious")
    assert "is not a demo" in ended.told


@pytest.mark.parametrize(
    ("variables", "arguments"),
    [
        ({}, ("sync", KEY)),
        ({}, ("sync", "--as-of", KEY)),
        ({}, (KEY,)),
        ({"ZENHIRE_PROFILE": KEY}, ("build",)),
        ({"ZENHIRE_BASE_URL": KEY}, ("sync",)),
        ({"ZENHIRE_BASE_URL": f"https://{KEY}@platform.zenhire.ai"}, ("sync",)),
        ({"ZENHIRE_PAGE_SIZE": KEY}, ("sync",)),
        ({"ZENHIRE_API_KEY": f"{KEY} {KEY}"}, ("sync",)),
    ],
)
def test_a_key_pasted_in_the_wrong_place_is_not_shown(
    shell: Shell, variables: dict[str, str], arguments: tuple[str, ...]
) -> None:
    shell.set(**variables)
    _ends_in_one_line(shell, Wrong("", EXIT_USAGE, arguments=arguments))


def test_without_json_nothing_is_on_standard_output(shell: Shell) -> None:
    shell.set(ZENHIRE_API_KEY=None)
    ended = shell.run("sync")
    assert (ended.exit_code, ended.out) == (EXIT_USAGE, "")
    assert ended.told.startswith("zenhire-sync sync: no API key")


def test_a_misspelled_variable_is_mentioned(shell: Shell) -> None:
    shell.set(ZENHIRE_RATE_LIMIT="100", ZENHIRE_API_KEY=None)
    ended = shell.run("sync")
    assert "did_you_mean=ZENHIRE_RATE_LIMIT_PER_MINUTE" in ended.err
    assert "variable=ZENHIRE_RATE_LIMIT" in ended.err
    assert ended.told.startswith("zenhire-sync sync: no API key")


def _ends_in_one_line(shell: Shell, wrong: Wrong) -> None:
    command, *rest = wrong.arguments
    ended = shell.run(command, "--json", *rest)
    assert ended.exit_code == wrong.exit_code, ended.err
    assert ended.json["exit_code"] == wrong.exit_code
    assert wrong.words in ended.json["error"]
    assert ended.told.endswith(f": {ended.json['error']}")
    assert KEY not in ended.out + ended.err
