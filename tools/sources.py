"""dbt's view of the raw tables, written from their declarations: ``python -m tools.sources``."""

from __future__ import annotations

import json
import sys

from zenhire_schemas.tables import Table
from zenhire_sync.marts.preflight import SOURCE_TABLES

_HEADING = "# Made from schemas/zenhire_schemas/tables.py by `python -m tools.sources`; do not edit.\n"


_SOURCE = """\
sources:
  - name: zenhire_raw
    description: What the ZenHire API sent, in its own words, and what each run of sync did.
    # on DuckDB they are in a file of their own, which is only read; a project that installs this one may say
    # where they are
    database: >-
      {{ var('zenhire_database', 'warehouse' if target.type == 'duckdb' else (target.database or '')) }}
    schema: "{{ var('zenhire_schema', 'zenhire_raw') }}"
    config:
      # A table without news is as fresh as any other: what counts is the last run that ended well.
      loaded_at_query: >-
        select max(finished_at) from {{ source('zenhire_raw', 'sync_runs') }}
        where outcome not in ('failed', 'running')
      freshness:
        warn_after: {count: 36, period: hour}
    tables:
"""


def sources_yaml() -> str:
    """Text of ``transforms/models/staging/zenhire_raw.yml``: each table with key tests and columns."""
    tables = "".join(_table(table) for table in SOURCE_TABLES)
    return f"{_HEADING}{_SOURCE}{tables}"


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
