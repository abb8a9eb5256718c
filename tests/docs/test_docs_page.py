"""dbt's page of the models' documentation in a real browser: offline, silent, and telling what it should."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tools.dictionary import described_marts

from tests.report.browser import Tab, visit
from tests.transforms.warehouse import NOW, Company, completed
from zenhire_sync.publish import publish_marts

_MODEL = "location.hash = '#!/model/model.zenhire.credit_usage_daily'"
_SHOWN = "document.querySelector('.app-content')?.innerText ?? ''"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published page of a small company."""
    company = Company(tmp_path_factory.mktemp("company"))
    company.build({"sessions": [completed("s1", "2026-03-01 10:00", 60)]})
    publish_marts(company.settings, now=NOW)
    return company.settings.published_path.with_name("docs.html")


@pytest.mark.slow
def test_it_opens_offline_and_describes_a_mart(page: Path) -> None:
    (mart,) = (mart for mart in described_marts() if mart.name == "credit_usage_daily")
    seen: dict[str, Any] = {}

    async def there(tab: Tab) -> None:
        await tab.open(page, scheme="light")
        seen["overview"] = await _text_with(tab, "The ZenHire marts")
        await tab.evaluate(_MODEL)
        seen["mart"] = await _text_with(tab, mart.columns[0].name)
        seen["complaints"] = tab.complaints
        seen["requests"] = [url for url in tab.requests if not url.startswith("data:")]

    visit(there)
    assert (seen["complaints"], seen["requests"]) == ([], [page.as_uri()])
    assert "The ZenHire marts" in seen["overview"]
    assert [column.name for column in mart.columns if column.name not in seen["mart"]] == []
    assert "Every credit in zenhire_raw.sessions is in exactly one row." in seen["mart"]


async def _text_with(tab: Tab, words: str) -> str:
    """What is shown once it holds these words, or after ten seconds."""
    for _ in range(100):
        shown = " ".join((await tab.evaluate(_SHOWN)).split())
        if words in shown:
            break
        await asyncio.sleep(0.1)
    return shown
