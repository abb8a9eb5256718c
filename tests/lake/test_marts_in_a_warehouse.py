"""The marts of a lake in a cloud warehouse too: what is sent is a published file, made for that alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from pydantic import SecretStr

from tests.lake.conftest import PROFILE
from tests.lake.test_team import as_rows, copy_into
from tests.transforms.test_postgres import COMPANIES, MARTS
from tests.transforms.warehouse import NOW, write_raw
from zenhire_sync.engines.cloud.destinations import WAREHOUSES
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.marts import build_marts
from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Home, Settings

pytestmark = pytest.mark.slow


def test_every_row_of_the_lakes_marts_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "there.duckdb"

    def stand_in(credentials: Any, **options: Any) -> Any:
        return dlt.destinations.duckdb(str(path), **options)

    monkeypatch.setitem(WAREHOUSES, "motherduck", replace(WAREHOUSES["motherduck"], factory=stand_in))
    rows, zone = COMPANIES["odd"]
    file = Settings(data_dir=tmp_path / "company")
    write_raw(file.warehouse_path, rows)
    lake = Settings(
        data_dir=tmp_path / "worker", lake_dir=str(tmp_path / "lake"), reporting_time_zone=zone
    ).at(Home(destination="lake"))
    copy_into(lake, file)
    build_marts(lake, PROFILE, NOW)
    home = Home(destination="motherduck", url=SecretStr("md:company?motherduck_token=planted"))
    done = publish_marts(lake.with_readers_at(home), now=NOW)
    assert done.elsewhere == ("motherduck company, schema zenhire_marts",)
    with warehouse_of(lake).published() as reader, duckdb.connect(str(path), read_only=True) as sent:
        for mart in {*MARTS} - {"sync_freshness"}:
            there = sent.sql(f"from zenhire_marts.{mart}").to_arrow_table().to_pylist()
            assert as_rows(there) == as_rows(reader.rows(f"from zenhire_marts.{mart}")), mart
        assert sent.sql("from zenhire_marts.sync_freshness_facts").fetchall() != []
    # Nothing of it stays on the worker.
    assert [found for found in lake.state_dir.glob(".*") if found.is_dir()] == []
