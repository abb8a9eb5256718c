"""One chart each, with the settings that Superset's form would give it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

Params = dict[str, Any]

# rows of a table on a dashboard; who wants them all asks the mart
_ROWS = 500
_SERIES = 10
_WEEK = "P1W"
_MONTH = "P1M"
_AS_IT_IS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Chart:
    """A chart of one mart. ``day`` is the column that the date filter narrows; none where dates mean nothing.

    ``width`` is of 12 columns, ``height`` in rows of 8 pixels.
    """

    title: str
    mart: str
    viz_type: str
    params: Params
    day: str | None = None
    description: str = ""
    width: int = 3
    height: int = 20
    conditions: Sequence[str] = field(default=())

    def settings(self) -> Params:
        """Its ``params`` in Superset's words."""
        in_time = [] if self.day is None else [_time_range(self.day)]
        return {
            "viz_type": self.viz_type,
            **self.params,
            "adhoc_filters": [*in_time, *map(_condition, self.conditions)],
        }


def number(title: str, mart: str, metric: str, d3_format: str, **rest: Any) -> Chart:
    """One figure, large."""
    params = {
        "metric": metric,
        "y_axis_format": d3_format,
        "header_font_size": 0.5,
        "subheader_font_size": 0.15,
    }
    return Chart(title, mart, "big_number_total", params, **rest)


def bars(
    title: str,
    mart: str,
    metric: str,
    by: str,
    day: str,
    *,
    grain: str = _WEEK,
    series: int = _SERIES,
    **rest: Any,
) -> Chart:
    """Stacked bars over time, one colour a value of ``by``.

    Values beyond so many ``series`` are one, which needs a text; 0 is for a number, and shows all.
    """
    params = _over_time(day, grain, [metric]) | {
        "groupby": [by],
        "limit": series,
        "timeseries_limit_metric": metric,
        "group_others_when_limit_reached": series > 0,
        "stack": "Stack",
        "sort_series_type": "name",
        "sort_series_ascending": True,
    }
    return Chart(title, mart, "echarts_timeseries_bar", params, **_over(day, rest))


def line(
    title: str,
    mart: str,
    metrics: Sequence[str],
    day: str,
    d3_format: str,
    *,
    by: Sequence[str] = (),
    grain: str = _WEEK,
    **rest: Any,
) -> Chart:
    """A line a metric, or a value of ``by``, over time."""
    params = _over_time(day, grain, metrics) | {
        "groupby": [*by],
        "markerEnabled": True,
        "markerSize": 5,
        "y_axis_format": d3_format,
    }
    return Chart(title, mart, "echarts_timeseries_line", params, **_over(day, rest))


def grouped(title: str, mart: str, by: Sequence[str], metrics: Sequence[str], **rest: Any) -> Chart:
    """A table of metrics by these columns, the largest of the first metric on top."""
    params = _table("aggregate") | {
        "groupby": [*by],
        "metrics": [*metrics],
        "timeseries_limit_metric": metrics[0],
        "order_desc": True,
    }
    return Chart(title, mart, "table", params, **{"width": 6, "height": 50, **rest})


def pivoted(title: str, mart: str, by: Sequence[str], metrics: Sequence[str], **rest: Any) -> Chart:
    """A table of metrics by these columns in the order of the alphabet, each value of the first once."""
    params = {
        # under another name: a column "value" would be taken for the table's own
        "groupbyRows": [
            {"expressionType": "SQL", "label": column.capitalize(), "sqlExpression": column} for column in by
        ],
        "groupbyColumns": [],
        "metrics": [*metrics],
        "metricsLayout": "COLUMNS",
        "rowOrder": "key_a_to_z",
        "colOrder": "key_a_to_z",
        "aggregateFunction": "Sum",
        "valueFormat": "SMART_NUMBER",
        "row_limit": _ROWS,
        "order_desc": True,
    }
    return Chart(title, mart, "pivot_table_v2", params, **{"width": 6, "height": 50, **rest})


def rows(
    title: str,
    mart: str,
    columns: Sequence[str],
    order: Mapping[str, bool],
    numbers: Mapping[str, str] = _AS_IT_IS,
    **rest: Any,
) -> Chart:
    """A table of rows as they are. ``order``: column to whether it ascends; ``numbers``: to its format."""
    params = _table("raw") | {
        "all_columns": [*columns],
        "order_by_cols": [json.dumps([column, ascends]) for column, ascends in order.items()],
        "column_config": {column: {"d3NumberFormat": form} for column, form in numbers.items()},
    }
    return Chart(title, mart, "table", params, **{"width": 6, "height": 50, **rest})


def _table(mode: str) -> Params:
    return {
        "query_mode": mode,
        "row_limit": _ROWS,
        "server_page_length": 10,
        "page_length": 0,
        "include_search": False,
        "show_cell_bars": False,
        "table_timestamp_format": "%Y-%m-%d",
    }


def _over_time(day: str, grain: str, metrics: Sequence[str]) -> Params:
    return {
        "x_axis": day,
        "time_grain_sqla": grain,
        "metrics": [*metrics],
        "row_limit": 10_000,
        "truncate_metric": True,
        "show_legend": True,
        "rich_tooltip": True,
        "x_axis_time_format": "%b %Y" if grain == _MONTH else "%d %b",
        "y_axis_bounds": [0, None],
    }


def _over(day: str, rest: Mapping[str, Any]) -> dict[str, Any]:
    """What a chart over time has; rows that belong to no day yet would be a bar of their own."""
    known = f"{day} is not null"
    return {"width": 6, "height": 45, "day": day, **rest, "conditions": (*rest.get("conditions", ()), known)}


def _time_range(day: str) -> Params:
    return {
        "clause": "WHERE",
        "expressionType": "SIMPLE",
        "subject": day,
        "operator": "TEMPORAL_RANGE",
        "comparator": "No filter",
    }


def _condition(sql: str) -> Params:
    return {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": sql}
