"""One company in which every odd state occurs, as a file and on a server, and what SQL says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest
from pydantic import SecretStr
from tests.transforms.odd_company import COMPANY_DIR, odd_company
from tests.transforms.postgres.server import running
from tests.transforms.warehouse import NOW, Company

from zenhire_sync.engines.postgres.marts_from_file import publish_file_to
from zenhire_sync.metrics import metrics
from zenhire_sync.progress import SILENT
from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Home, Settings

MONTH = "month"
# A metric and what it is grouped by: a dimension, the month, or nothing.
Question = tuple[str, str | None]
Answer = dict[Any, Any]


@dataclass(frozen=True)
class Published:
    """One company's marts in a file and on a server, and the settings that they were built with."""

    file: str
    server: str
    settings: Settings


@contextmanager
def published_company(folder: Path) -> Iterator[Published]:
    """The company, whose data directory is the folder, while the server runs."""
    company = Company(folder, {"reporting_time_zone": "America/Havana", "company_dir": COMPANY_DIR})
    company.build(odd_company(20260308))
    file = publish_marts(company.settings, now=NOW).place
    with running() as server:
        # MetricFlow names tables with their database, which is the file's name.
        server.execute("create database zenhire")
        url = server.url("zenhire")
        there = company.settings.at(Home(destination="postgres", url=SecretStr(url)))
        publish_file_to(company.settings, there, SILENT)
        yield Published(file, url, company.settings)


def questions() -> list[Question]:
    """Each metric by nothing, by every dimension and by month."""
    found: list[Question] = []
    for one in metrics():
        found += [(one.name, None), *((one.name, dimension) for dimension in one.model.dimensions)]
        if one.day is not None:
            found.append((one.name, MONTH))
    return found


def answers_of_sql(place: str, asked: Sequence[Question]) -> list[Answer]:
    """What the rows of the mart ``metrics`` say, asked of the mart that they name."""
    if place.startswith("postgresql:"):
        with psycopg2.connect(place) as connection:
            return list(_asked_in_sql(connection.cursor(), asked))
    with duckdb.connect(place, read_only=True) as connection:
        return list(_asked_in_sql(connection, asked))


def _asked_in_sql(cursor: Any, asked: Sequence[Question]) -> Iterator[Answer]:
    cursor.execute(
        "select metric_name, sql_expression, mart_name, day_column, row_filter from zenhire_marts.metrics"
    )
    told = {name: rest for name, *rest in cursor.fetchall()}
    for name, by in asked:
        expression, mart, day, row_filter = told[name]
        key = f"cast(date_trunc('month', {day}) as date)" if by == MONTH else by
        shown = expression if key is None else f"{key}, {expression}"
        where = f" where {row_filter}" if row_filter else ""
        group = "" if key is None else " group by 1"
        cursor.execute(f"select {shown} from zenhire_marts.{mart}{where}{group}")
        yield answer(cursor.fetchall())


def answer(rows: Sequence[Sequence[Any]]) -> Answer:
    """Values by group, of rows of both; a month is its first day."""
    found = {None if len(row) == 1 else _key(row[0]): row[-1] for row in rows}
    assert len(found) == len(rows)
    return {key: None if value is None else float(value) for key, value in found.items()}


def _key(value: Any) -> str | None:
    return None if value is None else re.sub(r"^(\d{4}-\d\d-\d\d) .*", r"\1", str(value))


def different(one: Sequence[Answer], other: Sequence[Answer], asked: Sequence[Question]) -> list[Question]:
    """The questions that are answered in two ways."""
    return [
        question
        for question, ours, theirs in zip(asked, one, other, strict=True)
        if ours != pytest.approx(theirs, rel=1e-9, abs=1e-9)
    ]
