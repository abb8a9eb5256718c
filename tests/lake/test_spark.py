"""Marts built on a real standalone cluster, one master and two workers: row by row those of a DuckDB file."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lake.cluster import SHORT_LIVES, running
from tests.lake.conftest import PROFILE
from tests.lake.test_team import assert_marts_equal, copy_into, file_of
from tests.transforms.odd_company import COMPANY_DIR
from tests.transforms.test_postgres import COMPANIES
from tests.transforms.warehouse import NOW, Row
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.errors import ConfigurationError, WarehouseError
from zenhire_sync.marts import build_marts
from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Home, Settings

CONF = {
    **SHORT_LIVES,
    "spark.driver.host": "127.0.0.1",
    "spark.executor.memory": "1g",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
}
_NAMES = ("id", "session_id", "persona_id", "run_id", "rejected_id")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a master with two workers."""
    with running(tmp_path_factory.mktemp("cluster")) as master:
        yield master


def on_spark(tmp_path: Path, master: str, **settings: Any) -> Settings:
    """A lake in a folder, its marts built on a cluster."""
    found = Settings(
        data_dir=tmp_path / "worker",
        lake_dir=str(tmp_path / "lake"),
        publish_dir=str(tmp_path / "out"),
        spark_master=master,
        credit_price="0.125",
        company_dir=COMPANY_DIR,
        **settings,
    )
    return found.at(Home(destination="lake", parameters=CONF))


def all_in_one() -> dict[str, list[Row]]:
    """The companies of the other engines' tests in one warehouse: any build takes a minute of Spark."""
    found: dict[str, list[Row]] = {}
    for company, (tables, _) in COMPANIES.items():
        # The odd one keeps its ids, which its folder has names for.
        told = () if company == "odd" else _NAMES
        for table, rows in tables.items():
            found.setdefault(table, []).extend(
                row | {name: f"{company} {row[name]}" for name in told if row.get(name) is not None}
                for row in rows
            )
    return found


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("java") is None and not os.environ.get("CI"), reason="Spark needs Java")
def test_every_mart_of_the_cluster_is_that_of_a_duckdb_file(cluster: str, tmp_path: Path) -> None:
    rows, zone = all_in_one(), "America/Havana"
    there, file = on_spark(tmp_path, cluster, reporting_time_zone=zone), file_of(tmp_path, rows, zone)
    copy_into(there, file)
    publish_marts(file, now=NOW)
    shutil.rmtree(there.data_dir)
    interrupts = signal.getsignal(signal.SIGINT)
    built = build_marts(there, PROFILE, NOW)
    assert signal.getsignal(signal.SIGINT) is interrupts
    assert built.tests_passed > 100
    shutil.rmtree(there.data_dir)
    [theirs] = publish_marts(there, now=NOW).elsewhere
    assert_marts_equal(Path(theirs), file.published_path)
    left = {path.name for path in (tmp_path / "lake" / "builds").iterdir()}
    assert "spark" not in left


def test_a_cluster_that_does_not_answer_ends_a_run_before_the_api_is_asked(tmp_path: Path) -> None:
    there = on_spark(tmp_path, "spark://127.0.0.1:1")
    with pytest.raises(WarehouseError, match="check ZENHIRE_SPARK_MASTER"):
        warehouse_of(there).loading()


def test_without_java_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ConfigurationError, match="Java 17"):
        warehouse_of(on_spark(tmp_path, "local[1]")).dbt()
