"""Windows: what a run has committed when it stops, and a backfill within bounds."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr

from tests.sync.test_changes import DAY, EMPTY, NOON, completed
from tests.sync.world import World, assert_feedback_equal, assert_lists_equal, world
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.errors import KeyRefusedError, WarehouseError
from zenhire_sync.plan.detail_plan import Bounds
from zenhire_sync.simulator import DEFAULT_KEY, DIALECTS, Company, CompanySpec, Fault, FaultPlan
from zenhire_sync.sync import details, list_reader
from zenhire_sync.sync.commit import Committer
from zenhire_sync.warehouse.dlt_loader import DltLoader

SETTLED = datetime(2026, 4, 1, tzinfo=UTC)
SMALL_PAGES = replace(DIALECTS["offset_total"], default_page_size=50, largest_page=50)


def loads_of(table: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows of one table in each load from here on."""
    load, loads = DltLoader.load_files, []

    def noted(self: DltLoader, files: Any, *args: Any, **how: Any) -> dict[str, int]:
        rows = load(self, files, *args, **how)
        loads.extend(rows[name] for name in rows if name == table)
        return rows

    monkeypatch.setattr(DltLoader, "load_files", noted)
    return loads


def assert_goes_on_where_it_stopped(here: World, *, stopped_at_call: int, kept: int) -> None:
    """A backfill whose key is refused from that call on keeps its windows, and then asks for the rest."""
    here.sim.faults = FaultPlan((Fault("unauthorized", "sessions/*", first=stopped_at_call, times=None),))
    with pytest.raises(KeyRefusedError):
        here.night()
    committed = here.query("select count(*) from sessions where detail_checked_at is not null")[0][0]
    # The windows before the last, and of that one what had come.
    assert kept <= committed < stopped_at_call
    here.sim.faults = FaultPlan()
    here.night()
    rows = here.sim.company.at(here.sim.now).sessions()
    completed_sessions = sum(row["status"] == "completed" for row in rows)
    assert here.sim.log.count("detail") <= completed_sessions - committed + 6
    assert_lists_equal(here, here.sim.now)
    assert_feedback_equal(here, here.sim.now)


@pytest.mark.slow
def test_a_backfill_that_is_stopped_keeps_its_windows_and_goes_on(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=120, days=40))
    with world(tmp_path, company, SETTLED, window_details=20, window_sessions=100) as here:
        assert_goes_on_where_it_stopped(here, stopped_at_call=50, kept=40)


@pytest.mark.slow
def test_a_slow_backfill_commits_by_the_clock_and_asks_for_each_detail_once(tmp_path: Path) -> None:
    company = Company(CompanySpec(sessions=60, days=40))
    with world(tmp_path, company, SETTLED, window_minutes=0.000_001) as here:
        # Windows of one call for each request in flight, although window_details would take them all.
        assert_goes_on_where_it_stopped(here, stopped_at_call=20, kept=16)


@pytest.mark.slow
def test_large_rows_are_committed_in_smaller_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_reader, "WINDOW_BYTES", 30_000)
    monkeypatch.setattr(details, "WINDOW_BYTES", 30_000)
    windows = []
    for name in ("commit_window", "commit_details"):
        commit = getattr(Committer, name)

        def noted(
            self: Committer, window: Any, *, name: str = name, commit: Any = commit, **how: bool
        ) -> Any:
            windows.append(name)
            return commit(self, window, **how)

        monkeypatch.setattr(Committer, name, noted)
    company = Company(CompanySpec(sessions=200, days=40))
    with world(tmp_path, company, SETTLED) as here:
        here.night()
        assert_lists_equal(here, SETTLED)
        assert_feedback_equal(here, SETTLED)
    assert windows.count("commit_window") >= 2
    assert windows.count("commit_details") >= 4


@pytest.mark.slow
def test_a_first_sync_loads_many_windows_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_reader, "ADDED_ROWS", 50)
    loads = loads_of("sessions", monkeypatch)
    company = Company(CompanySpec(sessions=260, days=40))
    with world(tmp_path, company, SETTLED, SMALL_PAGES, window_sessions=200) as here:
        here.night(with_details=False)
        assert loads == [200, len(here.query("select id from sessions")) - 200]
        assert_lists_equal(here, SETTLED)
        assert not list(here.settings.state_dir.rglob("*.parquet"))


@pytest.mark.slow
def test_a_first_list_that_breaks_off_keeps_what_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_reader, "ADDED_ROWS", 50)
    loads = loads_of("sessions", monkeypatch)
    company = Company(CompanySpec(sessions=260, days=40))
    with world(tmp_path, company, SETTLED, SMALL_PAGES) as here:
        here.sim.faults = FaultPlan((Fault("unauthorized", "sessions", first=4, times=None),))
        with pytest.raises(KeyRefusedError):
            here.night()
        assert loads == [150]
        assert here.query("select outcome from sync_runs") == [("failed",)]
        assert here.query("select count(*) from sessions") == [(150,)]
        here.sim.faults = FaultPlan()
        here.night()
        assert_lists_equal(here, SETTLED)
        assert_feedback_equal(here, SETTLED)


@pytest.mark.slow
def test_what_a_full_disk_did_not_take_is_not_loaded_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_reader, "ADDED_ROWS", 50)
    write, written = pq.ParquetWriter.write_table, count(1)

    def write_some(self: pq.ParquetWriter, table: pa.Table, *sizes: Any, **how: Any) -> None:
        if isinstance(self.where, Path) and self.where.parent.name == "spool" and next(written) == 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(self, table, *sizes, **how)

    monkeypatch.setattr(pq.ParquetWriter, "write_table", write_some)
    company = Company(CompanySpec(sessions=260, days=40))
    with world(tmp_path, company, SETTLED, SMALL_PAGES) as here:
        with pytest.raises(WarehouseError, match="free some space and run again"):
            here.night()
        assert here.query("select count(*) from sessions") == [(0,)]
        assert not list(here.settings.state_dir.rglob("*.parquet"))
        monkeypatch.undo()
        here.night()
        assert_lists_equal(here, SETTLED)


@pytest.mark.parametrize("several_keys", [False, True])
def test_a_session_that_moves_into_a_later_window_is_not_written_twice(
    tmp_path: Path, several_keys: bool
) -> None:
    company = Company(CompanySpec(sessions=260, days=40))
    dialect = SMALL_PAGES
    keys = {DEFAULT_KEY: None, "zh_api_second_key": None} if several_keys else None
    with world(tmp_path, company, SETTLED, dialect, keys, window_sessions=100) as here:
        if several_keys:
            here.keys = (*here.keys, ApiKey(name="second", value=SecretStr("zh_api_second_key")))
        listed = 0

        def arrive(record: object) -> None:
            # The second window then begins with rows that ended the first.
            nonlocal listed
            listed += 1
            if listed in {3, 4}:
                here.sim.advance(timedelta(seconds=1))
                company.add_session(here.sim.now - timedelta(milliseconds=500))

        here.sim.behaviour = replace(dialect, on_request=arrive)
        here.night(with_details=False)
        assert here.query("select id from sessions group by id having count(*) > 1") == []
        assert_lists_equal(here, here.sim.now)


@pytest.mark.slow
def test_a_backfill_within_bounds_asks_for_its_details_only(tmp_path: Path) -> None:
    company = Company(EMPTY)
    ids = [completed(company, NOON - n * DAY) for n in range(10)]
    with world(tmp_path, company, NOON + timedelta(hours=1)) as here:
        outcome = here.night(bounds=Bounds(NOON - timedelta(days=5.5), NOON - timedelta(days=2.5)))
        assert {r.session_id for r in here.sim.log.records() if r.endpoint == "detail"} == set(ids[3:6])
        assert outcome.cursors_after == {}
        here.night()
        assert here.query("select count(*) from sessions where detail_checked_at is null") == [(0,)]
        assert_lists_equal(here, here.sim.now)
