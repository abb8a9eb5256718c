"""Each metric is the same number in SQL, and from MetricFlow on the published file and on PostgreSQL.

MetricFlow reads dbt's semantic models and writes SQL of its own: it is the second reading of the definitions.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest
from pydantic import SecretStr
from tests.integrations.environments import environment
from tests.transforms.odd_company import COMPANY_DIR, odd_company
from tests.transforms.postgres.server import running
from tests.transforms.warehouse import NOW, Company

from zenhire_sync.bundle import bundled
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.engines.postgres.marts_from_file import publish_file_to
from zenhire_sync.marts.environment import dbt_variables, process_set_up, work_dir
from zenhire_sync.marts.runner import run_dbt
from zenhire_sync.metrics import metrics
from zenhire_sync.progress import SILENT
from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Home, Settings

ASK = Path(__file__).parent / "ask.py"
MONTH = "month"
# A metric and what it is grouped by: a dimension, the month, or nothing.
Question = tuple[str, str | None]
Answer = dict[Any, Any]


@dataclass(frozen=True)
class Published:
    """One company's marts in a file and on a server, and dbt's manifest of their metrics."""

    file: str
    server: str
    manifest: str


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    company = Company(
        tmp_path_factory.mktemp("company"),
        {"reporting_time_zone": "America/Havana", "company_dir": COMPANY_DIR},
    )
    company.build(odd_company(20260308))
    file = publish_marts(company.settings, now=NOW).place
    with running() as server:
        # MetricFlow names tables with their database, which is the file's name.
        server.execute("create database zenhire")
        url = server.url("zenhire")
        there = company.settings.at(Home(destination="postgres", url=SecretStr(url)))
        publish_file_to(company.settings, there, SILENT)
        yield Published(file, url, _manifest(company.settings))


def _manifest(settings: Settings) -> str:
    """dbt's semantic manifest, of a build whose file is named as the published one."""
    work = work_dir(settings) / "of metrics"
    variables = dbt_variables(settings, NOW) | {"ZENHIRE_BUILD_PATH": str(work / "zenhire.duckdb")}
    let_go = warehouse_of(settings).dbt().let_go
    work.mkdir(parents=True)
    with process_set_up(variables):
        run_dbt(("parse",), project=bundled("transforms"), target="duckdb", work=work, let_go=let_go)
    return (work / "target" / "semantic_manifest.json").read_text("utf-8")


def _questions() -> list[Question]:
    found: list[Question] = []
    for one in metrics():
        found += [(one.name, None), *((one.name, dimension) for dimension in one.model.dimensions)]
        if one.day is not None:
            found.append((one.name, MONTH))
    return found


def _of_metricflow(place: str, manifest: str, questions: Sequence[Question]) -> list[Answer]:
    entities = {one.name: one.model.entity for one in metrics()}
    grouped = {
        (name, by): []
        if by is None
        else ["metric_time__month"]
        if by == MONTH
        else [f"{entities[name]}__{by}"]
        for name, by in questions
    }
    asked = {
        "manifest": manifest,
        "place": place,
        "questions": [(name, by) for (name, _), by in grouped.items()],
    }
    done = subprocess.run(
        [environment("metricflow") / "bin" / "python", ASK],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [_answer(rows) for rows in json.loads(done.stdout)]


def _of_sql(place: str, questions: Sequence[Question]) -> list[Answer]:
    """What the rows of the mart ``metrics`` say, asked of the mart that they name."""
    if place.startswith("postgresql:"):
        with psycopg2.connect(place) as connection:
            return list(_asked_in_sql(connection.cursor(), questions))
    with duckdb.connect(place, read_only=True) as connection:
        return list(_asked_in_sql(connection, questions))


def _asked_in_sql(cursor: Any, questions: Sequence[Question]) -> Iterator[Answer]:
    cursor.execute(
        "select metric_name, sql_expression, mart_name, day_column, row_filter from zenhire_marts.metrics"
    )
    told = {name: rest for name, *rest in cursor.fetchall()}
    for name, by in questions:
        expression, mart, day, row_filter = told[name]
        key = f"cast(date_trunc('month', {day}) as date)" if by == MONTH else by
        shown = expression if key is None else f"{key}, {expression}"
        where = f" where {row_filter}" if row_filter else ""
        group = "" if key is None else " group by 1"
        cursor.execute(f"select {shown} from zenhire_marts.{mart}{where}{group}")
        yield _answer(cursor.fetchall())


def _answer(rows: Sequence[Sequence[Any]]) -> Answer:
    """Values by group; a month is its first day."""
    found = {None if len(row) == 1 else _key(row[0]): row[-1] for row in rows}
    assert len(found) == len(rows)
    return {key: None if value is None else float(value) for key, value in found.items()}


def _key(value: Any) -> str | None:
    return None if value is None else re.sub(r"^(\d{4}-\d\d-\d\d) .*", r"\1", str(value))


def _different(
    one: Sequence[Answer], other: Sequence[Answer], questions: Sequence[Question]
) -> list[Question]:
    return [
        question
        for question, ours, theirs in zip(questions, one, other, strict=True)
        if ours != pytest.approx(theirs, rel=1e-9, abs=1e-9)
    ]


def test_every_metric_by_every_dimension_is_the_same_four_times(published: Published) -> None:
    questions = _questions()
    assert len(questions) > 200
    ours = _of_sql(published.file, questions)
    # a comparison of nothing with nothing would pass
    assert [
        name for (name, by), answer in zip(questions, ours, strict=True) if by is None and not answer[None]
    ] == []
    assert _different(ours, _of_sql(published.server, questions), questions) == []
    for place in (published.file, published.server):
        assert _different(ours, _of_metricflow(place, published.manifest, questions), questions) == []


def test_a_wrong_filter_is_found(published: Published) -> None:
    manifest = json.loads(published.manifest)
    [planted] = (one for one in manifest["metrics"] if one["name"] == "interviews_completed")
    [where] = planted["filter"]["where_filters"]
    where["where_sql_template"] += " and {{ Dimension('session__source') }} = 'requests'"
    questions: list[Question] = [
        ("interviews_completed", MONTH),
        ("response_rate", MONTH),
        ("credits", MONTH),
    ]
    wrong = _of_metricflow(published.file, json.dumps(manifest), questions)
    assert _different(_of_sql(published.file, questions), wrong, questions) == questions[:2]
