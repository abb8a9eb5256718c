"""Superset shows what the marts say, on the published file and on PostgreSQL, and can do no more."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from tests.integrations.environments import environment
from tests.integrations.published import (
    Published,
    answers_of_sql,
    different,
    questions,
)
from tests.integrations.superset.answers import answers_of_superset
from tests.integrations.superset.client import Asked, Client, Json
from tools.dashboards.__main__ import main as make_bundle
from tools.dashboards.bundle import Bundle
from tools.dashboards.content import DASHBOARDS, Dashboard
from tools.dashboards.show import Server, serving

from zenhire_sync.publish import publish_marts

ROOT = Path(__file__).parents[3]
ON_FILE, ON_SERVER = "On file", "On server"
PLACES = (ON_FILE, ON_SERVER)
TIME_RANGE = "2025-01-01 : 2026-04-01"


@pytest.fixture(scope="module")
def server(published: Published) -> Iterator[Server]:
    bundles = [Bundle(ON_FILE, f"duckdb:///{published.file}"), Bundle(ON_SERVER, published.server)]
    with serving(environment("superset"), bundles) as started:
        yield started


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return Client(server)


def test_every_metric_by_every_dimension_is_the_marts_number(published: Published, client: Client) -> None:
    asked = questions()
    assert len(asked) > 200
    for name, place in ((ON_FILE, published.file), (ON_SERVER, published.server)):
        assert different(answers_of_sql(place, asked), answers_of_superset(client, name, asked), asked) == []


@pytest.mark.parametrize("page", DASHBOARDS, ids=lambda page: page.title)
def test_a_dashboard_is_drawn_and_its_filters_narrow_what_they_can(
    client: Client, tmp_path: Path, page: Dashboard
) -> None:
    slug = f"on-file-{page.title.lower().replace(' ', '-')}"
    plain = client.look(slug, len(page.charts), png=tmp_path / f"{slug}.png")
    told = client.call("GET", f"dashboard/{slug}/charts")["result"]
    charts = {one["id"]: one["slice_name"] for one in told}
    assert sorted(charts[one.chart] for one in plain.charts) == sorted(one.title for one in page.charts)
    assert [charts[one.chart] for one in plain.charts if not one.rows] == []
    assert plain.alerts == []

    filters = _filters(client, slug)
    narrowed = client.look(slug, len(page.charts), filters)
    assert narrowed.alerts == []
    values = {one["filters"][0]["col"] for one in filters.values() if "filters" in one}
    days = {one.title: one.day for one in page.charts}
    for one in narrowed.charts:
        assert one.rows is not None, charts[one.chart]
        [query] = one.body["queries"]
        columns = client.columns(one.body["datasource"]["id"])
        assert {f["col"] for f in query["filters"] if f["op"] == "IN"} == values & columns
        assert ("2025-01-01" in one.sql) == (days[charts[one.chart]] is not None), one.sql

    for place in PLACES:
        for one in plain.charts:
            assert all(_rows_by_filter(client, place, one, filters.values())), (place, charts[one.chart])


def _filters(client: Client, slug: str) -> dict[str, Json]:
    """What each filter of a dashboard adds, with a value that its marts have."""
    told = json.loads(client.call("GET", f"dashboard/{slug}")["result"]["json_metadata"])
    found: dict[str, Json] = {}
    for one in told["native_filter_configuration"]:
        [target] = one["targets"]
        found[one["id"]] = (
            _chosen(client, target["datasetId"], target["column"]["name"])
            if "column" in target
            else {"time_range": TIME_RANGE}
        )
    return found


@cache
def _chosen(client: Client, dataset: int, column: str) -> Json:
    """A filter for the value that most rows have."""
    rows = {"expressionType": "SQL", "sqlExpression": f"count({column})", "label": "rows"}
    query = {"columns": [column], "metrics": [rows], "orderby": [[rows, False]], "row_limit": 1}
    [[most]] = client.data(dataset, [query])
    return {"filters": [{"col": column, "op": "IN", "val": [most[column]]}]}


def _rows_by_filter(client: Client, place: str, asked: Asked, filters: Iterable[Json]) -> list[int]:
    """How many rows a chart has in a place, without a filter and with each that narrows it."""
    tables = {number: table for table, number in client.datasets(ON_FILE).items()}
    dataset = client.datasets(place)[tables[asked.body["datasource"]["id"]]]
    [query] = asked.body["queries"]
    queries = [query]
    for extra in filters:
        if "time_range" in extra:
            queries.append(query | extra)
        elif (column := extra["filters"][0]["col"]) in client.columns(dataset):
            chosen = _chosen(client, dataset, column)["filters"]
            queries.append(query | {"filters": [*query["filters"], *chosen]})
    # a question of somebody on a dataset, not the chart's own
    body = asked.body | {"datasource": {"id": dataset, "type": "table"}, "queries": queries, "form_data": {}}
    return [one["rowcount"] for one in client.call("POST", "chart/data", json=body)["result"]]


@pytest.mark.parametrize(
    "forbidden",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "attach '/tmp/other.duckdb' as other",
        "copy (select 1) to '/tmp/copied.csv'",
        "set enable_external_access = true",
        "install httpfs",
    ],
)
def test_sql_on_the_file_reads_nothing_else(client: Client, forbidden: str) -> None:
    assert client.sql(ON_FILE, "select count(*) from zenhire_marts.fct_sessions").ok
    refused = client.sql(ON_FILE, forbidden)
    assert not refused.ok
    assert "disabled by configuration" in refused.text or "has been locked" in refused.text
    # what has a result can also be a dataset
    if forbidden.startswith("select"):
        database = client.databases()[ON_FILE]
        dataset = {"database": database, "schema": "zenhire_marts", "table_name": "other", "sql": forbidden}
        assert not client.ask("POST", "dataset/", json=dataset).ok


def test_what_people_made_survives_another_import(
    published: Published, client: Client, server: Server, tmp_path: Path
) -> None:
    sessions = client.datasets(ON_FILE)["fct_sessions"]
    told = client.call("GET", f"dataset/{sessions}")["result"]
    own = {"metric_name": "own_metric", "expression": "count(distinct persona_id)"}
    kept = [{name: one[name] for name in ("id", "metric_name", "expression")} for one in told["metrics"]]
    client.call("PUT", f"dataset/{sessions}", json={"metrics": [*kept, own]})
    page = client.call("POST", "dashboard/", json={"dashboard_title": "Ours", "published": True})["id"]
    chart = {"slice_name": "Ours", "viz_type": "table", "datasource_id": sessions, "datasource_type": "table"}
    ours = client.call("POST", "chart/", json={**chart, "params": "{}", "dashboards": [page]})["id"]
    [shipped] = (
        one["id"]
        for one in client.all("chart")
        if one["slice_name"] == "Personas that use most" and one["datasource_id"] == sessions
    )
    client.call("PUT", f"chart/{shipped}", json={"slice_name": "Changed"})

    _as_the_document_says(published, server, tmp_path)

    assert [one["slice_name"] for one in client.call("GET", f"dashboard/{page}/charts")["result"]] == ["Ours"]
    assert client.call("GET", f"chart/{ours}")["result"]["slice_name"] == "Ours"
    assert Client(server).datasets(ON_FILE)["fct_sessions"] == sessions
    query = {"metrics": ["own_metric", "credits"], "columns": []}
    [[row]] = client.data(sessions, [query])
    assert row["own_metric"] == 3
    # what was shipped is as it was shipped
    assert client.call("GET", f"chart/{shipped}")["result"]["slice_name"] == "Personas that use most"


def _as_the_document_says(published: Published, server: Server, folder: Path) -> None:
    """The commands for another import, in the environment of the Superset that runs."""
    [commands] = re.findall(r"```sh\n([^`]*--keep[^`]*)```", (ROOT / "docs" / "bi.md").read_text("utf-8"))
    assert "duckdb:////srv/zenhire/published/zenhire.duckdb" in commands
    commands = commands.replace(
        "duckdb:////srv/zenhire/published/zenhire.duckdb", f"duckdb:///{published.file}"
    )
    commands = commands.replace("--database", f"--name '{ON_FILE}' --database").replace(
        "python ", f"{sys.executable} "
    )
    place = server.log.parent
    there = {
        "PATH": f"{environment('superset') / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'pipelines'}:{ROOT / 'schemas'}",
        "SUPERSET_CONFIG_PATH": str(place / "superset_config.py"),
        "SUPERSET_HOME": str(place),
        "FLASK_APP": "superset",
    }
    done = subprocess.run(
        ["bash", "-euc", commands], cwd=folder, env=there, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_bundle_is_uploaded_by_hand_and_a_password_stays(
    published: Published, client: Client, server: Server, tmp_path: Path
) -> None:
    address = published.server.replace("postgres@", "postgres:XXXXXXXXXX@")
    bundle, folder = tmp_path / "zenhire.zip", tmp_path / "zenhire"
    make_bundle(["--to", str(bundle), "--name", "By hand", "--database", address])
    client.upload(bundle, {"databases/by_hand.yaml": "a password"})
    assert {one["dashboard_title"] for one in client.all("dashboard")} >= {
        f"By hand: {page.title}" for page in DASHBOARDS
    }
    sessions = Client(server).datasets("By hand")["fct_sessions"]
    query = {"metrics": ["sessions_created"], "columns": []}
    assert client.data(sessions, [query]) == [[{"sessions_created": 400}]]

    make_bundle(["--to", str(folder), "--name", "By hand", "--database", address])
    client.renew(Path(shutil.make_archive(str(folder), "zip", tmp_path, folder.name)))
    with closing(sqlite3.connect(server.log.with_name("metadata.db"))) as metadata:
        [kept] = metadata.execute("select password is not null from dbs where database_name = 'By hand'")
    assert kept == (1,)


def test_a_publish_disturbs_no_open_dashboard_and_is_seen_by_it(published: Published, server: Server) -> None:
    seen: set[str] = set()
    failures: list[str] = []
    is_over = threading.Event()

    def look(client: Client) -> None:
        sessions = client.datasets(ON_FILE)["fct_sessions"]
        assert client.data(sessions, [{"metrics": ["credits"], "columns": ["project_name"]}])[0]
        sql = "select max(published_at) as at from zenhire_marts.publication"
        answer = client.sql(ON_FILE, sql)
        assert answer.ok, answer.text
        seen.add(str(answer.json()["data"]))

    def keep_looking() -> None:
        client = Client(server)
        while not is_over.is_set():
            try:
                look(client)
            except AssertionError as error:
                failures.append(str(error))

    # SQL Lab's very first query must not be several at once: Superset's worker is not ready for it
    look(Client(server))
    people = [threading.Thread(target=keep_looking) for _ in range(3)]
    for one in people:
        one.start()
    try:
        assert _soon(lambda: len(seen) == 1)
        publish_marts(published.settings, now=datetime.now(UTC))
        assert _soon(lambda: len(seen) == 2)
    finally:
        is_over.set()
        for one in people:
            one.join()
    assert failures == []


def _soon(is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + 60
    while not is_so() and time.monotonic() < until:
        time.sleep(0.05)
    return is_so()
