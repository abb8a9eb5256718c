"""The page in a real browser: nothing refused, nothing fetched, everything drawn, in both colour schemes.

Where there is no Chromium it is not collected; in CI, which installs one, it fails (see browser.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import duckdb
import pytest
from tests.report.browser import Browse, Tab

from zenhire_sync.report import ReportSummary
from zenhire_sync.settings import Settings

# What the page looks like once drawn.
_LOOK = """
(() => {
  const charts = [...document.querySelectorAll('.chart')];
  const paints = new Set();
  const marks = '.chart .mark-rect path, .chart .mark-symbol path, .chart .mark-rule line';
  for (const mark of document.querySelectorAll(marks))
    for (const colour of [getComputedStyle(mark).fill, getComputedStyle(mark).stroke]) paints.add(colour);
  return JSON.stringify({
    charts: charts.length,
    drawn: charts.filter((chart) => chart.querySelectorAll('svg path').length > 3).length,
    wide: charts.filter((chart) => chart.querySelector('svg').clientWidth > 300).length,
    labelled: charts.filter((chart) => [...chart.querySelectorAll('.role-axis-label')].every(
      (axis) => axis.querySelector('text:not([opacity="0"])'))).length,
    cut: [...document.querySelectorAll('.chart text')].filter(
      (words) => words.getBoundingClientRect().right > innerWidth).map((words) => words.textContent),
    paints: [...paints],
    paper: getComputedStyle(document.body).backgroundColor,
    overflow: document.documentElement.scrollWidth > document.documentElement.clientWidth,
  });
})()
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_without_a_complaint_or_a_request(
    scheme: str, any_company: str, write: Callable[[], ReportSummary], settings: Settings, browse: Browse
) -> None:
    summary = write()

    async def visit(tab: Tab) -> None:
        await tab.open(settings.report_path, scheme=scheme)
        look = json.loads(await tab.evaluate(_LOOK))
        assert tab.complaints == []
        assert tab.requests == [settings.report_path.as_uri()]
        assert look["charts"] == look["drawn"] == look["wide"] == look["labelled"] == summary.charts
        assert not look["overflow"]
        assert look["paper"] == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(20, 24, 31)")
        # A variable that is not set would paint black, which is invisible in the dark.
        assert "rgb(0, 0, 0)" not in look["paints"]

    browse(visit)


def test_it_fits_a_telephone(
    publish_company: Callable[[str], None],
    write: Callable[[], ReportSummary],
    settings: Settings,
    browse: Browse,
) -> None:
    publish_company("everything, 60 personas")
    write()

    async def visit(tab: Tab) -> None:
        await tab.open(settings.report_path, scheme="light", width=400)
        look = json.loads(await tab.evaluate(_LOOK))
        assert (look["overflow"], look["cut"]) == (False, [])

    browse(visit)


def test_it_is_printed_dark_on_white_from_a_dark_screen_too(
    publish_company: Callable[[str], None],
    write: Callable[[], ReportSummary],
    settings: Settings,
    browse: Browse,
) -> None:
    publish_company("one session")
    write()

    async def visit(tab: Tab) -> None:
        ink = "getComputedStyle(document.body).color"
        await tab.open(settings.report_path, scheme="dark")
        assert await tab.evaluate(ink) == "rgb(231, 235, 241)"
        dark = [{"name": "prefers-color-scheme", "value": "dark"}]
        await tab.call("Emulation.setEmulatedMedia", media="print", features=dark)
        assert await tab.evaluate(ink) == "rgb(29, 36, 48)"

    browse(visit)


def test_comments_can_be_searched_and_none_of_them_runs(
    publish_comments: Callable[[dict[str, str]], None],
    hostile_comments: dict[str, str],
    write: Callable[[], ReportSummary],
    settings: Settings,
    browse: Browse,
) -> None:
    publish_comments({**hostile_comments, "accent": "Très déçu par l'entretien"})
    write()

    async def visit(tab: Tab) -> None:
        await tab.open(settings.report_path, scheme="light")
        assert await _searched(tab, "") == ("10 surveys", 10)
        assert await _searched(tab, "drop table") == ("1 of 10 shown", 1)
        assert await _searched(tab, "DECU tres") == ("1 of 10 shown", 1)
        assert await _searched(tab, "<script>") == ("1 of 10 shown", 1)
        assert await _searched(tab, "המראיין") == ("1 of 10 shown", 1)
        assert await _searched(tab, "no such words") == ("0 of 10 shown", 0)
        assert tab.complaints == []
        assert tab.requests == [settings.report_path.as_uri()]

    browse(visit)


async def _searched(tab: Tab, words: str) -> tuple[str, int]:
    """Types into the search box; what it says and how many rows remain."""
    script = f"""
    (() => {{
      const box = document.getElementById('search');
      box.value = {json.dumps(words)};
      box.dispatchEvent(new Event('input'));
      const rows = [...document.querySelectorAll('#flagged tbody tr')].filter((row) => row.offsetParent);
      return [document.getElementById('found').value, rows.length];
    }})()
    """
    said, rows = await tab.evaluate(script)
    return str(said), int(rows)


def test_a_page_that_was_left_lying_says_so_when_it_is_opened(
    publish_company: Callable[[str], None],
    write: Callable[[], ReportSummary],
    settings: Settings,
    browse: Browse,
) -> None:
    publish_company("one session")
    write()

    async def visit(tab: Tab) -> None:
        await tab.open(settings.report_path, scheme="light")
        shown = await tab.evaluate("document.getElementById('stale').checkVisibility()")
        said = await tab.evaluate("document.getElementById('stale').textContent")
        assert shown is True
        assert re.fullmatch(r"Stale: the data on this page ends \d+\.\d days ago\.", said)

    browse(visit)


def test_no_cell_of_the_comments_runs_into_the_next(
    publish_comments: Callable[..., None],
    hostile_comments: dict[str, str | None],
    write: Callable[[], ReportSummary],
    settings: Settings,
    browse: Browse,
) -> None:
    """Names of projects are longer than the ids that stood there, and so are references."""
    publish_comments(hostile_comments, "candidate-of-the-spring-2026-000042")
    with duckdb.connect(str(settings.published_path)) as file:
        file.execute("alter table zenhire_marts.negative_feedback add column project_name varchar")
        file.execute(
            "update zenhire_marts.negative_feedback"
            " set project_id = 'p', project_name = 'Sales hiring EMEA and LATAM 2026'"
        )
    write()

    async def visit(tab: Tab) -> None:
        await tab.open(settings.report_path, scheme="light", width=1200)
        cut = await tab.evaluate(
            "JSON.stringify([...document.querySelectorAll('#flagged tbody td')]"
            ".filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent))"
        )
        assert json.loads(cut) == []

    browse(visit)
