"""The commands that docs/bi.md gives for tools without a page of their own work as they stand."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from tests.integrations.environments import environment
from tests.integrations.published import Published

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "bi.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("heading", "file", "mart"),
    [
        ("DuckDB's command line", "credits.csv", "credit_usage_monthly"),
        ("Excel", "statement.csv", "credit_statement"),
    ],
)
def test_a_command_writes_every_row(
    published: Published, tmp_path: Path, heading: str, file: str, mart: str
) -> None:
    [commands] = re.findall(
        r"```sh\n(.*?)```", TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0], re.DOTALL
    )
    (tmp_path / "data").symlink_to(published.settings.data_dir)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    programs = (environment("readers") / "bin", Path(sys.executable).parent)
    there = os.environ | {"PATH": ":".join((*map(str, programs), os.environ["PATH"]))}
    there["PYTHONPATH"] = f"{ROOT / 'pipelines'}:{ROOT / 'schemas'}"
    done = subprocess.run(
        ["bash", "-euc", commands], cwd=tmp_path, env=there, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    with duckdb.connect(published.file, read_only=True) as marts:
        rows = marts.execute(f"select * from zenhire_marts.{mart}").fetchall()
        names = [column[0] for column in marts.description]
    with (tmp_path / file).open(encoding="utf-8", newline="") as written:
        header, *lines = csv.reader(written)
    assert header == names
    assert len(lines) == len(rows) > 0
