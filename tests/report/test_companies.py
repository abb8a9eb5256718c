"""The page of companies of all sizes and names fits a telephone, with and without a choice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.report.browser import Browse, Tab
from tests.report.companies import CHOOSE_A_PROJECT, open_with_filters

from zenhire_sync.report import ReportSummary
from zenhire_sync.settings import Settings

_UNFOLD = "document.querySelectorAll('details').forEach((part) => { part.open = true; })"
_WIDE = """
[document.documentElement, ...document.querySelectorAll('main > section, .figure, #filters, .chart')].filter(
  (part) => part.scrollWidth > part.clientWidth + 1).map(
  (part) => part.id || part.dataset.name || part.tagName)
"""


def test_no_company_scrolls_sideways_on_a_telephone(
    any_company: str, write: Callable[[], ReportSummary], settings: Settings, browse: Browse
) -> None:
    write()

    async def there(tab: Tab) -> None:
        await tab.open(settings.report_path, scheme="light", width=360)
        await tab.evaluate(_UNFOLD)
        assert await tab.evaluate(_WIDE) == []

    browse(there)


@pytest.mark.slow
def test_long_names_break_nothing(long_names: Path, browse: Browse) -> None:
    async def there(tab: Tab) -> None:
        for width in (360, 1100):
            await open_with_filters(tab, long_names, width=width)
            await tab.evaluate(_UNFOLD)
            assert await tab.evaluate(_WIDE) == []
            await tab.evaluate(CHOOSE_A_PROJECT)
            await tab.until("document.querySelector('#credits-per-day .mark-rect path') !== null")
            assert await tab.evaluate(_WIDE) == []
        assert tab.complaints == []

    browse(there)
