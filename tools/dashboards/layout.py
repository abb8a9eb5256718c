"""Where the charts of a dashboard stand, and which of them each filter narrows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.dashboards.chart import Chart
from tools.dashboards.content import ATTRIBUTE, Dashboard

_COLUMNS = 12


@dataclass(frozen=True)
class Filter:
    """A filter of a column by its values, which are looked up in the first of ``marts`` that is shown."""

    title: str
    column: str
    marts: tuple[str, ...]
    is_multiple: bool = True


_SESSIONS = ("fct_sessions", "fct_feedback")
FILTERS = (
    Filter("Account", "account", _SESSIONS),
    Filter("Project", "project_name", _SESSIONS),
    Filter("Persona", "persona_name", _SESSIONS),
    Filter("Language", "language", _SESSIONS),
    Filter(
        "Tag group or attribute",
        ATTRIBUTE,
        ("credit_usage_by_attribute", "feedback_by_attribute"),
        is_multiple=False,
    ),
)


def positions(page: Dashboard, ids: Sequence[str]) -> dict[str, Any]:
    """The layout, in the words of Superset. ``ids`` are those of the charts, whose number is their place."""
    placed = list(zip(page.charts, ids, strict=True))
    grid: list[str] = []
    told: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": grid, "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": page.title}},
    }
    for number, row in enumerate(_rows(placed)):
        key = f"ROW-{number}"
        grid.append(key)
        names = [f"CHART-{one}" for _, one in row]
        told[key] = {
            "type": "ROW",
            "id": key,
            "children": names,
            "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for name, (chart, one) in zip(names, row, strict=True):
            told[name] = {
                "type": "CHART",
                "id": name,
                "children": [],
                "parents": ["ROOT_ID", "GRID_ID", key],
                "meta": {
                    "chartId": ids.index(one) + 1,
                    "uuid": one,
                    "sliceName": chart.title,
                    "width": chart.width,
                    "height": chart.height,
                },
            }
    return told


def _rows(placed: Sequence[tuple[Chart, str]]) -> Iterator[list[tuple[Chart, str]]]:
    """As many beside each other as there is room for."""
    row: list[tuple[Chart, str]] = []
    for chart, one in placed:
        if sum(before.width for before, _ in row) + chart.width > _COLUMNS:
            yield row
            row = []
        row.append((chart, one))
    yield row


def native_filters(
    page: Dashboard, columns: Mapping[str, Collection[str]], id_of: Callable[[str], str]
) -> Iterator[dict[str, Any]]:
    """Its filters. One is there where it narrows a chart, and leaves out those that it could not narrow."""
    yield _filter("Date", "filter_time", {}, {}, [chart.day is None for chart in page.charts])
    shown = {chart.mart for chart in page.charts}
    for one in FILTERS:
        left_out = [one.column not in columns[chart.mart] for chart in page.charts]
        looked_up = [mart for mart in one.marts if mart in shown]
        if all(left_out) or not looked_up:
            continue
        target = {"column": {"name": one.column}, "datasetUuid": id_of(looked_up[0])}
        controls = {
            "multiSelect": one.is_multiple,
            "enableEmptyFilter": False,
            "defaultToFirstItem": False,
            "inverseSelection": False,
            "searchAllOptions": False,
        }
        yield _filter(one.title, "filter_select", target, controls, left_out)


def _filter(
    title: str, kind: str, target: Mapping[str, Any], controls: Mapping[str, Any], left_out: Sequence[bool]
) -> dict[str, Any]:
    return {
        "id": f"NATIVE_FILTER-{title.split()[0].lower()}",
        "name": title,
        "filterType": kind,
        "type": "NATIVE_FILTER",
        "targets": [target],
        "controlValues": controls,
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "cascadeParentIds": [],
        # charts are named by their place, which Superset replaces by their number there
        "scope": {"rootPath": ["ROOT_ID"], "excluded": [n for n, out in enumerate(left_out, 1) if out]},
        "description": "",
    }
