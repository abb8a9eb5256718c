"""dbt's view of the raw tables, written from their declarations: ``python -m tools.sources``."""

from __future__ import annotations

import json
import sys

from zenhire_schemas.tables import RAW_SCHEMA, Table
from zenhire_sync.marts.preflight import SOURCE_TABLES

_HEADING = "# Made from schemas/zenhire_schemas/tables.py by `python -m tools.sources`; do not edit.\n"


def sources_yaml() -> str:
    """Text of ``transforms/models/staging/zenhire_raw.yml``: each table with key tests and columns."""
    tables = "".join(_table(table) for table in SOURCE_TABLES)
    return f"{_HEADING}sources:\n  - name: {RAW_SCHEMA}\n    schema: {RAW_SCHEMA}\n    tables:\n{tables}"


def _table(table: Table) -> str:
    key = json.dumps(list(table.key))
    columns = "".join(
        f"          - name: {c.name}\n            description: {json.dumps(c.description)}\n"
        for c in table.columns
    )
    return (
        f"      - name: {table.name}\n"
        f"        description: {json.dumps(table.grain)}\n"
        f"        data_tests:\n          - unique_key: {{arguments: {{columns: {key}}}}}\n"
        f"        columns:\n{columns}"
    )


if __name__ == "__main__":
    sys.stdout.write(sources_yaml())
