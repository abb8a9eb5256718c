"""Headless Chromium by its debugging protocol: a tab a visit, which remembers what it said and asked for."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp

Visit = Callable[["Tab"], Coroutine[Any, Any, None]]
Browse = Callable[[Visit], None]

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# A skipped test would hide that a page was not looked at. On a machine without a browser there is no such
# test; CI has one, and fails where it does not.
CAN_LOOK = _CHROMIUM is not None or bool(os.environ.get("CI"))

_LONGEST_SECONDS = 60
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

    async def until(self, condition: str) -> None:
        """Waits until an expression is true in the page, for ten seconds at most."""
        for _ in range(200):
            if await self.evaluate(condition):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"never true: {condition}")

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


@cache
def _browser() -> str:
    """Host and port of the one browser of this process, which ends with it."""
    assert _CHROMIUM is not None, "Chromium is missing: install the package chromium"
    profile = tempfile.mkdtemp(prefix="zenhire-browser-")
    log = Path(profile, "log")
    with log.open("wb") as told:
        process = subprocess.Popen(
            [_CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", "about:blank"], stdout=told, stderr=told
        )

    def end() -> None:
        process.kill()
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)

    atexit.register(end)
    until = time.monotonic() + _LONGEST_SECONDS
    while not (found := re.search(r"ws://([\d.:]+)/", log.read_text(errors="replace"))):
        assert process.poll() is None, "the browser ended before it listened"
        assert time.monotonic() < until, "the browser does not listen"
        time.sleep(0.05)
    return found[1]


@asynccontextmanager
async def _tab(address: str) -> AsyncIterator[Tab]:
    """A new tab, closed at the end."""
    async with aiohttp.ClientSession(f"http://{address}") as http:
        async with http.put("/json/new?about:blank") as answer:
            target = await answer.json()
        try:
            async with http.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Tab(socket)
        finally:
            await (await http.get(f"/json/close/{target['id']}")).read()


def visit(there: Visit) -> None:
    """Runs a visit in a fresh tab, for a minute at most."""

    async def whole() -> None:
        async with _tab(_browser()) as tab:
            await there(tab)

    asyncio.run(asyncio.wait_for(whole(), timeout=_LONGEST_SECONDS))
