"""What dlt is told, whatever the environment says."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from dlt.common.exceptions import DltException, SignalReceivedException

from tests.sync.world import UNLIMITED
from zenhire_schemas.tables import SESSION_TAGS
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.settings import Settings

pytestmark = pytest.mark.file_only


def test_a_signal_during_a_load_stops_the_run_and_blames_no_file(tmp_path: Path) -> None:
    def load() -> None:
        raise DltException from SignalReceivedException(15)

    with warehouse_of(Settings(data_dir=tmp_path)).loading() as warehouse, pytest.raises(KeyboardInterrupt):
        warehouse._guard(load)


def test_loads_leave_no_copy_and_a_small_log_whatever_another_project_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOAD__DELETE_COMPLETED_JOBS", "false")
    monkeypatch.setenv("LOAD__TRUNCATE_STAGING_DATASET", "false")
    monkeypatch.setenv("DATA_WRITER__BUFFER_MAX_ITEMS", "1")
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", f"duckdb:///{tmp_path / 'theirs.duckdb'}")
    settings = Settings(data_dir=tmp_path / "data", rate_limit_per_minute=UNLIMITED)
    row = {"session_id": "one", "position": 0, "tag": "a", "is_removed": False}
    tables = {"session_tags": pa.Table.from_pylist([row], schema=SESSION_TAGS.arrow_schema())}
    with warehouse_of(settings).loading() as warehouse:
        assert warehouse.load(tables) == {"session_tags": 1}
        assert tables == {}, "what was written is not kept"
        staged = warehouse.select("select count(*) from zenhire_raw_staging.session_tags")
        assert staged.column(0).to_pylist() == [0]
        log = warehouse.select("select current_setting('checkpoint_threshold')")
        assert log.column(0).to_pylist() == ["61.0 MiB"]
    assert not list(settings.state_dir.rglob("*.parquet"))
    assert not (tmp_path / "theirs.duckdb").exists()
