"""The runbook knows every message and exit code, and names nothing that is not there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from typer.main import get_command

from zenhire_sync import errors
from zenhire_sync.api_keys import KeyReference
from zenhire_sync.cli.app import app
from zenhire_sync.cloud_login import PUBLISH_CREDENTIALS_VARIABLE
from zenhire_sync.config import (
    LAKE_CATALOG_URL_VARIABLE,
    POSTGRES_URL_VARIABLE,
    PROFILE_VARIABLE,
    SUMMARY_FILE_VARIABLE,
    variable_of,
)
from zenhire_sync.settings import Settings

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
GAP = "…"
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type)} | {"NobodyFoundError"}
KEY = KeyReference().variable
SOURCES = [
    path for path in sorted((ROOT / "pipelines").rglob("*.py")) if "/zenhire_sync/simulator/" not in str(path)
]


def text_of(node: ast.expr) -> str | None:
    """A string of the code, with a gap for each value in it; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or GAP for part in node.values)
    return None


def words_of(path: Path) -> str:
    """All strings of a source."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return "\n".join(text for node in nodes if isinstance(node, ast.expr) and (text := text_of(node)))


WORDS = [words_of(path) for path in SOURCES]


def raised() -> list[str]:
    """Every message that the program ends with, as far as it is written where it is raised."""
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_error = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS
            if is_error and node.args and (text := text_of(node.args[0])):  # type: ignore[attr-defined]
                found.append(text)
    return found


def known_messages() -> list[str]:
    """What stands in the first column under "Messages"."""
    tables = RUNBOOK.partition("## Messages")[2].partition("## What to know")[0]
    return re.findall(r"^\| `(.+?)` \|", tables, re.MULTILINE)


def parts(message: str) -> list[str]:
    return [part.strip(" ;:()") for part in message.split(GAP) if part.strip(" ;:().")]


def test_every_message_is_in_the_runbook() -> None:
    messages = raised()
    assert len(messages) > 50
    missing = [text for text in messages if not any(holds(text, known) for known in known_messages())]
    assert missing == []


def holds(text: str, known: str) -> bool:
    return all(part in text for part in parts(known))


@pytest.mark.parametrize("known", known_messages())
def test_a_message_in_the_runbook_is_one_of_the_programs(known: str) -> None:
    assert any(all(part in source for part in parts(known)) for source in WORDS), f"no source says: {known}"


def test_every_exit_code_is_in_the_runbook() -> None:
    codes = {code for name, code in vars(errors).items() if name.startswith("EXIT_")}
    table = RUNBOOK.partition("## Exit codes")[2].partition("## Rows")[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == codes


@pytest.mark.parametrize("document", [RUNBOOK, SECURITY], ids=["runbook", "SECURITY"])
def test_commands_options_and_variables_in_it_exist(document: str) -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    named = re.findall(r"zenhire-sync ([a-z]+)([^\n`#|]*)", document)
    assert len(named) >= 3
    for name, rest in named:
        assert name in commands, name
        options = {text for option in commands[name].params for text in option.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, (name, rest)
    settings = {variable_of(field) for field in Settings.model_fields}
    known = {*settings, PROFILE_VARIABLE, SUMMARY_FILE_VARIABLE, "ZENHIRE_PRIVACY_KEY_FILE"}
    for secret in (
        KEY,
        POSTGRES_URL_VARIABLE,
        LAKE_CATALOG_URL_VARIABLE,
        PUBLISH_CREDENTIALS_VARIABLE,
    ):
        known |= {secret, f"{secret}_FILE", f"{secret}_COMMAND"}
    assert set(re.findall(r"ZENHIRE_[A-Z_]*[A-Z]", document)) <= known


@pytest.mark.parametrize("name", ["docs/runbook.md", "SECURITY.md"])
def test_links_and_anchors_in_it_lead_somewhere(name: str) -> None:
    path = ROOT / name
    document = path.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", document, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for target in re.findall(r"\]\(([^)]+)\)", document):
        file, _, anchor = target.partition("#")
        assert (path.parent / file).exists()
        assert file or anchor in anchors
