"""A team's lake, its catalog on PostgreSQL and its files in S3: the answers are those of a DuckDB file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.lake.conftest import PROFILE
from tests.publish.s3 import Bucket
from tests.transforms.odd_company import COMPANY_DIR
from tests.transforms.test_postgres import CATALOG, COMPANIES, MARTS, NOT_COMPARED
from tests.transforms.warehouse import NOW, Company, Row, write_raw
from zenhire_sync.bucket_versions import kept_versions
from zenhire_sync.engines.lake.catalog import catalog_of
from zenhire_sync.engines.lake.mart_tables import SNAPSHOTS
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.errors import WarehouseError
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
    publish_marts(file, now=NOW)
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
    assert_marts_equal(Path(theirs), file.published_path)
    with warehouse_of(file).published() as reader:
        for mart in MARTS:
            assert shown[mart] == as_rows(reader.select(f"select * from zenhire_marts.{mart}").to_pylist()), (
                mart
            )
    write_report(there, now=NOW)
    assert there.report_path.is_file()


def test_old_builds_go_and_the_files_of_readers_stay(team: Settings, bucket: Bucket, tmp_path: Path) -> None:
    copy_into(team, raw_of(tmp_path, COMPANIES["golden"][0]))
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


def test_marts_in_the_catalog_are_those_that_the_pointer_names(
    team: Settings, bucket: Bucket, tmp_path: Path
) -> None:
    there = team.model_copy(update={"lake_catalog_marts": True})
    copy_into(there, raw_of(tmp_path, COMPANIES["golden"][0]))
    build_marts(there, PROFILE, NOW)
    catalog = catalog_of(there)
    catalog.create_namespace("zenhire_marts")
    of_somebody = catalog.create_table(
        ("zenhire_marts", "fct_sessions"), schema=pa.schema([("id", pa.string())])
    )
    with pytest.raises(
        WarehouseError, match=r"zenhire_marts\.fct_sessions that was not made by zenhire-sync"
    ):
        publish_marts(there, now=NOW)
    assert "interviews/published/current.json" not in bucket.objects()
    catalog.drop_table(of_somebody.name())
    publish_marts(there, now=NOW)
    publish_marts(there, now=NOW)
    pointer = json.loads(bucket.read("interviews/published/current.json"))
    with warehouse_of(there).published() as reader:
        for mart in (*pointer["rows_by_table"], "publication"):
            table = catalog.load_table(("zenhire_marts", mart))
            columns = ", ".join(f'"{field.name}"' for field in table.schema().fields)
            # How old the data are is told by the clock of who reads.
            if mart != "sync_freshness":
                ours = reader.select(f"select {columns} from {mart}").to_pylist()
                assert as_rows(table.scan().to_arrow().to_pylist()) == as_rows(ours), mart
            # Null for a mart that never had a row.
            found = table.metadata.current_snapshot_id
            assert pointer["snapshots"][mart] == (None if found is None else str(found))
    named = json.loads(catalog.load_table(("zenhire_marts", "publication")).properties[SNAPSHOTS])
    assert named == {name: text for name, text in pointer["snapshots"].items() if name != "publication"}
    [comment] = [f.doc for f in catalog.load_table(("zenhire_marts", "fct_sessions")).schema().fields][:1]
    assert comment
    warehouse_of(there).scrub_published()
    for name in pointer["rows_by_table"]:
        table = catalog.load_table(("zenhire_marts", name))
        assert len(table.snapshots()) <= 1
        inner = table.location().removeprefix("s3://company/")
        data = {key for key in bucket.objects() if key.startswith(f"{inner}/data/") and key[-1] != "/"}
        assert data == {
            task.file.file_path.removeprefix("s3://company/") for task in table.scan().plan_files()
        }


def test_a_bucket_that_keeps_old_versions_is_named(team: Settings, bucket: Bucket) -> None:
    assert kept_versions(team) == ()
    there = team.model_copy(update={"publish_dir": bucket.url()})
    bucket.client.put_bucket_versioning(Bucket="company", VersioningConfiguration={"Status": "Enabled"})
    for settings in (team, there):
        [said] = kept_versions(settings)
        assert "bucket company keeps old versions (versioning: Enabled)" in said
    bucket.client.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    [said] = kept_versions(team.model_copy(update={"lake_dir": "s3://locked/x"}))
    assert "object lock" in said
    [said] = kept_versions(team.model_copy(update={"lake_dir": "s3://nowhere/x"}))
    assert said.startswith("whether bucket nowhere keeps old versions: ")


def builds(bucket: Bucket) -> set[str]:
    """Builds that have files."""
    keys = [key.removeprefix("interviews/builds/") for key in bucket.objects() if "/builds/" in key]
    return {key.partition("/")[0] for key in keys if "/" in key}


def file_of(tmp_path: Path, rows: Mapping[str, list[Row]], zone: str) -> Settings:
    """The company in a DuckDB file, built.

    It is published behind the copy: it records what it publishes, and the other build would find no change.
    """
    made = Company(
        tmp_path / "company",
        {"reporting_time_zone": zone, "credit_price": "0.125", "company_dir": COMPANY_DIR},
    )
    made.build(rows)
    return made.settings


def raw_of(tmp_path: Path, rows: Mapping[str, list[Row]]) -> Settings:
    """The company's raw tables in a DuckDB file."""
    made = Company(tmp_path / "company").settings
    write_raw(made.warehouse_path, rows)
    return made


def copy_into(settings: Settings, file: Settings) -> None:
    """The raw tables of the file into the lake."""
    with warehouse_of(settings).loading() as loader, warehouse_of(file).reading() as reader:
        copy_raw(reader, loader, settings.state_dir / "spool" / "copy")


def assert_marts_equal(theirs: Path, ours: Path, *, are_next: bool = False) -> None:
    """Two published files: every row of every mart, and types, nulls and comments of all there is.

    Where ours ``are_next``, built on what theirs noted of their publication, no session has changed since.
    """
    with duckdb.connect() as both:
        both.execute(f"attach '{ours}' as ours (read_only); attach '{theirs}' as theirs (read_only)")
        for mart in MARTS:
            there, here = (
                as_rows(both.sql(f"from {side}.zenhire_marts.{mart}").to_arrow_table().to_pylist())
                for side in ("theirs", "ours")
            )
            if are_next and mart == "session_changes":
                assert here == []
                continue
            if are_next and mart == "sync_freshness":
                there, here = (
                    [row for row in rows if row["mart_name"] != "session_changes"] for rows in (there, here)
                )
            assert there == here, mart
        for sql in CATALOG:
            assert both.execute(sql, ["theirs"]).fetchall() == both.execute(sql, ["ours"]).fetchall() != []


def as_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in one order, without what tells of the build and not of the company."""
    kept = [{name: value for name, value in row.items() if name not in NOT_COMPARED} for row in rows]
    return sorted(kept, key=lambda row: [str(value) for value in row.values()])
