"""The rows of the mart ``metrics``, of the metrics' definitions: ``python -m tools.metrics``.

They go to ``transforms/macros/metric_rows.sql``, which the model ``metrics`` reads.
"""

from __future__ import annotations

import json
import sys

from zenhire_sync.metrics import Metric, metrics

_HEADING = """\
{#
  Made from transforms/models/semantic/ by `python -m tools.metrics > transforms/macros/metric_rows.sql`;
  do not edit.
#}
"""


def metric_rows_sql() -> str:
    """Text of ``transforms/macros/metric_rows.sql``."""
    rows = ",\n".join(f"    {json.dumps(_row(one), ensure_ascii=False)}" for one in metrics())
    return f"{_HEADING}{{% macro metric_rows() %}}{{{{ return([\n{rows}\n]) }}}}{{% endmacro %}}\n"


def _row(metric: Metric) -> dict[str, str]:
    """The columns of a metric; what it does not have is empty."""
    return {
        "metric_name": metric.name,
        "label": metric.label,
        "description": metric.description,
        "unit": metric.unit,
        "metric_type": metric.kind,
        "mart_name": metric.mart,
        "day_column": metric.day or "",
        "row_filter": metric.row_filter or "",
        "sql_expression": metric.expression,
        "numerator_expression": metric.numerator or "",
        "denominator_expression": metric.denominator or "",
        "low_expression": metric.interval("low") or "",
        "high_expression": metric.interval("high") or "",
        "dimensions": ", ".join(metric.model.dimensions),
        "null_meaning": metric.null_meaning,
        "finality": metric.finality,
        "mart_columns": ", ".join(metric.columns),
        "d3_format": metric.d3_format,
        "example_query": metric.query(month=metric.day is not None),
    }


if __name__ == "__main__":
    sys.stdout.write(metric_rows_sql())
