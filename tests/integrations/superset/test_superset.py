"""Superset shows what the marts say, on the published file and on PostgreSQL, and can do no more."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.integrations.environments import environment
from tests.integrations.published import (
    MONTH,
    Answer,
    Published,
    Question,
    answer,
    answers_of_sql,
    different,
    published_company,
    questions,
)
from tests.integrations.superset.client import Asked, Client, Json
from tools.dashboards.__main__ import main as make_bundle
from tools.dashboards.bundle import Bundle
from tools.dashboards.content import DASHBOARDS, Dashboard
from tools.dashboards.show import Server, serving

from zenhire_sync.metrics import Metric, metric
from zenhire_sync.publish import publish_marts

ON_FILE, ON_SERVER = "On file", "On server"
PLACES = (ON_FILE, ON_SERVER)
TIME_RANGE = "2025-01-01 : 2026-04-01"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    with published_company(tmp_path_factory.mktemp("company")) as company:
        yield company


@pytest.fixture(scope="module")
def server(published: Published) -> Iterator[Server]:
    bundles = [Bundle(ON_FILE, f"duckdb:///{published.file}"), Bundle(ON_SERVER, published.server)]
    with serving(environment("superset"), bundles) as started:
        yield started


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return Client(server)


def _of_superset(client: Client, place: str, asked: Sequence[Question]) -> list[Answer]:
    """All metrics that share a mart, a day and a filter are asked at once by each dimension."""
    datasets = client.datasets(place)
    told: dict[Question, Answer] = {}
    shared: dict[Any, list[Metric]] = {}
    for name, by in asked:
        one = metric(name)
        shared.setdefault((one.mart, one.day, one.row_filter, by), []).append(one)
    for (mart, day, row_filter, by), several in shared.items():
        query: Json = {"metrics": [one.name for one in several], "columns": []}
        if by is not None:
            query["columns"] = [_month(day) if by == MONTH else by]
        if row_filter is not None:
            query["extras"] = {"where": f"({row_filter})"}
        [rows] = client.data(datasets[mart], [query])
        for one in several:
            key = [] if by is None else [day if by == MONTH else by]
            told[one.name, by] = answer([[_told(row[name]) for name in (*key, one.name)] for row in rows])
    return [told[question] for question in asked]


def _month(day: str) -> Json:
    return {
        "columnType": "BASE_AXIS",
        "timeGrain": "P1M",
        "expressionType": "SQL",
        "label": day,
        "sqlExpression": day,
    }


def _told(value: Any) -> Any:
    """Days are told in milliseconds, which no metric comes to."""
    if isinstance(value, int | float) and value > 1e12:
        return datetime.fromtimestamp(value / 1000, UTC).date()
    return value


def test_every_metric_by_every_dimension_is_the_marts_number(published: Published, client: Client) -> None:
    asked = questions()
    assert len(asked) > 200
    for name, place in ((ON_FILE, published.file), (ON_SERVER, published.server)):
        assert different(answers_of_sql(place, asked), _of_superset(client, name, asked), asked) == []


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
    [database] = (one["id"] for one in client.all("database") if one["database_name"] == ON_FILE)
    asked = {"database_id": database, "runAsync": False, "schema": "zenhire_marts"}
    allowed = client.ask(
        "POST", "sqllab/execute/", json={**asked, "sql": "select count(*) from fct_sessions"}
    )
    assert allowed.ok, allowed.text
    refused = client.ask("POST", "sqllab/execute/", json={**asked, "sql": forbidden})
    assert "disabled by configuration" in refused.text or "has been locked" in refused.text
    # what has a result can also be a dataset
    if forbidden.startswith("select"):
        dataset = {"database": database, "schema": "zenhire_marts", "table_name": "other", "sql": forbidden}
        assert not client.ask("POST", "dataset/", json=dataset).ok


def test_what_people_made_survives_another_import(
    published: Published, client: Client, tmp_path: Path
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

    export = tmp_path / "export.zip"
    export.write_bytes(client.ask("GET", f"dataset/export/?q=!({sessions})").content)
    bundle, database = tmp_path / "bundle.zip", f"duckdb:///{published.file}"
    make_bundle(["--to", str(bundle), "--name", ON_FILE, "--database", database, "--keep", str(export)])
    client.bring(bundle)

    assert [one["slice_name"] for one in client.call("GET", f"dashboard/{page}/charts")["result"]] == ["Ours"]
    assert client.call("GET", f"chart/{ours}")["result"]["slice_name"] == "Ours"
    assert client.datasets(ON_FILE)["fct_sessions"] == sessions
    query = {"metrics": ["own_metric", "credits"], "columns": []}
    [[row]] = client.data(sessions, [query])
    assert row["own_metric"] == 3
    # what was shipped is as it was shipped
    assert client.call("GET", f"chart/{shipped}")["result"]["slice_name"] == "Personas that use most"


def test_a_publish_disturbs_no_open_dashboard_and_is_seen_by_it(published: Published, server: Server) -> None:
    seen: set[str] = set()
    failures: list[str] = []
    is_over = threading.Event()

    def keep_asking() -> None:
        client = Client(server)
        sessions = client.datasets(ON_FILE)["fct_sessions"]
        [database] = (one["id"] for one in client.all("database") if one["database_name"] == ON_FILE)
        sql = "select max(published_at) as at from zenhire_marts.publication"
        asked = {"database_id": database, "runAsync": False, "schema": "zenhire_marts", "sql": sql}
        while not is_over.is_set():
            try:
                assert client.data(sessions, [{"metrics": ["credits"], "columns": ["project_name"]}])[0]
                seen.add(str(client.call("POST", "sqllab/execute/", json=asked)["data"]))
            except AssertionError as error:
                failures.append(str(error))

    people = [threading.Thread(target=keep_asking) for _ in range(3)]
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
