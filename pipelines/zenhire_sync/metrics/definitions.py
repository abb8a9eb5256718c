"""dbt's semantic models and metrics, as SQL that means the same on every engine.

Data flow: transforms/models/semantic/*.yml -> ``Metric``. Without dbt and without a warehouse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_sync.bundle import bundled

# how a measure is aggregated: its SQL, and the word for it
_AGGREGATES = {
    "count": ("count({})", "count"),
    "sum_boolean": ("sum(case when {} then 1 else 0 end)", "count"),
    "sum": ("sum({})", "sum"),
    "min": ("min({})", "least"),
    "average": ("avg({})", "average"),
    "median": ("percentile_cont(0.5) within group (order by {})", "median"),
}
# MetricFlow's name of a column in a filter, such as {{ TimeDimension('session__usage_date', 'day') }}
_FILTERED = re.compile(r"{{\s*(?:Time)?Dimension\('\w+?__(\w+)'(?:,\s*'day')?\)\s*}}")
_SHARE = "0 to 1"


@dataclass(frozen=True, slots=True)
class SemanticModel:
    """A mart, one row of which is counted: its key, its days, and what a metric of it can be split by."""

    name: str
    description: str
    mart: str
    key: str
    entity: str
    days: tuple[str, ...]
    dimensions: tuple[str, ...]
    measures: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure: the SQL that gives it from a mart, over whatever rows, and how it is to be read.

    ``numerator`` and ``denominator`` are those of a ratio, ``parts`` the metrics that they are. ``day`` is
    the column whose days it belongs to; a last value has none. ``row_filter`` holds for rows that have such
    a day. ``columns`` are the columns of marts that hold it ready made.
    """

    name: str
    label: str
    description: str
    unit: str
    kind: str
    model: SemanticModel
    day: str | None
    row_filter: str | None
    expression: str
    numerator: str | None
    denominator: str | None
    parts: tuple[str, str] | None
    null_meaning: str
    finality: str
    d3_format: str
    columns: tuple[str, ...]

    @property
    def mart(self) -> str:
        """The mart it is taken from."""
        return self.model.mart

    @property
    def is_share(self) -> bool:
        """Whether it is a part of a whole number, which has a 95% interval."""
        return self.unit == _SHARE

    def interval(self, bound: str) -> str | None:
        """The SQL of its 95% interval's ``low`` or ``high`` end; a figure that is no share has none."""
        return (
            f"{MARTS_SCHEMA}.wilson_{bound}({self.numerator}, {self.denominator})" if self.is_share else None
        )

    def over(self, mart: str) -> str:
        """The SQL of a ratio over rows of another mart, whose columns are its counts.

        Raises KeyError when that mart does not have both.
        """
        counts = [_column_in(mart, part) for part in self.parts or ()]
        return _ratio(*(f"sum({column})" for column in counts))

    def query(self, *by: str, month: bool = False, catalog: str = "") -> str:
        """A SELECT of it by these columns, each a dimension of its mart or its day, or by month."""
        keys = [f"cast(date_trunc('month', {self.day}) as date) as month"] if month else []
        keys += by
        group = f" group by {', '.join(str(place + 1) for place in range(len(keys)))}" if keys else ""
        where = f" where {self.row_filter}" if self.row_filter else ""
        shown = ", ".join((*keys, f"{self.expression} as {self.name}"))
        return f"select {shown} from {catalog}{MARTS_SCHEMA}.{self.mart}{where}{group}"  # noqa: S608 - own words


@cache
def semantic_models() -> tuple[SemanticModel, ...]:
    """Every mart that metrics are taken from, by name."""
    return tuple(_model(told) for file in _files() for told in file["semantic_models"])


@cache
def metrics() -> tuple[Metric, ...]:
    """Every metric, in the order of the files."""
    told = {one["name"]: one for file in _files() for one in file["metrics"]}
    return tuple(_metric(one, told) for one in told.values())


def metric(name: str) -> Metric:
    """The metric of that name. Raises KeyError when there is none."""
    return {one.name: one for one in metrics()}[name]


@cache
def _files() -> tuple[dict[str, Any], ...]:
    import yaml  # type: ignore[import-untyped]  # comes with dbt, without its types

    folder = bundled("transforms") / "models" / "semantic"
    return tuple(yaml.safe_load(path.read_text("utf-8")) for path in sorted(folder.glob("*.yml")))


def _model(told: Mapping[str, Any]) -> SemanticModel:
    [entity] = told["entities"]
    kinds = {one["name"]: one["type"] for one in told["dimensions"]}
    default = told["defaults"]["agg_time_dimension"]
    return SemanticModel(
        name=told["name"],
        description=told["description"],
        mart=re.sub(r"ref\('(\w+)'\)", r"\1", told["model"]),
        key=entity["expr"],
        entity=entity["name"],
        days=tuple(name for name, kind in kinds.items() if kind == "time"),
        dimensions=tuple(name for name, kind in kinds.items() if kind == "categorical"),
        measures={one["name"]: {"agg_time_dimension": default, **one} for one in told["measures"]},
    )


def _metric(told: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> Metric:
    meta, parts = told["config"]["meta"], told["type_params"]
    numerator = denominator = None
    if told["type"] == "ratio":
        numerator, _, _ = _measured(others[parts["numerator"]])
        denominator, model, measure = _measured(others[parts["denominator"]])
        expression, kind = _ratio(numerator, denominator), "ratio"
    else:
        expression, model, measure = _measured(told)
        kind = _AGGREGATES[measure["agg"]][1]
    is_last = meta.get("is_last_value", False)
    return Metric(
        name=told["name"],
        label=told["label"],
        description=" ".join(told["description"].split()),
        unit=meta["unit"],
        kind="last value" if is_last else kind,
        model=model,
        day=None if is_last else measure["agg_time_dimension"],
        row_filter=_FILTERED.sub(r"\1", told["filter"]) if "filter" in told else None,
        expression=expression,
        numerator=numerator,
        denominator=denominator,
        parts=(parts["numerator"], parts["denominator"]) if told["type"] == "ratio" else None,
        null_meaning=" ".join(meta["null_meaning"].split()),
        finality=" ".join(meta["finality"].split()),
        d3_format=meta["d3_format"],
        columns=tuple(meta.get("columns", ())),
    )


def _ratio(numerator: str, denominator: str) -> str:
    """One number over another. Whole ones are cut off on PostgreSQL; 1e0 is a fraction on every engine."""
    return f"1e0 * {numerator} / nullif({denominator}, 0)"


def _column_in(mart: str, name: str) -> str:
    """The column of a mart that holds a metric ready made."""
    return {column.partition(".")[0]: column.partition(".")[2] for column in metric(name).columns}[mart]


def _measured(told: Mapping[str, Any]) -> tuple[str, SemanticModel, Mapping[str, Any]]:
    """The aggregate of a simple metric, its model and its measure."""
    name = told["type_params"]["measure"]
    [model] = (one for one in semantic_models() if name in one.measures)
    measure = model.measures[name]
    return _AGGREGATES[measure["agg"]][0].format(measure["expr"]), model, measure
