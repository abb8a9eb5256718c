"""The metrics as Superset's datasets have them."""

from __future__ import annotations

from typing import Any

from zenhire_sync.metrics.definitions import metrics


def dataset_metrics(mart: str) -> list[dict[str, Any]]:
    """Those of a mart, under the names that Superset's import files use: with label, SQL, text and format."""
    return [
        {
            "metric_name": one.name,
            "verbose_name": one.label,
            "expression": one.expression,
            "description": f"{one.description} {one.null_meaning}",
            "d3format": one.d3_format,
        }
        for one in metrics()
        if one.mart == mart
    ]
