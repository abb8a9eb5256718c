"""The data dictionary ``docs/marts.md``, of the dbt project: ``python -m tools.dictionary``.

What a column means stands in the yml of ``transforms/models/core/`` and ``marts/`` alone; the same texts are
the comments in the published file.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zenhire_schemas.publication import COLUMNS as PUBLICATION_COLUMNS
from zenhire_schemas.publication import GRAIN as PUBLICATION_GRAIN
from zenhire_sync.bundle import bundled
from zenhire_sync.metrics import Metric, metrics

_HEADING = """\
<!-- Made from transforms/ by `python -m tools.dictionary > docs/marts.md`; do not edit. -->
# Data dictionary

Every table of schema `zenhire_marts`, as published. *Key* is what identifies a row; what *holds* is tested
in every build, before anything is published. Types are those of the models: `string` is DuckDB's VARCHAR.
Days are in `ZENHIRE_REPORTING_TIME_ZONE`, times in UTC. Why a rule is as it is stands in
[DECISIONS.md](../DECISIONS.md), queries in [questions.md](questions.md).

"""
_METRICS = """\
## The metrics

What a figure means, once for every tool; the table [`metrics`](#metrics) has the SQL of each, and
[metrics.md](metrics.md) how it is used. Over any rows take the sums of numerator and
denominator, never a mean of ratios.
"""
# Names carry their units; the first that fits counts.
_UNITS = (
    (r"_at$|_as_of$|^as_of$|^data_until$|Period(Start|End|Created|LastUpdated)$", "UTC"),
    (r"_date$|^date_day$|Date$", "day"),
    (r"_(number|version)$|^day_of_", ""),
    (r"rating$", "1 to 5"),
    (r"^PricingCurrency|^PricingQuantity$", "credits"),
    (r"Cost$|UnitPrice$", "BillingCurrency"),
    (r"^ConsumedQuantity$", "minutes"),
    (r"credit_rate$", "credits per begun minute"),
    (r"credits_per_interview", "credits per interview"),
    (r"credits_per_day", "credits per day"),
    (r"_ratio$", "ratio"),
    (r"_rate_change(_low|_high)?$", "-1 to 1"),
    (r"_rate(_low|_high)?$|_chance$|^[pq]_value$|^share(_of|$)", "0 to 1"),
    (r"^forecasts_", "forecasts"),
    (r"_sec$", "seconds"),
    (r"minutes$", "minutes"),
    (r"hours", "hours"),
    (r"^days_|_days$", "days"),
    (r"credit|balance|^other_change$", "credits"),
    (r"^(before_|after_|usual_)?sessions(_|$)|Sessions", "sessions"),
    (r"responses|negatives|surveys", "surveys"),
    (r"row_count|rows_failing", "rows"),
    (r"tag_count", "tags"),
    (r"^details_|^changes_found$|^(sampled|compared|differing)_sessions$", "sessions"),
    (r"^persona_contents_", "contents of personas"),
)


@dataclass(frozen=True, slots=True)
class MartColumn:
    """One column of a mart, with what the build tests about it."""

    name: str
    type: str
    meaning: str
    unit: str
    is_nullable: bool
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mart:
    """One mart: its description starts with the grain, its key is one column, the first that is unique."""

    name: str
    meaning: str
    key: str
    columns: tuple[MartColumn, ...]
    holds: tuple[str, ...]


def dictionary() -> str:
    """Text of ``docs/marts.md``."""
    marts = sorted(described_marts(), key=lambda mart: (mart.name.startswith(("dim_", "fct_")), mart.name))
    return _HEADING + "\n".join((*map(_section, (*marts, _publication())), _metrics_section()))


def described_marts() -> tuple[Mart, ...]:
    """Every mart of the dbt project, by name."""
    folder = bundled("transforms")
    models = folder / "models"
    texts = _shared_texts(models / "marts" / "columns.md")
    invariants = list(_invariants(folder / "tests"))
    return tuple(
        _mart(model, texts, invariants)
        for path in sorted(
            (*models.glob("core/*.yml"), *models.glob("marts/*.yml")), key=lambda path: path.stem
        )
        for model in _yaml(path)["models"]
    )


def _mart(model: dict[str, Any], texts: dict[str, str], invariants: list[tuple[str, set[str]]]) -> Mart:
    columns = tuple(_column(column, texts) for column in model["columns"])
    key, *_ = (column["name"] for column in model["columns"] if "unique" in column.get("data_tests", ()))
    tests = (test for test in model["data_tests"] if "holds" in test)
    conditions = (test["holds"]["arguments"]["expression"] for test in tests)
    return Mart(
        name=model["name"],
        meaning=_flat(model["description"]),
        key=key,
        columns=columns,
        holds=(
            *(f"`{_flat(condition)}` in every row." for condition in conditions),
            *(text for text, marts in invariants if model["name"] in marts),
        ),
    )


def _column(column: dict[str, Any], texts: dict[str, str]) -> MartColumn:
    meaning = re.sub(r"{{ doc\('(\w+)'\) }}", lambda found: texts[found[1]], _flat(column["description"]))
    constraints = {constraint["type"] for constraint in column.get("constraints", ())}
    return MartColumn(
        name=column["name"],
        type=column["data_type"],
        meaning=meaning,
        unit=column.get("config", {}).get("meta", {}).get("unit", _unit(column["name"], column["data_type"])),
        # "never null" of a column that is not constrained is what a test of another column sees to
        is_nullable="not_null" not in constraints and "never null" not in meaning.lower(),
        holds=tuple(_promises(column.get("data_tests", ()))),
    )


def _promises(tests: list[Any]) -> Iterator[str]:
    """What the tests of a column say to its reader."""
    for test in tests:
        if "relationships" in test:
            (dimension,) = re.findall(r"ref\('(\w+)'\)", test["relationships"]["arguments"]["to"])
            yield f"Is in `{dimension}`."
        # a test that only warns promises nothing
        elif "accepted_values" in test and "config" not in test["accepted_values"]:
            values = test["accepted_values"]["arguments"]["values"]
            yield f"One of {', '.join(f'`{value}`' for value in values)}."


def _unit(name: str, kind: str) -> str:
    if kind.startswith(("bool", "string", "varchar")):
        return ""
    return next((unit for pattern, unit in _UNITS if re.search(pattern, name)), "")


def _invariants(folder: Path) -> Iterator[tuple[str, set[str]]]:
    """The sentence over each test that ties marts together, and the marts that it reads."""
    for path in sorted(folder.glob("*.sql")):
        text = path.read_text("utf-8")
        lines = [line.removeprefix("--").strip() for line in text.splitlines() if line.startswith("--")]
        yield _flat(" ".join(lines)), set(re.findall(r"ref\('(\w+)'\)", text))


def _shared_texts(path: Path) -> dict[str, str]:
    return dict(re.findall(r"{% docs (\w+) %}(.*?){% enddocs %}", path.read_text("utf-8"), re.DOTALL))


def _publication() -> Mart:
    columns = tuple(
        MartColumn(name, kind.removesuffix(" not null"), text, _unit(name, kind), "not null" not in kind, ())
        for name, (kind, text) in PUBLICATION_COLUMNS.items()
    )
    return Mart("publication", PUBLICATION_GRAIN, "", columns, ())


def _section(mart: Mart) -> str:
    key = f"Key: `{mart.key}`.\n\n" if mart.key else ""
    holds = "Holds:\n" + "".join(f"- {text}\n" for text in mart.holds) + "\n" if mart.holds else ""
    lines = (
        ("column", "type", "unit", "null", "meaning"),
        ("---",) * 5,
        *(
            (
                f"`{c.name}`",
                c.type,
                c.unit,
                "yes" if c.is_nullable else "never",
                " ".join((c.meaning, *c.holds)),
            )
            for c in mart.columns
        ),
    )
    table = "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)
    return f"## {mart.name}\n\n{mart.meaning}\n\n{key}{holds}{table}"


def _metrics_section() -> str:
    lines = (
        ("metric", "unit", "of", "by day of", "null", "final"),
        ("---",) * 6,
        *(
            (
                f"`{one.name}`: {one.description}",
                one.unit,
                _formula(one),
                _code(one.day or ""),
                one.null_meaning,
                one.finality,
            )
            for one in metrics()
        ),
    )
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{_METRICS}\n{table}"


def _formula(metric: Metric) -> str:
    """What it is taken from, in the names of other metrics where it is a ratio."""
    if metric.parts is not None:
        return " / ".join(map(_code, metric.parts))
    return f"{metric.kind}, {_code(metric.mart)}"


def _code(name: str) -> str:
    return f"`{name}`" if name else ""


def _yaml(path: Path) -> Any:
    import yaml  # type: ignore[import-untyped]  # comes with dbt, without its types

    return yaml.safe_load(path.read_text("utf-8"))


def _flat(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    sys.stdout.write(dictionary())
