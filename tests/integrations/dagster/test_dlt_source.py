"""The source in Dagster's own way of running dlt, as docs/dlt-source.md shows it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import duckdb
from tests.integrations.environments import environment

from zenhire_sync.simulator import Company, CompanySpec, SimulatorServer

ROOT = Path(__file__).parents[3]
KEY = "zh_api_0123456789abcdef"


def shown() -> str:
    """The definitions of the document."""
    [code] = [
        block.split("```")[0]
        for block in (ROOT / "docs" / "dlt-source.md").read_text().split("```python\n")
        if "@dlt_assets" in block
    ]
    return code


def execute(home: Path, base_url: str) -> str:
    """What Dagster says of a run that ends well."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("ZENHIRE_", "PYTHON"))}
    sources = os.pathsep.join(str(path) for path in (ROOT / "pipelines", ROOT / "schemas", home))
    told = {"DAGSTER_HOME": str(home), "HOME": str(home), "PYTHONPATH": sources}
    source = {"SOURCES__ZENHIRE__API_KEY": KEY, "SOURCES__ZENHIRE__BASE_URL": base_url}
    dlt = {"DLT_DATA_DIR": str(home / "dlt"), "RUNTIME__DLTHUB_TELEMETRY": "false"}
    done = subprocess.run(
        [
            environment("dagster") / "bin" / "dagster",
            "job",
            "execute",
            "-f",
            "night.py",
            "-j",
            "interviews_nightly",
        ],
        cwd=home,
        env=kept | told | source | dlt,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_tables_of_a_pipeline_of_ones_own_are_assets_and_a_second_run_asks_for_little(tmp_path: Path) -> None:
    destination = f'dlt.destinations.duckdb("{tmp_path / "company.duckdb"}")'
    code = shown()
    assert '"snowflake"' in code
    (tmp_path / "night.py").write_text(code.replace('"snowflake"', destination))
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    company = Company(CompanySpec(sessions=60, days=10))
    with SimulatorServer(
        company, now=company.settled_at, keys={KEY: None}, rate_limit_per_minute=1_000_000
    ) as api:
        first = execute(tmp_path, api.base_url)
        asked = len(api.log.records())
        execute(tmp_path, api.base_url)
        again = len(api.log.records()) - asked
        ids = set(api.company.at(api.now).ids())
    for table in (
        "sessions",
        "session_tags",
        "session_metadata",
        "session_feedback",
        "personas",
        "rejected_rows",
    ):
        assert f"Materialized value dlt_zenhire_{table}." in first
    assert KEY not in first
    with duckdb.connect(str(tmp_path / "company.duckdb"), read_only=True) as loaded:
        assert {row[0] for row in loaded.execute("select id from interviews.sessions").fetchall()} == ids
    assert again < asked / 2
