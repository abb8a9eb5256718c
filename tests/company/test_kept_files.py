"""The company's files in a warehouse: there after the next build, without a request, whatever was there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.company.folder import write_files
from tests.sync.world import World, world
from zenhire_schemas.tables import COMPANY_TABLES
from zenhire_sync.company import company_of
from zenhire_sync.company.kept_files import keep_company
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.errors import ConfigurationError
from zenhire_sync.marts import build_marts
from zenhire_sync.settings import Profile
from zenhire_sync.simulator import Company, CompanySpec
from zenhire_sync.warehouse.raw_copy import copy_raw

NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
COMPANY = CompanySpec(sessions=30, days=10, projects=2, no_project_share=0.2)
HEADER = "project_id,name,cost_center,owner\n"


def build(here: World) -> None:
    """The marts, on whichever engine the tests run."""
    build_marts(here.settings, profile(here), NOW)


def profile(here: World) -> Profile:
    """The one of the engine."""
    target = "postgres" if here.settings.home.destination == "postgres" else "duckdb"
    return Profile(name="test", description="test", dbt_target=target)


def names(here: World, mart: str) -> set[str]:
    with warehouse_of(here.settings).built() as reader:
        return {row["project_name"] for row in reader.rows(f"select project_name from {mart}")}


def keep(here: World) -> dict[str, int]:
    warehouse = warehouse_of(here.settings)
    with warehouse.exclusive("build"):
        return keep_company(warehouse, company_of(here.settings))


@pytest.mark.slow
def test_a_renamed_project_changes_the_marts_without_a_request(tmp_path: Path) -> None:
    company = Company(COMPANY)
    first, second = company.project_ids
    with world(tmp_path, company, NOW) as here:
        here.night()
        requests = len(here.sim.log.records())
        build(here)
        unnamed = {first, second, "(no project)"}
        assert (names(here, "credit_usage_daily"), names(here, "fct_sessions")) == (unnamed, unnamed)
        for name in ("Sales hiring EMEA", "Vertrieb, EMEA"):
            write_files(here.settings.data_dir, projects_csv=f'{HEADER}{first.upper()},"{name}",,\n')
            build(here)
            for mart in ("dim_project", "credit_usage_daily", "credit_usage_monthly", "session_funnel"):
                assert names(here, mart) == {name, second, "(no project)"}
        assert len(here.sim.log.records()) == requests


def test_what_is_taken_out_of_a_file_leaves_the_warehouse(tmp_path: Path) -> None:
    with world(tmp_path, Company(COMPANY), NOW) as here:
        here.night()
        folder = write_files(
            here.settings.data_dir,
            projects_csv=f"{HEADER}a,A,,\nb,B,C1,Ana\n",
            tags_csv="tag,group,label\nq1,quarter,\n",
            purchases_csv="date,credits,price,currency,expires\n2026-03-01,5,1.50,EUR,\n",
        )
        assert keep(here) == {"company_projects": 2, "company_purchases": 1, "company_tags": 1}
        assert keep(here) == {}, "nothing differs, so nothing is opened to write"
        write_files(here.settings.data_dir, projects_csv=f"{HEADER}b,Beta,C1,Ana\n")
        (folder / "tags.csv").unlink()
        assert keep(here) == {"company_projects": 1, "company_tags": 0}
        assert here.rows("company_projects") == [
            {"project_id": "b", "name": "Beta", "cost_center": "C1", "owner": "Ana"}
        ]
        assert here.rows("company_tags") == []
        [purchase] = here.rows("company_purchases")
        assert (purchase["line"], purchase["credits"], purchase["price"]) == (2, "5", "1.50")


@pytest.mark.slow
def test_a_warehouse_that_an_older_version_made_is_read_built_and_copied(tmp_path: Path) -> None:
    company = Company(COMPANY)
    with world(tmp_path, company, NOW) as here:
        here.night()
        for table in COMPANY_TABLES:
            drop(here, table.name)
        with warehouse_of(here.settings).reading() as reader:
            [told] = reader.rows("select count(*) as sessions from sessions")
        if here.settings.home.destination == "duckdb":
            other = here.settings.model_copy(update={"data_dir": tmp_path / "copy"})
            with warehouse_of(other).loading() as loader, warehouse_of(here.settings).reading() as reader:
                rows = copy_raw(reader, loader, tmp_path / "scratch")
            assert (rows["sessions"], rows["company_projects"]) == (told["sessions"], 0)
        write_files(here.settings.data_dir, projects_csv=f"{HEADER}{company.project_ids[0]},Sales,,\n")
        build(here)
        assert "Sales" in names(here, "fct_sessions")


def drop(here: World, table: str) -> None:
    """As if this version had never seen the warehouse."""
    if here.settings.home.destination == "lake":
        from zenhire_sync.engines.lake.catalog import catalog_of

        catalog_of(here.settings).drop_table(("zenhire_raw", table))
    else:
        here.change(f"drop table {table}")


def test_a_wrong_file_stops_a_sync_before_its_first_request_and_touches_nothing(tmp_path: Path) -> None:
    with world(tmp_path, Company(COMPANY), NOW) as here:
        write_files(here.settings.data_dir, projects_csv=f"{HEADER}p,P\n")
        with pytest.raises(
            ConfigurationError, match=r"projects\.csv, line 2, column 3: .*nothing was touched"
        ):
            here.night()
        assert (len(here.sim.log.records()), here.settings.warehouse_path.exists()) == (0, False)


def test_a_wrong_file_stops_a_build_and_the_names_of_before_stay(tmp_path: Path) -> None:
    company = Company(COMPANY)
    with world(tmp_path, company, NOW) as here:
        here.night()
        write_files(here.settings.data_dir, projects_csv=f"{HEADER}{company.project_ids[0]},Sales,,\n")
        keep(here)
        write_files(here.settings.data_dir, budgets_csv="project_id,month,credits\n,March,5\n")
        with pytest.raises(ConfigurationError, match=r"budgets\.csv, line 2, column month"):
            build(here)
        assert [row["name"] for row in here.rows("company_projects")] == ["Sales"]
