"""The page as axe-core sees it, by every rule that it has: in light and in dark, everything unfolded."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.report.browser import Browse, Tab
from tests.report.companies import CHOOSE_A_PROJECT

from zenhire_sync.report import ReportSummary
from zenhire_sync.settings import Settings

_UNFOLD = "document.querySelectorAll('details').forEach((part) => { part.open = true; })"
# What a rule found, and where; axe tells more than anybody reads.
_RUN = """
axe.run(document, {resultTypes: ['violations']}).then(({violations, passes}) => JSON.stringify({
  passes: passes.length,
  violations: violations.map(({id, nodes}) => [id, nodes.map((node) => node.target.join(' ')).slice(0, 3)]),
}))
"""
_FEWEST_PASSES = 20

Write = Callable[[], ReportSummary]
Find = Callable[..., dict[str, list[Any]]]


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core, from the one package that carries it."""
    package = importlib.util.find_spec("axe_playwright_python")
    assert package is not None, "axe-core is missing: run `make setup`"
    assert package.origin is not None
    return Path(package.origin).with_name("axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def find(axe: str, browse: Browse) -> Find:
    """Violations on a page by colour scheme, each a rule and some of the places."""
    return lambda page, choose="": _found(axe, page, browse, choose)


@pytest.mark.slow
def test_axe_finds_nothing_whatever_the_company(
    any_company: str, write: Write, settings: Settings, find: Find
) -> None:
    write()
    assert find(settings.report_path) == {"light": [], "dark": []}


def test_axe_finds_nothing_in_long_foreign_and_hostile_comments(
    publish_comments: Callable[[dict[str, str | None]], None],
    hostile_comments: dict[str, str | None],
    write: Write,
    settings: Settings,
    find: Find,
) -> None:
    publish_comments(hostile_comments)
    write()
    assert find(settings.report_path) == {"light": [], "dark": []}


def test_axe_would_find_a_picture_without_words(
    publish_company: Callable[[str], None], write: Write, settings: Settings, find: Find
) -> None:
    """Else an axe that looks at nothing would pass for a page without fault."""
    publish_company("one session")
    write()
    page = settings.report_path
    page.chmod(0o600)
    page.write_text(page.read_text("utf-8").replace("</h1>", '</h1><img src="data:,">'), "utf-8")
    assert [rule for rule, _ in find(page)["light"]] == ["image-alt"]


@pytest.mark.slow
def test_axe_finds_nothing_in_a_part_under_long_names(long_names: Path, find: Find) -> None:
    assert find(long_names, CHOOSE_A_PROJECT) == {"light": [], "dark": []}


def _found(axe: str, page: Path, browse: Browse, choose: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}

    async def there(tab: Tab) -> None:
        for scheme in ("light", "dark"):
            await tab.open(page, scheme=scheme)
            if choose:
                await tab.until("document.documentElement.dataset.filters === 'ready'")
                await tab.evaluate(choose)
            await tab.evaluate(_UNFOLD)
            await tab.evaluate(axe)
            said = json.loads(await tab.evaluate(_RUN))
            assert said["passes"] >= _FEWEST_PASSES
            found[scheme] = said["violations"]

    browse(there)
    return found
