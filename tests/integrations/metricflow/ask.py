"""Run by the Python of MetricFlow's environment: questions on standard input, rows on standard output.

MetricFlow writes the SQL and runs it, on the published file, read-only and locked, or on a server.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import duckdb
import psycopg2
from metricflow.data_table.mf_table import MetricFlowDataTable
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup


class Client:
    """What MetricFlow wants of a database: its dialect, and answers."""

    def __init__(self, place: str) -> None:
        if place.startswith("postgresql:"):
            self.sql_engine_type, self.sql_plan_renderer = SqlEngine.POSTGRES, PostgresSQLSqlPlanRenderer()
            self._cursor: Any = psycopg2.connect(place).cursor()
        else:
            self.sql_engine_type, self.sql_plan_renderer = SqlEngine.DUCKDB, DuckDbSqlPlanRenderer()
            config = {"enable_external_access": "false", "autoload_known_extensions": "false"}
            self._cursor = duckdb.connect(place, read_only=True, config=config)
            self._cursor.execute("set lock_configuration = true")

    def query(self, stmt: str, sql_bind_parameter_set: Any) -> MetricFlowDataTable:
        """The answer of a SELECT, whose values are all in its text."""
        assert not sql_bind_parameter_set.param_dict
        self._cursor.execute(stmt)
        names = [column[0] for column in self._cursor.description]
        return MetricFlowDataTable.create_from_rows(column_names=names, rows=self._cursor.fetchall())


def main() -> None:
    """Of each question, a metric and what it is grouped by, all rows."""
    asked = json.load(sys.stdin)
    manifest = parse_manifest_from_dbt_generated_manifest(manifest_json_string=asked["manifest"])
    engine = MetricFlowEngine(
        semantic_manifest_lookup=SemanticManifestLookup(manifest), sql_client=Client(asked["place"])
    )
    answers = []
    for metric, by in asked["questions"]:
        request = MetricFlowQueryRequest.create(metric_names=[metric], group_by_names=by)
        answers.append([list(row) for row in engine.query(request).result_df.rows])
    json.dump(answers, sys.stdout, default=str)


if __name__ == "__main__":
    main()
