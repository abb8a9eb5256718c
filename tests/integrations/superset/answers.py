"""What Superset says of metrics, in the form in which the marts' own answers are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tests.integrations.published import MONTH, Answer, Question, answer
from tests.integrations.superset.client import Client, Json

from zenhire_sync.metrics import Metric, metric


def answers_of_superset(client: Client, place: str, asked: Sequence[Question]) -> list[Answer]:
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
