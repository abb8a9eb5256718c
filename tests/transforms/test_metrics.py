"""A figure is defined once: what is made of the definitions is fresh, and nothing divides anew."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml
from tests.transforms.odd_company import COMPANY_DIR, odd_company
from tests.transforms.test_project_rules import manifest  # noqa: F401 - a fixture
from tests.transforms.warehouse import Company
from tools.dictionary import described_marts
from tools.metrics import metric_rows_sql

from zenhire_sync import report
from zenhire_sync.bundle import bundled
from zenhire_sync.marts.semantic_interchange import semantic_interchange
from zenhire_sync.metrics import Metric, metric, metrics
from zenhire_sync.metrics.superset import dataset_metrics
from zenhire_sync.warehouse.intervals import interval_functions

TRANSFORMS = bundled("transforms")
MODELS = {path.stem: path.read_text("utf-8") for path in (TRANSFORMS / "models").rglob("*.sql")}
COLUMNS = {mart.name: {column.name: column for column in mart.columns} for mart in described_marts()}

# Ratios that are no metric, how many of them a model has, and what they are.
OWN_RATIOS = {
    "credit_balance": (1, "the days that a balance lasts, of which the metric is the newest"),
    "credit_budgets": (1, "the used part of a budget, which is the company's own number"),
    "credit_usage_monthly": (2, "a month against the one before, and a project's part of all"),
    "int_balance_burn": (2, "credits a day, by the balance or else by interviews"),
    "prompt_impact": (1, "completed of those that ended: the newest would else count as not completed"),
}
OWN_DIVISIONS = {
    "bridge_session_tag": (1, "ten-thousandths"),
    "credit_anomalies": (5, "how many times the usual value a factor of the credits is"),
    "credit_budgets": (4, "how far a month's budget is from what is expected, and the day it runs out"),
    "credit_usage_by_attribute": (1, "ten-thousandths"),
    "credit_usage_by_tag": (1, "ten-thousandths"),
    "dim_date": (1, "the week of a day"),
    "feedback_by_attribute": (2, "ten-thousandths"),
    "int_balance_burn": (1, "hours in days"),
    "int_credit_outliers": (5, "how far days are from their weekday, and the level of the last of them"),
    "int_credit_forecasts": (3, "a t as a number of normal deviations"),
    "int_credit_trends": (5, "weeks, and the line through eight of them"),
    "int_credit_spread": (9, "weeks, and how far the days to come stray"),
    "session_attributes": (1, "ten-thousandths"),
    "int_credit_rates": (2, "what one session was charged a minute, to find the usual rate"),
}
OWN_MEANS = {
    "int_credit_forecasts": (1, "the squares of what six forecasts missed"),
    "int_credit_pace": (1, "credits a day, for the run rate"),
    "prompt_impact": (1, "minutes, before and after a change"),
}
REPORTED = {
    "Path(__file__).parent / 'templates'": "a path",
    "_PARTS / name": "a path",
    "scratch / target.name": "a path",
    "STALE_AFTER // timedelta(hours=1)": "hours of a time span",
    "number // 12": "months of a year",
    "len(dates) / MOST_LABELS": "labels of an axis",
    "(now - data_until) / timedelta(days=1)": "days of a time span",
    "row[column] / row['sessions_created']": "stages of the funnel that are no metric",
    "sum(costs.values()) / credit": "the price of a credit, from the costs themselves",
    "total / ((last_day - first).days + 1)": "credits a day of a chart's days",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Company:
    company = Company(tmp_path_factory.mktemp("odd"), {"company_dir": COMPANY_DIR})
    company.build(odd_company(20260308))
    return company


def test_the_rows_of_the_mart_are_fresh() -> None:
    made = (TRANSFORMS / "macros" / "metric_rows.sql").read_text("utf-8")
    assert metric_rows_sql() == made, "run `python -m tools.metrics > transforms/macros/metric_rows.sql`"


@pytest.mark.parametrize("one", metrics(), ids=lambda one: one.name)
def test_a_metric_is_taken_from_columns_that_there_are(one: Metric) -> None:
    mart = COLUMNS[one.mart]
    asked = {*one.model.dimensions, *one.model.days, one.model.key}
    used = {
        column.name
        for column in sqlglot.parse_one(one.query(), dialect="duckdb").find_all(sqlglot.exp.Column)
    }
    assert asked | used <= set(mart)
    for column in one.columns:
        name, _, of_mart = column.partition(".")
        assert of_mart in COLUMNS[name], column


@pytest.mark.parametrize("one", metrics(), ids=lambda one: one.name)
def test_a_metric_says_when_it_is_null_and_when_it_is_final(one: Metric) -> None:
    assert "ull" in one.null_meaning
    assert all(text.endswith(".") for text in (one.description, one.null_meaning, one.finality))
    if one.kind == "ratio":
        assert one.denominator is not None
        assert one.null_meaning.startswith("Null when no")
    assert one.is_share == one.d3_format.endswith("%")
    assert (one.interval("low") is None) != one.is_share


@pytest.mark.slow
def test_columns_of_marts_are_the_metrics_that_they_are_said_to_be(built: Company) -> None:
    compared = 0
    for one in metrics():
        for mart, column in (name.split(".") for name in one.columns):
            found = _differences(built, one, mart, column)
            assert found == [], (one.name, mart, column)
            compared += 1
    assert compared > 15


def _differences(company: Company, one: Metric, mart: str, column: str) -> list[Any]:
    """Rows of a mart whose column is not the metric of the day and dimensions that the row is of."""
    [day, *_] = (name for name, told in COLUMNS[mart].items() if told.type == "date")
    keys = [name for name in one.model.dimensions if name in COLUMNS[mart]]
    on = " and ".join(f"m.{key} is not distinct from f.{key}" for key in keys)
    return company.rows(
        f"with f as ({one.query(str(one.day), *keys)})"
        f" select m.{day}, f.{one.day}, m.{column}, f.{one.name} from zenhire_marts.{mart} as m"
        f" full join f on m.{day} = f.{one.day} and {on}"
        # a day without a row in the fact is a row of zeros, or of nothing
        f" where abs(coalesce(m.{column}, 0) - coalesce(f.{one.name}, 0)) > 0.0001"
        f" or m.{day} is not null and m.{column} is null and f.{one.name} is not null"
    )


@pytest.mark.slow
def test_a_ratio_over_a_mart_is_the_metric_over_its_fact(built: Company) -> None:
    """What the report divides."""
    for name, mart in (("completion_rate", "session_funnel"), ("negative_rate", "feedback_daily")):
        [ours] = built.rows(f"select {metric(name).over(mart)} as found from zenhire_marts.{mart}")
        [theirs] = built.rows(metric(name).query())
        assert ours["found"] == pytest.approx(theirs[name], rel=1e-12)


@pytest.mark.slow
def test_intervals_are_those_of_the_marts(built: Company) -> None:
    macros = " union all ".join(
        f"select {column}_low as low, {column}_high as high,"
        f" {{low}}({hits}, {answers}) as own_low, {{high}}({hits}, {answers}) as own_high"
        f" from zenhire_marts.{mart}"
        for mart, column, hits, answers in (
            ("feedback_by_persona", "negative_rate", "negative_responses", "responses"),
            ("prompt_impact", "after_negative_rate", "after_negative_responses", "after_responses"),
        )
    )
    made = "".join(
        f"create or replace temp macro {name}({', '.join(one.parameters)}) as {one.sql};"
        for name, one in interval_functions().items()
    )
    rows = built.rows(f"{made} {macros.format(low='wilson_low', high='wilson_high')}")
    assert [row for row in rows if (row["low"], row["high"]) != (row["own_low"], row["own_high"])] == []
    assert len([row for row in rows if row["low"] is not None]) > 3


def test_no_model_defines_a_ratio_a_second_time() -> None:
    found: Counter[str] = Counter()
    for name, sql in MODELS.items():
        text = _without_comments(sql)
        found[name] = len(re.findall(r"(?<!metric_)\bratio\(", text))
        for defined, column in re.findall(
            r"metric_ratio\(\s*'(\w+)'.*?\) }}\s+as\s+([\w{} ]+)", text, re.DOTALL
        ):
            assert metric(defined).kind == "ratio"
            assert column.endswith(defined), (name, column)
    assert {name: number for name, number in found.items() if number} == _counts(OWN_RATIOS)


@pytest.mark.parametrize(
    ("pattern", "own"), [(r"\s/\s", OWN_DIVISIONS), (r"(?<!_)\bavg\(", OWN_MEANS)], ids=["division", "mean"]
)
def test_no_model_divides_by_itself(pattern: str, own: dict[str, tuple[int, str]]) -> None:
    found = {name: len(re.findall(pattern, _without_comments(sql))) for name, sql in MODELS.items()}
    assert {name: number for name, number in found.items() if number} == _counts(own)


def test_the_report_takes_its_ratios_from_the_metrics() -> None:
    divided, asked = set(), []
    for path in Path(report.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        divided |= {ast.unparse(node) for node in _divisions(tree)}
        asked += [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search(r"\bavg\(|\) / |/ nullif", node.value)
        ]
    assert divided == set(REPORTED)
    assert asked == []


def _divisions(tree: ast.AST) -> Iterator[ast.BinOp]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv):
            yield node


def _counts(own: dict[str, tuple[int, str]]) -> dict[str, int]:
    return {name: number for name, (number, _) in own.items()}


def _without_comments(sql: str) -> str:
    return re.sub(r"--.*|{#.*?#}", "", sql)


def test_the_interchange_file_names_only_what_it_holds(manifest: dict[str, Any]) -> None:  # noqa: F811
    """And its SQL reads as SQL. The shape is the specification's, see docs/metrics.md."""
    told = yaml.safe_load(yaml.safe_dump(semantic_interchange(manifest["nodes"])))
    assert told["version"] == "0.1.1"
    [model] = told["semantic_model"]
    fields = {data["name"]: {field["name"] for field in data["fields"]} for data in model["datasets"]}
    for join in model["relationships"]:
        assert set(join["from_columns"]) <= fields[join["from"]]
        assert set(join["to_columns"]) <= fields[join["to"]]
    assert {one["name"] for one in model["metrics"]} == {one.name for one in metrics()}
    for one in model["metrics"]:
        [dialect] = one["expression"]["dialects"]
        columns = list(sqlglot.parse_one(dialect["expression"]).find_all(sqlglot.exp.Column))
        assert columns, one["name"]
        assert all(column.name in fields[column.table] for column in columns), one["name"]


def test_supersets_form_has_every_metric_of_a_mart() -> None:
    found = [one for mart in sorted({one.mart for one in metrics()}) for one in dataset_metrics(mart)]
    assert len(found) == len(metrics())
    assert {tuple(one) for one in found} == {
        ("metric_name", "verbose_name", "expression", "description", "d3format")
    }
