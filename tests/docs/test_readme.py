"""The README is true: its tables are made from the code, its demo was run, its queries work."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from typer.main import get_command

from tests.cli.conftest import Shell
from zenhire_sync.cli.app import app
from zenhire_sync.cli.reference import TABLES, mart_grains, updated
from zenhire_sync.config import variable_of
from zenhire_sync.demo.folder import demo_folder
from zenhire_sync.demo.story import LAST_NIGHT
from zenhire_sync.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)
AGAIN = "run `python -m zenhire_sync.cli.reference README.md`"


def test_its_tables_are_those_of_the_code() -> None:
    assert updated(README, TABLES) == README, AGAIN


def test_every_command_and_variable_is_in_it() -> None:
    for command in get_command(app).commands:
        assert f"| `{command}` |" in README, AGAIN
    for field in Settings.model_fields:
        assert f"| `{variable_of(field)}` |" in README, AGAIN


def test_every_command_line_in_it_is_one() -> None:
    commands = get_command(app).commands
    for name, rest in re.findall(r"zenhire-sync ([a-z]+)([^\n`]*)", README):
        assert name in commands
        known = {text for option in commands[name].params for text in option.opts}
        assert {*re.findall(r"--[a-z-]+", rest)} <= known, (name, rest)


def test_every_mart_has_a_query_in_it() -> None:
    queried = {name for query in QUERIES for name in re.findall(r"zenhire_marts\.(\w+)", query)}
    assert queried >= {*mart_grains()}


def test_every_file_it_links_to_is_there() -> None:
    for document in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / document).read_text(encoding="utf-8")):
            assert (ROOT / target).is_file(), target


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A folder in which the demo ran for the second time."""
    shell = Shell(tmp_path_factory.mktemp("demo"))
    with demo_folder(shell.folder / "data") as folder:
        (folder / "warehouse.duckdb").write_text("of the first time")
        (folder / "state" / "dbt").mkdir()
    # What is meant for the real API has no say in a demo.
    shell.set(
        ZENHIRE_PROFILE="nowhere", ZENHIRE_PAGING="offset", ZENHIRE_API_KEY=None, ZENHIRE_LOG_FORMAT="json"
    )
    # the present would be another demo each day
    ended = shell.run("demo", "--until", f"{LAST_NIGHT:%Y-%m-%dT%H:%M:%SZ}")
    assert (ended.exit_code, ended.err) == (0, "")
    (shell.folder / "told").write_text(ended.out, encoding="utf-8")
    return shell


def test_the_demo_in_it_is_a_real_one(demo: Shell) -> None:
    told = re.search(r"<!-- made: demo -->\n```\n(.*?)```\n<!-- end -->", README, re.DOTALL)
    assert told is not None
    assert _unhurried(told[1]) == _unhurried((demo.folder / "told").read_text(encoding="utf-8")), AGAIN


def test_the_demo_shows_what_it_is_for(demo: Shell) -> None:
    told = (demo.folder / "told").read_text(encoding="utf-8")
    for words in ("late surveys: 1, by 12.7 days", "came alive again", "3 failed -> initiated"):
        assert words in told
    states = re.findall(r"followed: session \w+ is (.*)", told)
    assert states == ["failed", "initiated", "completed", "completed, survey with rating 1"]
    for path in re.findall(r"^ {2}(data/\S+)", told, re.MULTILINE):
        assert (demo.folder / path).is_file()
    assert [path.name for path in (demo.folder / "data").iterdir()] == ["demo"]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: re.search(r"zenhire_marts\.(\w+)", query)[1])
def test_a_query_in_it_works(demo: Shell, query: str) -> None:
    published = demo.folder / "data" / "demo" / "published" / "zenhire.duckdb"
    with duckdb.connect(
        str(published), read_only=True, config={"enable_external_access": False}
    ) as connection:
        rows = connection.execute(query).fetchall()
    # These list what is wrong, and nothing is.
    assert rows or "credit_reconciliation" in query or "data_quality" in query or "has_recording" in query


def test_a_query_where_to_look_works(demo: Shell) -> None:
    broken = README.partition("## When it breaks")[2]
    queries = re.findall(r"`(select [^`]+)`", broken)
    assert len(queries) == 2
    warehouse = demo.folder / "data" / "demo" / "warehouse.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for query in queries:
            connection.execute(query)


def _unhurried(text: str) -> str:
    """Without what differs from machine to machine, or with how the list is read."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"\b\d+ list pages", "N list pages", text)
    return re.sub(r", \d+ s$", ", N s", text, flags=re.MULTILINE)
