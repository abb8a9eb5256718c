"""A team's lake, its catalog on PostgreSQL and its files in S3: the answers are those of a DuckDB file."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.lake.conftest import PROFILE
from tests.publish.s3 import Bucket
from tests.transforms.odd_company import COMPANY_DIR
from tests.transforms.test_postgres import CATALOG, COMPANIES, MARTS, NOT_COMPARED
from tests.transforms.warehouse import NOW, Company, Row
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.marts import build_marts
from zenhire_sync.publish import publish_marts
from zenhire_sync.report import write_report
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.raw_copy import copy_raw

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["empty", "odd"])
def test_every_mart_and_the_files_are_those_of_a_duckdb_file(
    name: str, team: Settings, bucket: Bucket, tmp_path: Path
) -> None:
    rows, zone = COMPANIES[name]
    there = team.model_copy(
        update={
            "publish_dir": str(tmp_path / "out"),
            "reporting_time_zone": zone,
            "company_dir": COMPANY_DIR,
            "credit_price": Settings(credit_price="0.125").credit_price,
        }
    )
    file = file_of(tmp_path, rows, zone)
    copy_into(there, file)
    # A worker keeps nothing between its steps.
    shutil.rmtree(there.data_dir)
    build_marts(there, PROFILE, NOW)
    shutil.rmtree(there.data_dir)
    done = publish_marts(there, now=NOW)
    assert done.place == "s3://company/interviews/published/current.json"
    with warehouse_of(there).published() as reader:
        shown = {
            mart: as_rows(reader.select(f"select * from zenhire_marts.{mart}").to_pylist()) for mart in MARTS
        }
    [theirs] = done.elsewhere
    with duckdb.connect() as both:
        both.execute(f"attach '{file.published_path}' as ours (read_only)")
        both.execute(f"attach '{theirs}' as theirs (read_only)")
        for mart in MARTS:
            ours = both.sql(f"from ours.zenhire_marts.{mart}").to_arrow_table().to_pylist()
            assert shown[mart] == as_rows(ours), mart
        for sql in CATALOG:
            assert both.execute(sql, ["theirs"]).fetchall() == both.execute(sql, ["ours"]).fetchall() != []
    write_report(there, now=NOW)
    assert there.report_path.is_file()


def test_old_builds_go_and_the_files_of_readers_stay(team: Settings, bucket: Bucket, tmp_path: Path) -> None:
    rows, zone = COMPANIES["golden"]
    copy_into(team, file_of(tmp_path, rows, zone))
    build_marts(team, PROFILE, NOW)
    publish_marts(team, now=NOW)
    first = builds(bucket)
    # A second build of the same day: who reads the first goes on reading it.
    build_marts(team, PROFILE, NOW)
    with warehouse_of(team).published() as reader:
        publish_marts(team, now=NOW)
        assert reader.rows("select count(*) as rows from fct_sessions")[0]["rows"] > 0
    assert len(first) == 1
    assert first < builds(bucket)
    warehouse_of(team).scrub_published()
    assert not first & builds(bucket)
    with warehouse_of(team).published() as reader:
        assert reader.rows("select count(*) as rows from fct_sessions")[0]["rows"] > 0


def builds(bucket: Bucket) -> set[str]:
    """Builds that have files."""
    keys = [key.removeprefix("interviews/builds/") for key in bucket.objects() if "/builds/" in key]
    return {key.partition("/")[0] for key in keys if "/" in key}


def file_of(tmp_path: Path, rows: Mapping[str, list[Row]], zone: str) -> Settings:
    """The company in a DuckDB file, built and published."""
    made = Company(
        tmp_path / "company",
        {"reporting_time_zone": zone, "credit_price": "0.125", "company_dir": COMPANY_DIR},
    )
    made.build(rows)
    publish_marts(made.settings, now=NOW)
    return made.settings


def copy_into(settings: Settings, file: Settings) -> None:
    """The raw tables of the file into the lake."""
    with warehouse_of(settings).loading() as loader, warehouse_of(file).reading() as reader:
        copy_raw(reader, loader, settings.state_dir / "spool" / "copy")


def as_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in one order, without what tells of the build and not of the company."""
    kept = [{name: value for name, value in row.items() if name not in NOT_COMPARED} for row in rows]
    return sorted(kept, key=lambda row: [str(value) for value in row.values()])
