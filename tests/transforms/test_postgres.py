"""What a server shows, and the files made of it, are those of a DuckDB warehouse, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr
from tests.transforms.odd_company import COMPANY_DIR, odd_company, random_company
from tests.transforms.postgres.server import Postgres, running
from tests.transforms.test_golden_company import RAW as GOLDEN
from tests.transforms.warehouse import NOW, Company, Row, completed, published_before, signed_month, sync_run
from tools.dictionary import described_marts

from zenhire_sync.marts import build_marts
from zenhire_sync.publish import publish_marts
from zenhire_sync.report import write_report
from zenhire_sync.settings import Home, Profile, Settings

pytestmark = pytest.mark.slow

PROFILE = Profile(name="postgres", description="test", destination="postgres", dbt_target="postgres")
MARTS = [mart.name for mart in described_marts()]
ODD = odd_company(20260308)
# days before now: a first one, one that tells what is usual, and a day with far more
UNUSUAL = [
    completed(f"unusual-{number}", f"{NOW - timedelta(days=days):%Y-%m-%d} 15:00", 60, project_id="unusual")
    for number, days in enumerate((70, 20, *[5] * 15))
]
# a charge that was edited after it was published
PUBLISHED = {
    "published_builds": [{"build_id": "b0", "built_at": NOW - timedelta(days=1), "recorded_at": NOW}],
    "published_sessions": [published_before("unusual-2", "b0", credits_charged=1)],
    **signed_month(),
}
# Of each its rows and the reporting time zone. Havana has a night without a midnight among the company's: 8
# March 2026 begins at one o'clock. Katmandu and Lord Howe are no whole hours from UTC.
COMPANIES: Mapping[str, tuple[Mapping[str, list[Row]], str]] = {
    "odd": ({**ODD, **PUBLISHED, "sessions": [*ODD["sessions"], *UNUSUAL]}, "America/Havana"),
    "golden": (GOLDEN, "Asia/Kathmandu"),
    "random": (random_company(20260310), "Australia/Lord_Howe"),
    "empty": ({"sync_runs": [sync_run("run-1")]}, "UTC"),
}
# when and by which run of dbt it was built, or when it is read, and nothing about the company
NOT_COMPARED = {
    "built_at", "build_id", "data_age_hours", "restated_at", "session_change_key", "restatement_key",
    "BillingPeriodCreated", "BillingPeriodLastUpdated",
}  # fmt: skip
CATALOG = (
    "select schema_name, table_name, column_name, data_type, is_nullable, comment from duckdb_columns()"
    " where database_name = ? order by all",
    "select schema_name, table_name, comment from duckdb_tables() where database_name = ? order by all",
    "select schema_name, view_name, comment from duckdb_views() where database_name = ? and not internal"
    " order by all",
)


@dataclass(frozen=True)
class Both:
    """One company, published from a file and from a server: a reader of both files, and the server's rows."""

    name: str
    reader: Any
    server: Postgres
    settings: tuple[Settings, Settings]

    def rows(self, side: str, mart: str) -> list[Row]:
        answer = self.reader.execute(f"select * from {side}.zenhire_marts.{mart}")
        names = [name for name, *_ in answer.description]
        return _sorted([dict(zip(names, row, strict=True)) for row in answer.fetchall()])


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running() as found:
        yield found


@pytest.fixture(scope="module", params=sorted(COMPANIES))
def both(
    request: pytest.FixtureRequest, server: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    rows, zone = COMPANIES[request.param]
    company = Company(
        tmp_path_factory.mktemp("company"),
        {"reporting_time_zone": zone, "credit_price": "0.125", "company_dir": COMPANY_DIR},
    )
    company.build(rows)
    for schema in ("zenhire_raw", "zenhire_built", "zenhire_marts"):
        server.execute(f"drop schema if exists {schema} cascade")
    scratch = tmp_path_factory.mktemp("scratch")
    server.copy_raw(company.settings.warehouse_path, scratch)
    # behind the copy: it records what it publishes, and the server's build would find no change of that
    ours = publish_marts(company.settings, now=NOW).place
    there = company.settings.model_copy(update={"data_dir": scratch, "publish_dir": str(scratch / "out")}).at(
        Home(destination="postgres", url=SecretStr(server.url()))
    )
    build_marts(there, PROFILE, NOW)
    [theirs] = publish_marts(there, now=NOW).elsewhere
    with duckdb.connect() as reader:
        reader.execute(f"attach '{ours}' as ours (read_only); attach '{theirs}' as theirs (read_only)")
        yield Both(request.param, reader, server, (company.settings, there))


def test_every_mart_is_the_same_on_the_server(both: Both) -> None:
    ours = {mart: both.rows("ours", mart) for mart in MARTS}
    if both.name == "odd":
        assert [mart for mart, rows in ours.items() if not rows] == []
    for mart in MARTS:
        assert _sorted(both.server.rows(f"select * from zenhire_marts.{mart}")) == ours[mart], mart


def test_the_files_made_of_the_server_are_those_of_the_file(both: Both) -> None:
    for sql in CATALOG:
        assert (
            both.reader.execute(sql, ["theirs"]).fetchall() == both.reader.execute(sql, ["ours"]).fetchall()
        )
    for mart in (*MARTS, "publication"):
        assert both.rows("theirs", mart) == both.rows("ours", mart), mart
    folders = [settings.published_path.parent for settings in both.settings]
    parquet = [sorted(str(path.relative_to(at)) for path in at.glob("parquet/*/*")) for at in folders]
    assert parquet[0] == parquet[1] != []


def test_the_report_of_the_server_is_that_of_the_file(both: Both) -> None:
    pages = []
    for side, settings in zip(("ours", "theirs"), both.settings, strict=True):
        page = write_report(settings, now=NOW).path.read_text()
        [(built_at,)] = both.reader.execute(f"select built_at from {side}.publication").fetchall()
        builds = both.reader.execute(f"select distinct build_id from {side}.sync_freshness").fetchall()
        for word in (f"{built_at:%Y-%m-%d %H:%M}", *(build for (build,) in builds)):
            page = page.replace(word, "")
        pages.append(page.splitlines())
    assert pages[0] == pages[1]


def _sorted(rows: list[Row]) -> list[Row]:
    kept = [{name: value for name, value in row.items() if name not in NOT_COMPARED} for row in rows]
    return sorted(kept, key=lambda row: [str(value) for value in row.values()])
