"""The SQL that a build compiled, on bare DuckDB: every model and every test, in dbt's order.

Data flow: manifest.json of a build, a copy of its warehouse -> the same tables.
Run alone: ``python -m bench.bare MANIFEST WAREHOUSE MEMORY_LIMIT``.
"""

from __future__ import annotations

import json
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb


def statements(manifest: Path) -> list[str]:
    """Models as tables and views, tests as counts, each after what it reads, through ephemeral models too."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    graph = {name: [on for on in node["depends_on"]["nodes"] if on in nodes] for name, node in nodes.items()}
    ordered = (nodes[name] for name in TopologicalSorter(graph).static_order())
    return [_statement(node) for node in ordered if _is_run(node)]


def _is_run(node: dict[str, Any]) -> bool:
    return bool(node.get("compiled_code")) and node["config"]["materialized"] != "ephemeral"


def _statement(node: dict[str, Any]) -> str:
    sql = node["compiled_code"]
    if node["resource_type"] == "test":
        return f"select count(*) from ({sql})"
    kind = "view" if node["config"]["materialized"] == "view" else "table"
    return f"create or replace {kind} {node['relation_name']} as ({sql})"


def main(manifest: str, warehouse: str, memory_limit: str) -> None:
    """Runs them all, in files that are called as dbt's were, since its SQL names them."""
    config = {"memory_limit": memory_limit, "temp_directory": f"{warehouse}.tmp"}
    with duckdb.connect(str(Path(warehouse).with_name("build.duckdb")), config=config) as con:
        con.sql("set TimeZone = 'UTC'")
        con.sql(f"attach '{warehouse}' as warehouse (read_only)")
        for schema in ("zenhire_staging", "zenhire_marts"):
            con.sql(f"create schema if not exists {schema}")
        for sql in statements(Path(manifest)):
            relation = con.sql(sql)
            if relation is not None:
                relation.fetchall()


if __name__ == "__main__":
    main(*sys.argv[1:])
