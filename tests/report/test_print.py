"""The page on paper: few sheets, whole words, the newest comments, nothing wider than the sheet.

Where there is no Chromium it is not collected; in CI, which installs one, it fails (see browser.py).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable

import duckdb
import pytest
from tests.report.browser import Browse, Tab

from zenhire_sync.report import ReportSummary
from zenhire_sync.settings import Settings

_ROLE = "Ingeniera de datos sénior para la plataforma de integración de fuentes de terceros"
_CHANGES = 99
_REFERENCE = "urn:applicant:" + "0f5f2c1e" * 30
# A4 within its margins, at 96 dots an inch.
_SHEET = {"width": 695, "height": 1030, "deviceScaleFactor": 1, "mobile": False}
# Of the longest word of a cell: how many lines it takes.
_LINES_OF_A_WORD = """
((cells, word) => [...cells].filter((cell) => cell.offsetParent).map((cell) => {
  const text = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT).nextNode();
  const range = document.createRange();
  const start = text.data.indexOf(word);
  range.setStart(text, start);
  range.setEnd(text, start + word.length);
  return range.getClientRects().length;
}))
"""


@pytest.fixture
def publish_long_names(publish_company: Callable[[str], None], settings: Settings) -> None:
    """A company of 60 personas, 100 prompt changes and 90 flagged comments, with names as long as allowed."""
    publish_company("everything, 60 personas")
    with duckdb.connect(str(settings.published_path)) as file:
        file.execute("update zenhire_marts.feedback_by_persona set role_name = ?", [_ROLE])
        file.execute("update zenhire_marts.prompt_impact set role_name = ?", [_ROLE])
        file.execute(
            "insert into zenhire_marts.prompt_impact"
            " select prompt_impact.* replace ('persona-' || n as persona_id)"
            f" from zenhire_marts.prompt_impact, range({_CHANGES}) t(n)"
        )
        file.execute(
            "insert into zenhire_marts.negative_feedback"
            " select uuid()::varchar, 1, repeat('A long story. ', 100), ?, 'es', uuid()::varchar, 'p1', 2, ?,"
            " timestamp '2026-03-01 00:00:00' - to_minutes(n::int) from range(90) t(n)",
            [_ROLE, _REFERENCE],
        )


def test_long_names_do_not_make_a_book_of_it(
    publish_long_names: None, write: Callable[[], ReportSummary], settings: Settings, browse: Browse
) -> None:
    write()

    async def visit(tab: Tab) -> None:
        await tab.open(settings.report_path, scheme="dark")
        printed = await tab.call("Page.printToPDF", preferCSSPageSize=True)
        pages = re.findall(rb"/Type /Page\b[^s]", base64.b64decode(printed["data"]))
        assert 3 < len(pages) <= 12

    browse(visit)


def test_on_paper_words_stay_whole_and_the_newest_comments_are_enough(
    publish_long_names: None, write: Callable[[], ReportSummary], settings: Settings, browse: Browse
) -> None:
    write()

    async def visit(tab: Tab) -> None:
        await tab.open(settings.report_path, scheme="light")
        await tab.call("Emulation.setDeviceMetricsOverride", **_SHEET)
        await tab.call("Emulation.setEmulatedMedia", media="print")
        look = json.loads(
            await tab.evaluate(
                f"""(() => {{
                  const rows = [...document.querySelectorAll('#flagged tbody tr')];
                  const lines = {_LINES_OF_A_WORD};
                  return JSON.stringify({{
                    printed: rows.map((row) => Boolean(row.offsetParent)),
                    roles: lines(document.querySelectorAll('#flagged .role > bdi'), 'plataforma'),
                    wide: [...document.querySelectorAll('table')].filter(
                      (table) => table.getBoundingClientRect().right > innerWidth).map(
                      (table) => table.caption.textContent),
                    headings: [...document.querySelectorAll('h2')].map((h) => getComputedStyle(h).breakAfter),
                    said: [...document.querySelectorAll('.on-paper')].map((p) => p.textContent),
                  }});
                }})()"""
            )
        )
        assert look["printed"] == [True] * 30 + [False] * 60
        assert look["roles"] == [1] * 30
        assert look["wide"] == []
        assert {*look["headings"]} == {"avoid"}
        assert "The newest 30 are printed; the page shows 90." in look["said"]

    browse(visit)


def test_what_was_searched_for_is_what_is_printed(
    publish_comments: Callable[[dict[str, str]], None],
    write: Callable[[], ReportSummary],
    settings: Settings,
    browse: Browse,
) -> None:
    """The rows that are found may all come after the thirtieth."""
    publish_comments({f"s{number}": f"story {'odd' if number >= 50 else 'even'}" for number in range(60)})
    write()

    async def visit(tab: Tab) -> None:
        await tab.open(settings.report_path, scheme="light")
        await tab.evaluate(
            "(() => { const box = document.getElementById('search'); box.value = 'odd';"
            " box.dispatchEvent(new Event('input')); })()"
        )
        await tab.call("Emulation.setEmulatedMedia", media="print")
        shown = "[...document.querySelectorAll('#flagged tbody tr')].filter((row) => row.offsetParent).length"
        assert await tab.evaluate(shown) == 10

    browse(visit)


def test_the_last_label_of_each_axis_is_whole_on_a_small_telephone(
    publish_long_names: None, write: Callable[[], ReportSummary], settings: Settings, browse: Browse
) -> None:
    write()

    async def visit(tab: Tab) -> None:
        await tab.open(settings.report_path, scheme="light", width=390)
        cut = (
            "[...document.querySelectorAll('.chart text')].filter((words) => {"
            " const box = words.getBoundingClientRect();"
            " return box.right > document.documentElement.clientWidth || box.left < 0;"
            "}).map((words) => words.textContent)"
        )
        assert await tab.evaluate(cut) == []

    browse(visit)


def test_a_page_left_open_says_in_its_table_too_that_it_is_old(
    publish_company: Callable[[str], None],
    write: Callable[[], ReportSummary],
    settings: Settings,
    browse: Browse,
) -> None:
    publish_company("everything, 60 personas")
    write()

    async def visit(tab: Tab) -> None:
        await tab.open(settings.report_path, scheme="light")
        states = "[...document.querySelectorAll('td[data-until]')].map((cell) => cell.textContent)"
        assert await tab.evaluate(states) == ["stale"]
        assert await tab.evaluate("document.getElementById('stale').hidden") is False

    browse(visit)
