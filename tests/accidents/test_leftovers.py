"""People's data is in the warehouse and the published files, and not in what runs leave beside them."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dlt.pipeline.pipeline import Pipeline

from tests.accidents.commands import KEY, Nursery, settled_truth, variables
from tests.operate.bytes_of import places_of
from tests.sync.world import World, world
from zenhire_sync.errors import WarehouseError
from zenhire_sync.simulator import Company, CompanySpec
from zenhire_sync.warehouse import dlt_loader

pytestmark = pytest.mark.file_only

SPEC = CompanySpec(sessions=24, days=8, personas=2, personas_deleted=0, sessions_deleted_share=0)
PERSON = "mrs-unmistakable"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A company with a candidate who is easily found again."""
    company = Company(SPEC)
    session_id = company.add_session(company.settled_at, candidate_ref=PERSON, metadata={"mail": PERSON})
    company.complete_session(session_id, company.settled_at)
    company.submit_survey(session_id, company.settled_at, 1, PERSON)
    with world(tmp_path, company, company.settled_at, keys={KEY: None}) as found:
        yield found


def sync(here: World) -> tuple[dict[str, str], str, str, str]:
    env = variables(here.settings.data_dir, here.sim.base_url)
    return env, "sync", "--as-of", here.sim.now.isoformat()


def test_no_person_stays_in_the_working_folders_of_a_run_that_ended(here: World, nursery: Nursery) -> None:
    nursery.run(*sync(here)).well()
    assert places_of([PERSON], here.settings.data_dir) != []
    assert places_of([PERSON], here.settings.state_dir) == []


@pytest.mark.slow
def test_what_runs_that_died_left_is_gone_when_the_next_has_ended(here: World, nursery: Nursery) -> None:
    nursery.run(*sync(here)).well()
    state, data = here.settings.state_dir, here.settings.data_dir
    left = (
        state / "dlt" / "zenhire" / "load" / "normalized" / "1.0" / "new_jobs" / "sessions.0.parquet",
        state / "spool" / "sessions.parquet",
        state / "dry-run" / "warehouse.duckdb",
        state / "dbt" / "duckdb_temp" / "duckdb_temp_1_0_storage_DEFAULT-0.tmp",
        data / "warehouse.duckdb.tmp" / "duckdb_temp_1_0_storage_DEFAULT-0.tmp",
    )
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PERSON)
    nursery.run(*sync(here)).well()
    settled_truth(here)
    assert places_of([PERSON], state) == []
    assert not any(path.exists() for path in left)


@pytest.mark.slow
def test_a_working_folder_behind_a_link_is_not_gone_on_with(
    here: World, nursery: Nursery, tmp_path: Path
) -> None:
    steps = nursery.run(*sync(here)).well().steps
    dlt = here.settings.state_dir / "dlt"
    nursery.run(*sync(here), deadly=steps // 2)
    dlt.rename(tmp_path / "elsewhere")
    dlt.symlink_to(tmp_path / "elsewhere")
    nursery.run(*sync(here)).well()
    settled_truth(here)
    assert not dlt.is_symlink()


def test_a_load_that_failed_and_cannot_be_removed_is_not_loaded_instead_of_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise OSError(errno.ENOTEMPTY, "Directory not empty")

    def fails(*_: Any, **__: Any) -> None:
        monkeypatch.setattr(Pipeline, "load", real)
        monkeypatch.setattr(dlt_loader, "remove_whole", refused)
        raise OSError(errno.ENOSPC, "No space left on device")

    real, company = Pipeline.load, Company(SPEC)
    with world(tmp_path, company, company.settled_at) as here:
        monkeypatch.setattr(Pipeline, "load", fails)
        with pytest.raises(WarehouseError, match="No space left"):
            here.night()
        monkeypatch.undo()
        # The run could still say so, which is a load of its own.
        assert here.query("select outcome from sync_runs") == [("failed",)]
        here.night(here.sim.now + timedelta(days=1))
        settled_truth(here)
