"""``osi.yaml``: the metrics in the words of the Open Semantic Interchange, for tools that read these.

Data flow: metrics and dbt's list of the marts' columns -> one YAML file, without a row in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_sync.marts.together import Nodes
from zenhire_sync.marts.yaml_document import flat, write_yaml
from zenhire_sync.metrics import Metric, SemanticModel, metrics, semantic_models

# The last version that was tagged; 0.2.0 is a draft that takes the same file under its own number.
VERSION = "0.1.1"
_DATABASE = "zenhire"
_HOW_TO_READ = (
    "Times are UTC, days those of the reporting time zone. Take a share from its numerator and denominator"
    " over the rows asked for, never as a mean of shares; custom_extensions say its 95% interval, what null"
    f" means and when a value is final. On PostgreSQL the marts are in {MARTS_SCHEMA} of your own database."
)

Told = dict[str, Any]


def write_semantic_interchange(nodes: Nodes, path: Path) -> None:
    """Renews the file, whole or not at all."""
    write_yaml(path, semantic_interchange(nodes))


def semantic_interchange(nodes: Nodes) -> Told:
    """The document: marts with their columns, how they are joined, and the metrics."""
    marts = {node["name"]: node for node in nodes.values() if node["resource_type"] == "model"}
    model = {
        "name": "zenhire",
        "description": "ZenHire interviews: credit usage and candidate feedback.",
        "ai_context": {"instructions": _HOW_TO_READ},
        "datasets": [_dataset(one, marts[one.mart]) for one in semantic_models()],
        "relationships": _relationships(nodes),
        "metrics": [_metric(one, marts[one.mart]["columns"]) for one in metrics()],
    }
    return {"version": VERSION, "semantic_model": [model]}


def _dataset(model: SemanticModel, mart: Mapping[str, Any]) -> Told:
    return {
        "name": model.mart,
        "source": f"{_DATABASE}.{MARTS_SCHEMA}.{model.mart}",
        "primary_key": [model.key],
        "description": flat(mart["description"]),
        "fields": [_field(column, model) for column in mart["columns"].values()],
    }


def _field(column: Mapping[str, Any], model: SemanticModel) -> Told:
    name = column["name"]
    field = {"name": name, "expression": _sql(name)}
    if name in (*model.days, *model.dimensions):
        field["dimension"] = {"is_time": name in model.days}
    return {**field, "description": flat(column["description"])}


def _metric(metric: Metric, columns: Mapping[str, Any]) -> Told:
    ends = {end: metric.interval(end) for end in ("low", "high")}
    interval = {f"{end}_95": _qualified(sql, metric.mart, columns) for end, sql in ends.items() if sql}
    more = {
        "label": metric.label,
        "unit": metric.unit,
        "day": metric.day and f"{metric.mart}.{metric.day}",
        "row_filter": metric.row_filter,
        "dimensions": metric.model.dimensions,
        "null_meaning": metric.null_meaning,
        "finality": metric.finality,
        **interval,
        "d3_format": metric.d3_format,
    }
    told = json.dumps({name: value for name, value in more.items() if value}, ensure_ascii=False)
    return {
        "name": metric.name,
        "expression": _sql(_qualified(metric.expression, metric.mart, columns)),
        "description": metric.description,
        "ai_context": {"synonyms": [metric.label]},
        "custom_extensions": [{"vendor_name": "COMMON", "data": told}],
    }


def _relationships(nodes: Nodes) -> list[Told]:
    """How these marts are joined, as their tests say it."""
    marts = {model.mart for model in semantic_models()}
    found = []
    for node in nodes.values():
        test = node.get("test_metadata") or {}
        if node["resource_type"] != "test" or test.get("name") != "relationships":
            continue
        told = test["kwargs"]
        [one] = re.findall(r"ref\('(\w+)'\)", told["to"])
        many = str(node["attached_node"]).rpartition(".")[2]
        if {one, many} <= marts:
            found.append(
                {
                    "name": f"{many}_to_{one}",
                    "from": many,
                    "to": one,
                    "from_columns": [told["column_name"]],
                    "to_columns": [told["field"]],
                }
            )
    return found


def _qualified(sql: str, mart: str, columns: Mapping[str, Any]) -> str:
    """The SQL with each column of the mart named with it; what is in quotes is a value."""
    names = "|".join(columns)
    return re.sub(
        rf"'[^']*'|\b({names})\b", lambda found: f"{mart}.{found[0]}" if found[1] else found[0], sql
    )


def _sql(expression: str) -> Told:
    return {"dialects": [{"dialect": "ANSI_SQL", "expression": expression}]}
