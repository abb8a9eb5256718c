"""The look of every chart, and its way from Altair to Vega.

Colours are CSS variables, which the page sets for light and for dark: the drawing follows by itself,
also on paper. Charts are compiled here, so that a chart that cannot be drawn fails the command and
not the reader; the page draws them with Vega's interpreter, which needs no ``eval``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import altair as alt
import vl_convert

from zenhire_sync.report.section import Chart

VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
INK = "var(--ink)"
SERIES = tuple(f"var(--series-{number})" for number in range(1, 7))
OTHER = "var(--series-other)"
RATINGS = tuple(f"var(--rating-{number})" for number in range(1, 6))
GOOD, BAD = "var(--series-1)", "var(--bad)"
CHART_HEIGHT = 260
LABELS = "labels"
MOST_LABELS = 8
_HALF_A_DATE_PX = 40

_LINE = "var(--line)"
_CONFIG: dict[str, Any] = {
    # The chart is one picture with a label and a table; its hundred marks are not read out one by one.
    "mark": {"aria": False},
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "gridColor": _LINE,
        "domainColor": _LINE,
        "tickColor": _LINE,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 260,
        "aria": False,
    },
    "axisX": {"grid": False},
    "legend": {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "orient": "top",
        # on a telephone two names stand side by side
        "labelLimit": {"expr": "width < 560 ? max(60, width / 2 - 30) : 200"},
        "aria": False,
        "columns": {"expr": "width < 560 ? 2 : 7"},
    },
    "text": {"color": INK, "fontSize": 12},
    "rule": {"color": INK},
    "bar": {"color": SERIES[0]},
    "line": {"color": SERIES[0]},
    "point": {"color": SERIES[0]},
}


def inline(name: str, rows: Sequence[dict[str, Any]]) -> alt.InlineData:
    """The rows as the chart's own data; nothing is loaded. The page's filters put others under that name."""
    return alt.InlineData(values=list(rows), name=name)


def day_axis() -> alt.X:
    """Days from left to right. UTC throughout: a day must not slip when the reader lives elsewhere."""
    return alt.X("day:T", timeUnit="utcyearmonthdate", title=None, axis=date_labels())


def date_labels() -> alt.Axis:
    """Labels at the moments of the parameter ``labels``."""
    return date_axis(labelSeparation=8, values=alt.ExprRef(LABELS))


def labels(dates: Sequence[date], hour: int = 0) -> alt.Parameter:
    """The parameter with some of these dates, the last one among them, at that hour of the day in UTC."""
    every = math.ceil(len(dates) / MOST_LABELS)
    named = sorted(dates)[::-every]
    moments = [int(datetime.combine(day, time(hour), UTC).timestamp() * 1000) for day in named]
    return alt.param(name=LABELS, value=moments)


def date_axis(**more: Any) -> alt.Axis:
    """An axis of dates in words. A label beside an end is set against it: telephones would cut it."""
    return alt.Axis(format="%d %b %Y", labelOverlap=True, labelFlush=_HALF_A_DATE_PX, **more)


def count_axis(field: str, title: str) -> alt.Y:
    """Whole numbers from zero, upwards."""
    return alt.Y(f"{field}:Q", title=title, axis=whole_numbers(5))


def whole_numbers(ticks: int) -> alt.Axis:
    """An axis of about so many whole numbers."""
    # Vega draws a tick at a half all the same when there are fewer than two whole steps.
    return alt.Axis(
        format=",d",
        grid=True,
        tickMinStep=1,
        tickCount=ticks,
        labelExpr="datum.value === floor(datum.value) ? datum.label : ''",
    )


def to_vega(chart: Chart) -> dict[str, Any]:
    """The chart as a Vega specification with the page's look."""
    specification = chart.properties(width="container").to_dict()
    specification["config"] = _CONFIG
    specification["autosize"] = {"type": "fit-x", "contains": "padding"}
    compiled: dict[str, Any] = vl_convert.vegalite_to_vega(specification, vl_version=VEGA_LITE)
    return compiled


@functools.cache
def drawing_code() -> str:
    """Vega and what draws with it, as one script for the page."""
    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)
    return bundle
