"""The build step around dbt: what it refuses, what it leaves behind, what it says when a test fails."""

from __future__ import annotations

import os
import stat
import warnings
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from tests.recorded_progress import Recorded
from tests.transforms.warehouse import NOW, PROFILE, Company, completed, write_raw

from zenhire_sync.bundle import bundled
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.errors import BuildError, ConfigurationError, WarehouseError
from zenhire_sync.marts import build_marts
from zenhire_sync.marts.environment import dbt_variables, process_set_up, work_dir
from zenhire_sync.marts.runner import run_dbt
from zenhire_sync.marts.verdict import judge, manifest_path
from zenhire_sync.memory_limit import duckdb_part
from zenhire_sync.progress import NODES_BUILT
from zenhire_sync.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def test_without_a_warehouse_the_user_is_told_to_sync(settings: Settings) -> None:
    with pytest.raises(BuildError, match="Run `zenhire-sync sync` first"):
        build_marts(settings, PROFILE, NOW)


def test_a_warehouse_without_raw_tables_is_not_built(settings: Settings) -> None:
    settings.data_dir.mkdir()
    duckdb.connect(str(settings.warehouse_path)).close()
    with pytest.raises(BuildError, match=r"no zenhire_raw\.\w+"):
        build_marts(settings, PROFILE, NOW)


def test_a_file_that_is_no_database_is_called_that(settings: Settings) -> None:
    settings.data_dir.mkdir()
    settings.warehouse_path.write_text("not a database" * 1000)
    with pytest.raises(WarehouseError, match="cannot be read"):
        build_marts(settings, PROFILE, NOW)


@pytest.mark.parametrize(
    ("field", "value"), [("reporting_time_zone", "Mars/Base"), ("memory_limit", "plenty")]
)
def test_an_unusable_setting_is_named(settings: Settings, field: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"(?i){field}.* '{value}'"):
        build_marts(settings.model_copy(update={field: value}), PROFILE, NOW)


def test_the_process_is_as_before_even_when_dbt_breaks(tmp_path: Path) -> None:
    before = dict(os.environ), Path.cwd(), list(warnings.filters)
    with suppress(RuntimeError), process_set_up({"ZENHIRE_BUILD_TEST": "1"}):
        os.chdir(tmp_path)
        assert os.environ["ZENHIRE_BUILD_TEST"] == "1"
        raise RuntimeError
    assert (dict(os.environ), Path.cwd(), list(warnings.filters)) == before
    mask = os.umask(0o022)
    os.umask(mask)
    assert mask != 0o077


def test_a_build_writes_privately_under_its_state_and_prints_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    company = Company(tmp_path / "data")
    project = _files(bundled("transforms"))
    write_raw(company.settings.warehouse_path, {"sessions": [completed("s1", "2026-03-01 10:00", 60)]})
    first = build_marts(company.settings, PROFILE, NOW)
    second = build_marts(company.settings, PROFILE, NOW)
    assert first.rows_by_mart == second.rows_by_mart
    assert capfd.readouterr() == ("", "")
    assert _files(bundled("transforms")) == project
    assert {path.name for path in company.data_dir.iterdir()} == {"warehouse.duckdb", "state"}
    written = [path for path in company.settings.state_dir.rglob("*") if path.is_file()]
    assert [path for path in written if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    # nothing holds the file: another configuration may open it
    duckdb.connect(str(company.settings.warehouse_path), config={"threads": "1"}).close()


@pytest.mark.slow
def test_a_build_of_a_minute_shows_each_model_and_test_that_is_done(tmp_path: Path) -> None:
    company, progress = Company(tmp_path / "data"), Recorded()
    write_raw(company.settings.warehouse_path, {"sessions": [completed("s1", "2026-03-01 10:00", 60)]})
    built = build_marts(company.settings, PROFILE, NOW, progress)
    reading, *told = progress.of(NODES_BUILT)
    assert reading == (0, None)
    [total] = {total for _, total in told}
    assert [done for done, _ in told] == list(range(int(total or 0) + 1))
    assert total is not None
    # Marts, a query of tests for each, and the models between the raw tables and the marts.
    assert total > 2 * len(built.rows_by_mart)


def _files(folder: Path) -> set[tuple[Path, float]]:
    return {(path, path.stat().st_mtime) for path in folder.rglob("*")}


@pytest.mark.parametrize(
    ("limit", "part"),
    [("2GB", "1587MiB"), ("2 gib", "1728MiB"), ("500MB", "500MB"), ("50%", "50%"), ("1.5GB", "1110MiB")],
)
def test_a_build_leaves_room_for_the_program_within_its_limit(limit: str, part: str) -> None:
    assert duckdb_part(limit) == part


@pytest.mark.slow
def test_a_schedulers_variables_for_another_dbt_project_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = Company(tmp_path / "data")
    write_raw(company.settings.warehouse_path, {"sessions": [completed("s1", "2026-03-01 10:00", 60)]})
    others = {
        "DBT_EMPTY": "true",
        "DBT_ENGINE_RESOURCE_TYPES": "model",
        "DBT_EXCLUDE_RESOURCE_TYPES": "test",
        "DBT_PROFILE": "analytics",
        "DBT_WRITE_JSON": "false",
        "DBT_FAIL_FAST": "perhaps",
        "DBT_ENGINE_PROJECT_DIR": str(tmp_path / "theirs"),
        "DBT_WARN_ERROR_OPTIONS": "{error: all}",
    }
    for name, value in others.items():
        monkeypatch.setenv(name, value)
    built = build_marts(company.settings, PROFILE, NOW)
    assert built.tests_passed > 100
    assert built.rows_by_mart["fct_sessions"] == 1
    assert {name: os.environ[name] for name in others} == others


@pytest.mark.slow
def test_a_build_that_leaves_its_tests_out_is_a_failure(tmp_path: Path) -> None:
    company = Company(tmp_path / "data")
    settings = company.settings
    write_raw(settings.warehouse_path, {"sessions": [completed("s1", "2026-03-01 10:00", 60)]})
    work = work_dir(settings)
    work.mkdir(parents=True)
    with process_set_up(dbt_variables(settings, NOW)):
        untested = run_dbt(
            ("build", "--exclude-resource-type", "unit_test", "test"),
            project=bundled("transforms"),
            target="duckdb",
            work=work,
            let_go=warehouse_of(settings).dbt().let_go,
        )
    with pytest.raises(BuildError, match=r"(\d+) of \1 tests did not run, such as test\.zenhire\.\w+"):
        judge(untested.results, work)
    manifest_path(work).unlink()
    with pytest.raises(BuildError, match=r"lists no models"):
        judge(untested.results, work)
