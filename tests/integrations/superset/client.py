"""A person who uses Superset: by its API, or in a browser, which is how pages ask for their charts' rows."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from tests.report.browser import Tab, visit
from tools.dashboards.show import Server

Json = dict[str, Any]

# what a page asks charts for, with the answer; filters ask for their values in the same way
_LISTEN = """
window.asked = [];
const ask = window.fetch;
window.fetch = async (what, how) => {
  if (!String(what.url || what).includes('/api/v1/chart/data')) return ask(what, how);
  const one = {told: null};
  window.asked.push(one);
  one.body = how?.body ?? await what.clone().text();
  const answer = await ask(what, how);
  one.told = await answer.clone().json();
  return answer;
};
"""
_IS_DRAWN = """
document.querySelectorAll('.dashboard-component-chart-holder').length === {charts}
  && document.querySelectorAll('.loading, [data-test="loading-indicator"]').length === 0
  && window.asked.length >= {charts} && window.asked.every((one) => one.told)
"""
_ALERTS = "[...document.querySelectorAll('[role=alert], .ant-alert-error')].map((one) => one.innerText)"


@dataclass(frozen=True)
class Asked:
    """What a page asked for one of its charts, with the SQL, and how many rows came; none when refused."""

    chart: int
    body: Json
    rows: int | None
    sql: str


@dataclass(frozen=True)
class Look:
    """A dashboard in the browser: its charts' questions, and what it complains about."""

    charts: list[Asked]
    alerts: list[str]


class Client:
    """Someone who is logged in."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._http = requests.Session()
        who = {"username": server.user, "password": server.password}
        token = self.call("POST", "security/login", json={**who, "provider": "db"})["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"
        page = requests.Session()
        page.post(f"{server.address}/login/", data=who, timeout=60).raise_for_status()
        self._cookies = page.cookies.get_dict()

    def ask(self, method: str, path: str, **rest: Any) -> requests.Response:
        """The answer of an endpoint, whatever it is."""
        return self._http.request(method, f"{self._server.address}/api/v1/{path}", timeout=60, **rest)

    def call(self, method: str, path: str, **rest: Any) -> Json:
        """The JSON of an endpoint that does not refuse."""
        answer = self.ask(method, path, **rest)
        assert answer.ok, (path, answer.status_code, answer.text[:2000])
        told: Json = answer.json()
        return told

    def all(self, kind: str) -> list[Json]:
        """Every chart, dataset, database or dashboard."""
        found: list[Json] = self.call("GET", f"{kind}/?q=(page_size:1000)")["result"]
        return found

    def databases(self) -> dict[str, int]:
        """Number of each connection, by name."""
        return {one["database_name"]: one["id"] for one in self.all("database")}

    def sql(self, database: str, query: str) -> requests.Response:
        """What SQL Lab says to a query."""
        asked = {"database_id": self.databases()[database], "schema": "zenhire_marts", "sql": query}
        return self.ask("POST", "sqllab/execute/", json={**asked, "runAsync": False})

    @cache  # noqa: B019 - one client a server, which knows them all
    def datasets(self, database: str) -> dict[str, int]:
        """Number of each dataset of a database, by table."""
        return {
            one["table_name"]: one["id"]
            for one in self.all("dataset")
            if one["database"]["database_name"] == database
        }

    @cache  # noqa: B019
    def columns(self, dataset: int) -> frozenset[str]:
        """Names of the columns of a dataset."""
        told = self.call("GET", f"dataset/{dataset}")["result"]
        return frozenset(column["column_name"] for column in told["columns"])

    def data(self, dataset: int, queries: Sequence[Json]) -> list[list[Json]]:
        """Rows of each query on a dataset."""
        told = self.call("POST", "chart/data", json=self.question(dataset, queries))
        return [one["data"] for one in told["result"]]

    @staticmethod
    def question(dataset: int, queries: Sequence[Json]) -> Json:
        """What ``chart/data`` is asked."""
        plain = {"row_limit": 10_000, "filters": [], "orderby": []}
        return {
            "datasource": {"id": dataset, "type": "table"},
            "queries": [{**plain, **query} for query in queries],
            "result_format": "json",
            "result_type": "full",
        }

    def upload(self, bundle: Path, passwords: Mapping[str, str]) -> None:
        """Imports a zip file as the page does, which asks for passwords (by file) of new databases."""
        with bundle.open("rb") as file:
            told = {"overwrite": "true", "passwords": json.dumps(passwords)}
            self.call("POST", "dashboard/import/", files={"formData": file}, data=told)

    def renew(self, bundle: Path) -> None:
        """Imports the zip file of a folder, which replaces all of it."""
        with bundle.open("rb") as file:
            self.call("POST", "assets/import/", files={"bundle": file})

    def look(
        self, slug: str, charts: int, filters: Mapping[str, Json] | None = None, png: Path | None = None
    ) -> Look:
        """A dashboard of so many charts, drawn to its end, with filters set (by id: what they add)."""
        found: list[Look] = []

        async def there(tab: Tab) -> None:
            for domain in ("Page", "Runtime", "Network"):
                await tab.call(f"{domain}.enable")
            # as high as everything, since what is out of sight is not drawn
            size = {"width": 1500, "height": 1700, "deviceScaleFactor": 1, "mobile": False}
            await tab.call("Emulation.setDeviceMetricsOverride", **size)
            for name, value in self._cookies.items():
                await tab.call("Network.setCookie", name=name, value=value, url=self._server.address)
            await tab.call("Page.addScriptToEvaluateOnNewDocument", source=_LISTEN)
            asked = f"?native_filters={quote(_rison(_set(filters)))}" if filters else ""
            await tab.call("Page.navigate", url=f"{self._server.address}/superset/dashboard/{slug}/{asked}")
            while not await tab.evaluate(_IS_DRAWN.replace("{charts}", str(charts))):
                await asyncio.sleep(0.2)
            if png is not None:
                await asyncio.sleep(1)
                shot = await tab.call("Page.captureScreenshot", format="png")
                png.write_bytes(base64.b64decode(shot["data"]))
            told = json.loads(await tab.evaluate("JSON.stringify(window.asked)"))
            found.append(Look(list(filter(None, map(_asked, told))), await tab.evaluate(_ALERTS)))

        visit(there)
        return found[0]


def _asked(one: Json) -> Asked | None:
    """None for a filter that asked for its values."""
    body = json.loads(one["body"])
    if body["form_data"].get("slice_id") is None:
        return None
    [result] = one["told"].get("result", [{"error": one["told"]}])
    rows = None if result["error"] else result["rowcount"]
    return Asked(body["form_data"]["slice_id"], body, rows, str(result.get("query")))


def _set(filters: Mapping[str, Json]) -> Json:
    return {
        name: {"id": name, "extraFormData": extra, "filterState": {"value": _value(extra)}, "ownState": {}}
        for name, extra in filters.items()
    }


def _value(extra: Json) -> Any:
    return extra["filters"][0]["val"] if "filters" in extra else extra["time_range"]


def _rison(value: Any) -> str:
    """A value as Superset's addresses have it."""
    if isinstance(value, dict):
        return "(" + ",".join(f"{_rison(key)}:{_rison(one)}" for key, one in value.items()) + ")"
    if isinstance(value, list):
        return "!(" + ",".join(map(_rison, value)) + ")"
    text = str(value)
    return "'" + re.sub(r"([!'])", r"!\1", text) + "'"
