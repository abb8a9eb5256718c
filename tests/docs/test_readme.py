"""README and docs are true: their tables are made from the code, their demo was run, their queries work."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from tools.reference import TABLES, mart_grains, nights_of, updated
from typer.main import get_command

from tests.cli.conftest import Shell
from zenhire_sync.api_keys import KeyReference
from zenhire_sync.cli.app import app
from zenhire_sync.cloud_login import PUBLISH_CREDENTIALS_VARIABLE
from zenhire_sync.config import POSTGRES_URL_VARIABLE, PROFILE_VARIABLE, variable_of
from zenhire_sync.demo.folder import demo_folder
from zenhire_sync.demo.story import LAST_NIGHT
from zenhire_sync.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
EVERYTHING = "\n".join(DOCUMENTS.values())
QUERIES = [
    query
    for name in ("README.md", "docs/queries.md")
    for query in re.findall(r"```sql\n(.*?)```", DOCUMENTS[name], re.DOTALL)
]
AGAIN = "run `python -m tools.reference README.md docs/*.md`"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_its_tables_are_those_of_the_code(name: str) -> None:
    assert updated(DOCUMENTS[name], TABLES) == DOCUMENTS[name], AGAIN


def test_each_table_of_the_code_is_in_a_document() -> None:
    made = re.findall(r"<!-- made: (\w+) -->", EVERYTHING)
    assert sorted(made) == sorted([*TABLES, "demo", "nights"])


def test_the_readme_is_read_in_five_minutes() -> None:
    assert len(README.splitlines()) <= 200


def test_every_command_and_variable_is_in_a_table() -> None:
    for command in get_command(app).commands:
        assert f"| `{command}` |" in DOCUMENTS["docs/commands.md"], AGAIN
    for variable in (
        POSTGRES_URL_VARIABLE,
        PUBLISH_CREDENTIALS_VARIABLE,
        *map(variable_of, Settings.model_fields),
    ):
        assert f"| `{variable}` |" in DOCUMENTS["docs/settings.md"], AGAIN


def test_every_variable_that_the_readme_names_is_one() -> None:
    known = {PROFILE_VARIABLE, *(variable_of(field) for field in Settings.model_fields)}
    for secret in (KeyReference().variable, POSTGRES_URL_VARIABLE):
        known |= {secret, f"{secret}_FILE", f"{secret}_COMMAND"}
    assert {*re.findall(r"ZENHIRE_[A-Z_]*[A-Z]", README)} <= known


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_line_in_it_is_one(name: str) -> None:
    commands = get_command(app).commands
    typed = re.findall(r"(?:^|`|/|&& )zenhire-sync ([a-z]+)([^\n`]*)", DOCUMENTS[name], re.MULTILINE)
    for command, rest in typed:
        assert command in commands
        known = {
            text for option in commands[command].params for text in (*option.opts, *option.secondary_opts)
        }
        assert {*re.findall(r"--[a-z-]+", rest.partition("|")[0])} <= known, (command, rest)


def test_every_mart_has_a_query() -> None:
    queried = {name for query in QUERIES for name in re.findall(r"zenhire_marts\.(\w+)", query)}
    assert queried >= {*mart_grains()}


@pytest.mark.parametrize("name", [*DOCUMENTS, "CONTRIBUTING.md"])
def test_every_file_and_heading_it_links_to_is_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for target, _, anchor in re.findall(r"\]\(([^)#:]*)(#([^)]+))?\)", text):
        file = (ROOT / name).parent / target if target else ROOT / name
        assert file.is_file(), target
        assert not anchor or anchor in _anchors(file), (target, anchor)


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


@pytest.mark.slow
def test_the_demo_in_them_is_a_real_one(demo: Shell) -> None:
    told = _unhurried(f"```\n{(demo.folder / 'told').read_text(encoding='utf-8')}```\n")
    assert _unhurried(_made("demo", "docs/demo.md")) == told, AGAIN
    assert _unhurried(_made("nights", "README.md")) == nights_of(told), AGAIN


@pytest.mark.slow
def test_the_demo_shows_what_it_is_for(demo: Shell) -> None:
    told = (demo.folder / "told").read_text(encoding="utf-8")
    for words in ("late surveys: 1, by 12.7 days", "came alive again", "3 failed -> initiated"):
        assert words in told
    states = re.findall(r"followed: session \w+ is (.*)", told)
    assert states == ["failed", "initiated", "completed", "completed, survey with rating 1"]
    for path in re.findall(r"^ {2}(data/\S+)", told, re.MULTILINE):
        assert (demo.folder / path).is_file()
    assert [path.name for path in (demo.folder / "data").iterdir()] == ["demo"]


@pytest.mark.slow
@pytest.mark.parametrize("query", QUERIES, ids=lambda query: re.search(r"zenhire_marts\.(\w+)", query)[1])
def test_a_query_in_it_works(demo: Shell, query: str) -> None:
    published = demo.folder / "data" / "demo" / "published" / "zenhire.duckdb"
    with duckdb.connect(
        str(published), read_only=True, config={"enable_external_access": False}
    ) as connection:
        rows = connection.execute(query).fetchall()
    # These list what is wrong, and nothing is.
    listing = ("credit_anomalies", "credit_reconciliation", "data_quality", "has_recording")
    assert rows or any(name in query for name in listing)


def test_a_query_where_to_look_works(demo: Shell) -> None:
    broken = README.partition("## When it breaks")[2]
    queries = re.findall(r"`(select [^`]+)`", broken)
    assert len(queries) == 2
    warehouse = demo.folder / "data" / "demo" / "warehouse.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for query in queries:
            connection.execute(query)


def _made(part: str, name: str) -> str:
    found = re.search(rf"<!-- made: {part} -->\n(.*?)<!-- end -->", DOCUMENTS[name], re.DOTALL)
    assert found is not None, AGAIN
    return found[1]


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _unhurried(text: str) -> str:
    """Without what differs from machine to machine, or with how the list is read."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"\b\d+ list pages", "N list pages", text)
    return re.sub(r", \d+ s$", ", N s", text, flags=re.MULTILINE)
