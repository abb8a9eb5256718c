"""The documents' tables of commands, variables, exit codes and marts, and their demo, made from the code.

``python -m tools.reference README.md docs/*.md`` brings what stands between markers up to date.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from typer.main import get_command

from tools.dictionary import described_marts
from tools.run_summary import keys
from zenhire_sync import errors
from zenhire_sync.api_keys import KeyReference
from zenhire_sync.cli.app import app
from zenhire_sync.cloud_login import PUBLISH_CREDENTIALS_VARIABLE
from zenhire_sync.config import (
    LAKE_CATALOG_URL_VARIABLE,
    LOG_FORMAT_VARIABLE,
    POSTGRES_URL_VARIABLE,
    PROFILE_VARIABLE,
    SUMMARY_FILE_VARIABLE,
    variable_of,
)
from zenhire_sync.demo.story import LAST_NIGHT
from zenhire_sync.settings import Settings
from zenhire_sync.signals.run_metrics import FAMILIES

_PART = re.compile(r"(?P<start><!-- made: (?P<name>\w+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
_KEY = KeyReference().variable
_OTHER_VARIABLES = (
    (
        _KEY,
        "none",
        f"The API key; or `{_KEY}_FILE`, the file that holds it; or `{_KEY}_COMMAND`, what prints it.",
    ),
    (
        PROFILE_VARIABLE,
        "`duckdb`",
        "Environment to use when `--profile` is not given: a file in `profiles/`.",
    ),
    (
        POSTGRES_URL_VARIABLE,
        "not set",
        f"Address of the database, with a profile on PostgreSQL; or `{POSTGRES_URL_VARIABLE}_FILE`, the file "
        f"that holds it; or `{POSTGRES_URL_VARIABLE}_COMMAND`, what prints it; "
        "[other ways](postgres.md#the-address).",
    ),
    (
        LAKE_CATALOG_URL_VARIABLE,
        "not set",
        f"Profile lake: address of the catalog; or `{LAKE_CATALOG_URL_VARIABLE}_FILE`, the file that holds "
        f"it; or `{LAKE_CATALOG_URL_VARIABLE}_COMMAND`, what prints it; a file in the lake's folder when not "
        "set. [More](lake.md#install).",
    ),
    (
        PUBLISH_CREDENTIALS_VARIABLE,
        "not set",
        f"With `{variable_of('publish_to')}` at a cloud warehouse: the login there; or "
        f"`{PUBLISH_CREDENTIALS_VARIABLE}_FILE`, the file that holds it; or "
        f"`{PUBLISH_CREDENTIALS_VARIABLE}_COMMAND`, what prints it. "
        "[How it is written](warehouses.md#the-published-marts-there).",
    ),
    (LOG_FORMAT_VARIABLE, "`text`", "Format of the log on standard error: `text` or `json`."),
    (
        SUMMARY_FILE_VARIABLE,
        "not set",
        "File that the steps write their [summary](run-summary.md) into, as `--summary`.",
    ),
)
_EXIT_CODES = (
    (errors.EXIT_DONE, "Done."),
    (errors.EXIT_FAILED, "Failed; the message says what to do. What is published stays as it was."),
    (errors.EXIT_USAGE, "Bad usage or configuration: an option, a setting, a key that the API refuses."),
    (errors.EXIT_SET_ASIDE, "Done, but rows that broke the contract were set aside in `rejected_rows`."),
    (errors.EXIT_LOCKED, "Another run works on the same data directory or database."),
    (errors.EXIT_HUNG_UP, "Stopped because its terminal was closed. As 130."),
    (errors.EXIT_INTERRUPTED, "Stopped by Ctrl-C. What came is kept; the next run goes on from there."),
    (errors.EXIT_TERMINATED, "Stopped by SIGTERM (systemd, Docker, Kubernetes, `timeout`). As 130."),
)


def updated(document: str, makers: Mapping[str, Callable[[], str]]) -> str:
    """The document with the marked parts that ``makers`` name made anew."""

    def made(found: re.Match[str]) -> str:
        maker = makers.get(found["name"])
        return found[0] if maker is None else f"{found['start']}{maker()}{found['end']}"

    return _PART.sub(made, document)


def commands() -> str:
    """Each command with what it does."""
    rows = ((f"`{name}`", _sentence(command.help)) for name, command in _commands().items())
    return _table(("command", "what it does"), rows)


def variables() -> str:
    """Each variable with its default and meaning, those of alerts and signals after those of every night."""
    own = Settings.__annotations__
    settings = (
        (variable_of(name), _shown(field.get_default()), str(field.description))
        for name, field in sorted(Settings.model_fields.items(), key=lambda item: item[0] not in own)
    )
    rows = ((f"`{name}`", default, text) for name, default, text in (*_OTHER_VARIABLES, *settings))
    return _table(("variable", "default", "meaning"), rows)


def exit_codes() -> str:
    """Each exit code with its meaning."""
    return _table(("exit code", "meaning"), ((str(code), text) for code, text in _EXIT_CODES))


def marts() -> str:
    """Each mart with its grain, the marts first, the dimensions and facts they are made from after."""
    grains = mart_grains()
    order = sorted(grains, key=lambda name: (name.startswith(("dim_", "fct_")), name))
    return _table(("table in `zenhire_marts`", "grain"), ((f"`{name}`", grains[name]) for name in order))


def run_summary() -> str:
    """Each key of a run's summary."""
    return _table(("key", "type", "meaning"), ((f"`{name}`", *more) for name, *more in keys()))


def run_metrics() -> str:
    """Each metric of a run."""
    rows = ((f"`{name}`", family.kind, family.meaning) for name, family in FAMILIES.items())
    return _table(("metric", "kind", "meaning"), rows)


def mart_grains() -> dict[str, str]:
    """The first sentence of each mart's description."""
    return {mart.name: _sentence(mart.meaning) for mart in described_marts()}


def _commands() -> Mapping[str, Any]:
    found: Mapping[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
    return found


def _sentence(text: str | None) -> str:
    flat = " ".join((text or "").split())
    end = re.search(r"\.(?= |$)", flat)
    return flat[: end.end()] if end else flat


def _shown(default: Any) -> str:
    if default is None:
        return "not set"
    return f"`{','.join(map(str, default)) if isinstance(default, tuple) else default}`"


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (headings, tuple("---" for _ in headings), *rows)
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


TABLES: Mapping[str, Callable[[], str]] = {
    "commands": commands,
    "variables": variables,
    "exit_codes": exit_codes,
    "marts": marts,
    "run_summary": run_summary,
    "run_metrics": run_metrics,
}


@cache
def demo_output() -> str:
    """What a demo prints, run for real in a folder of its own; takes its time."""
    with TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).with_name("zenhire-sync")), "demo"]
        # the same demo each time, so that the document changes only when the program does
        command += ["--until", f"{LAST_NIGHT:%Y-%m-%dT%H:%M:%SZ}"]
        # Our own program, beside the interpreter that runs this.
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603
    return f"```\n{done.stdout}```\n"


def nights_of(demo: str) -> str:
    """A demo's output in short: the last night whole, the beginning of the others, and what to open."""
    nights, _, rest = demo.partition("\n\n")
    first, *others = re.split(r"(?m)^(?=night )", nights)
    whole = len(others) - 1
    short = [night if i == whole else _beginning(night) for i, night in enumerate(others)]
    return f"{first}{''.join(short)}\n...\n\nopen next:{rest.partition('open next:')[2]}"


def _beginning(night: str) -> str:
    return "".join(night.splitlines(keepends=True)[:2])


DEMO: Mapping[str, Callable[[], str]] = {
    "demo": demo_output,
    "nights": lambda: nights_of(demo_output()),
}


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        text = updated(path.read_text(encoding="utf-8"), {**TABLES, **DEMO})
        path.write_text(text, encoding="utf-8")
