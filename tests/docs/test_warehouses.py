"""The SQL for warehouses that nobody here can reach is in their language, and says that it was not tested."""

from __future__ import annotations

import logging
import re
import sqlite3
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import sqlglot

from zenhire_sync.engines.lake.catalog import catalog_of
from zenhire_sync.settings import Home, Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "warehouses.md").read_text(encoding="utf-8")
DIALECTS = {
    "Snowflake": "snowflake",
    "BigQuery": "bigquery",
    "Databricks": "databricks",
    "MotherDuck": "duckdb",
    "PostgreSQL": "postgres",
}
BLOCKS = re.findall(r"```sql\n-- (\w+); (.*?)\n(.*?)```", PAGE, re.DOTALL)


def block(kind: str, part: str) -> str:
    [found] = [sql for name, _, sql in BLOCKS if name == kind and part in sql]
    return found


@pytest.mark.parametrize(("kind", "said", "sql"), BLOCKS)
def test_a_statement_in_the_wrong_language(
    kind: str, said: str, sql: str, caplog: pytest.LogCaptureFixture
) -> None:
    # sqlglot warns of what it keeps as a text.
    caplog.set_level(logging.CRITICAL)
    parsed = [found for found in sqlglot.parse(sql, dialect=DIALECTS[kind]) if found is not None]
    assert parsed
    unknown = [found for found in parsed if isinstance(found, sqlglot.exp.Command)]
    told = re.search(r"(\d+) not parsed: ", said)
    assert len(unknown) == (int(told[1]) if told else 0)
    assert kind == "PostgreSQL" or "not tested here" in said


def test_every_warehouse_is_shown_both_ways() -> None:
    assert len(BLOCKS) == PAGE.count("```sql")
    for kind in set(DIALECTS) - {"PostgreSQL"}:
        assert [name for name, _, _ in BLOCKS].count(kind) == 2


def test_the_view_of_freshness_tells_the_age_in_hours() -> None:
    with duckdb.connect() as stand_in:
        stand_in.execute("set TimeZone = 'UTC'; create schema zenhire_marts")
        stand_in.execute(
            "create table zenhire_marts.sync_freshness_facts as select"
            " (now() - interval 3 hours)::timestamp as data_until union all select null"
        )
        stand_in.execute(block("MotherDuck", "create or replace view"))
        ages = stand_in.execute(
            "select round(data_age_hours, 1) from zenhire_marts.sync_freshness order by 1 nulls last"
        )
        assert ages.fetchall() == [(3.0,), (None,)]


def test_the_catalog_tells_where_the_metadata_is(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, lake_dir=str(tmp_path / "lake")).at(Home(destination="lake"))
    catalog = catalog_of(settings)
    catalog.create_namespace("zenhire_raw")
    table = catalog.create_table(("zenhire_raw", "sessions"), schema=pa.schema([("id", pa.string())]))
    connection = sqlite3.connect(tmp_path / "lake" / "catalog.db")
    try:
        found = connection.execute(block("PostgreSQL", "iceberg_tables")).fetchall()
    finally:
        connection.close()
    assert found == [("sessions", table.metadata_location)]
