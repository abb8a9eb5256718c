"""The page in a real browser: nothing refused, nothing fetched, everything drawn, in both colour schemes.

Collected only where Chromium is installed (see conftest); CI installs it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from zenhire_sync.report import ReportSummary
from zenhire_sync.settings import Settings

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
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
    paints: [...paints],
    paper: getComputedStyle(document.body).backgroundColor,
    overflow: document.documentElement.scrollWidth > document.documentElement.clientWidth,
  });
})()
"""


class Tab:
    """One page in the browser, with what it said and asked for."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.complaints: list[str] = []
        self.requests: list[str] = []

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One protocol call and its result; events that arrive meanwhile are kept."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        while True:
            message = json.loads((await self._socket.receive()).data)
            if message.get("id") == self._number:
                result: dict[str, Any] = message["result"]
                return result
            self._keep(message)

    async def evaluate(self, script: str) -> Any:
        """The value of an expression in the page."""
        done = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    async def open(self, path: Path, *, scheme: str, width: int = 1100) -> None:
        """Opens a file and waits until its charts are drawn."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")
        media = [{"name": "prefers-color-scheme", "value": scheme}]
        await self.call("Emulation.setEmulatedMedia", features=media)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        await self.call("Emulation.setDeviceMetricsOverride", **size)
        await self.call("Page.navigate", url=path.as_uri())
        for _ in range(100):
            state = "document.readyState === 'complete' && [...document.querySelectorAll('.chart')]"
            if await self.evaluate(f"{state}.every((chart) => chart.querySelector('svg g path'))"):
                break
            await asyncio.sleep(0.05)

    def _keep(self, message: dict[str, Any]) -> None:
        method, params = message["method"], message["params"]
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        elif method in {"Runtime.consoleAPICalled", "Page.javascriptDialogOpening"}:
            self.complaints.append(str(params))


@asynccontextmanager
async def _tab(browser: str, profile: Path) -> AsyncIterator[Tab]:
    process = await asyncio.create_subprocess_exec(
        browser, *_FLAGS, f"--user-data-dir={profile}", "about:blank", stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stderr is not None
        while not (found := re.search(rb"ws://([\d.:]+)/", line := await process.stderr.readline())):
            assert line, "the browser ended before it listened"
        async with aiohttp.ClientSession() as http:
            async with http.get(f"http://{found[1].decode()}/json/list") as answer:
                [target] = [entry for entry in await answer.json() if entry["type"] == "page"]
            async with http.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Tab(socket)
    finally:
        process.kill()
        await process.communicate()


@pytest.fixture
def browse(chromium: str, tmp_path: Path) -> Callable[[Callable[[Tab], Coroutine[Any, Any, None]]], None]:
    """Runs a visit in a fresh browser."""

    def run(visit: Callable[[Tab], Coroutine[Any, Any, None]]) -> None:
        async def whole() -> None:
            async with _tab(chromium, tmp_path / "browser") as tab:
                await visit(tab)

        asyncio.run(asyncio.wait_for(whole(), timeout=60))

    return run


Browse = Callable[[Callable[[Tab], Coroutine[Any, Any, None]]], None]


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
        assert look["charts"] == look["drawn"] == look["wide"] == summary.charts
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
        assert not json.loads(await tab.evaluate(_LOOK))["overflow"]

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
