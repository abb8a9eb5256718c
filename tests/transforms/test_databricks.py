"""The models in Databricks' SQL, compiled without a network. No Databricks has run them.

dbt-databricks wants another dbt-spark than this project, so this is skipped except in an environment of its
own: ``pip install dbt-core==1.11.16 dbt-databricks sqlglot pytest``, then
``python -m pytest --noconftest -o addopts= tests/transforms/test_databricks.py``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import sqlglot

TRANSFORMS = Path(__file__).parents[2] / "transforms"
IS_INSTALLED = find_spec("dbt") is not None and find_spec("dbt.adapters.databricks") is not None


@pytest.mark.skipif(not IS_INSTALLED, reason="dbt-databricks is not installed")
def test_every_model_and_test_compiles_and_parses(tmp_path: Path) -> None:
    project = tmp_path / "transforms"
    shutil.copytree(TRANSFORMS, project)
    variables = {
        "DATABRICKS_HOST": "example.invalid",
        "DATABRICKS_HTTP_PATH": "/sql/1.0/warehouses/none",
        "ZENHIRE_BUILD_AS_OF": "2026-03-10T02:00:00+00:00",
        "ZENHIRE_BUILD_PATH": "none",
        "ZENHIRE_WAREHOUSE_PATH": "none",
    }
    dbt = [str(Path(sys.executable).with_name("dbt")), "compile", "--target", "databricks"]
    done = subprocess.run(
        [*dbt, "--no-introspect", "--no-populate-cache", "--no-version-check"],
        cwd=project,
        env={**os.environ, **variables, "DBT_PROFILES_DIR": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    compiled = sorted((project / "target" / "compiled").rglob("*.sql"))
    assert len(compiled) > 150
    for path in compiled:
        for statement in sqlglot.parse(path.read_text(encoding="utf-8"), dialect="databricks"):
            assert isinstance(statement, sqlglot.exp.Query), path.name
