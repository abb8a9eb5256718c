"""What is published is as fresh as its marts, whatever was synced since, and as old as the clock says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from zenhire_sync.errors import AuditError
from zenhire_sync.publish import PublishSummary, publish_marts
from zenhire_sync.settings import Settings
from zenhire_sync.status import read_status

Publish = Callable[[], PublishSummary]
Read = Callable[..., list[tuple[Any, ...]]]
Change = Callable[[str], None]

NOW = datetime(2026, 3, 5, 4, tzinfo=UTC)
A_NEWER_SYNC = """
insert into zenhire_raw.sync_runs (run_id, outcome, as_of, finished_at) values
    ('r4', 'done', '2026-03-05 02:00:00+00', '2026-03-05 02:07:00+00');
insert into zenhire_raw.sessions values ('s5', 'initiated', null);
"""
# status reads more of the warehouse than publish does
STATUS_TABLES = """
alter table zenhire_raw.sync_runs add column started_at timestamptz;
update zenhire_raw.sync_runs set started_at = as_of;
alter table zenhire_raw.sync_runs add column command varchar default 'sync';
alter table zenhire_raw.sync_runs add column sessions_listed bigint default 0;
alter table zenhire_raw.sync_runs add column requests bigint default 0;
alter table zenhire_raw.sync_runs add column rejected bigint default 0;
alter table zenhire_raw.sync_runs add column error varchar;
create table zenhire_raw.rejected_rows (reason varchar, first_seen_at timestamptz, healed_at timestamptz);
"""


def test_marts_without_a_build_after_the_last_sync_are_refused(
    publish: Publish,
    change_warehouse: Change,
    settings: Settings,
    fingerprint: Callable[[Path], dict[str, str]],
) -> None:
    publish()
    change_warehouse(A_NEWER_SYNC)
    before = fingerprint(settings.data_dir)
    with pytest.raises(
        AuditError, match=r"older than the sync that ended at 2026-03-05 02:07 UTC; .*--as-built"
    ):
        publish()
    assert fingerprint(settings.data_dir) == before


def test_a_sync_with_the_same_time_as_the_one_before_is_a_newer_one_too(
    publish: Publish, change_warehouse: Change
) -> None:
    """As an orchestrator asks for that repeats a night."""
    change_warehouse(
        "insert into zenhire_raw.sync_runs (run_id, outcome, as_of, finished_at) values"
        " ('r4', 'done', '2026-03-04 02:00:00+00', '2026-03-05 02:07:00+00')"
    )
    with pytest.raises(AuditError, match="older than the sync"):
        publish()


def test_marts_published_as_built_say_how_old_they_are_and_not_how_new_the_raw_tables(
    settings: Settings, change_warehouse: Change, read: Read
) -> None:
    change_warehouse(A_NEWER_SYNC + "update zenhire_raw.sessions set credit_charged = 99 where id = 's3';")
    summary = publish_marts(settings, now=NOW, as_built=True)
    assert summary.data_until == datetime(2026, 3, 4, 2, tzinfo=UTC)
    [told] = read(
        "select data_until::text, last_sync_finished_at::text, sessions, credits_charged, published_at::text,"
        " built_at::text from publication"
    )
    assert told == (
        "2026-03-04 02:00:00", "2026-03-04 02:06:00", 4, 50, "2026-03-05 04:00:00", "2026-03-04 02:10:00",
    )  # fmt: skip


def test_status_goes_on_telling_of_the_sync_that_readers_do_not_see(
    settings: Settings, change_warehouse: Change
) -> None:
    change_warehouse(STATUS_TABLES)
    publish_marts(settings, now=NOW)
    assert not read_status(settings, NOW).is_unpublished
    change_warehouse(
        "insert into zenhire_raw.sync_runs (run_id, outcome, as_of, started_at, finished_at, command,"
        " sessions_listed, requests, rejected) values ('r4', 'done', '2026-03-05 02:00:00+00',"
        " '2026-03-05 02:00:00+00', '2026-03-05 02:07:00+00', 'sync', 0, 0, 0)"
    )
    publish_marts(settings, now=NOW, as_built=True)
    found = read_status(settings, NOW)
    assert found.is_unpublished
    assert (found.age, found.is_older_than(timedelta(hours=25))) == (timedelta(hours=26), True)


def test_marts_of_an_earlier_version_that_cannot_tell_their_age_are_refused(
    publish: Publish, change_warehouse: Change
) -> None:
    change_warehouse("alter table zenhire_marts.sync_freshness drop last_sync_finished_at")
    with pytest.raises(AuditError, match="an earlier version made the marts; run `zenhire-sync build`"):
        publish()


def test_the_run_s_own_time_is_not_taken_for_the_time_of_the_swap(
    settings: Settings, change_warehouse: Change, read: Read
) -> None:
    change_warehouse("update zenhire_marts.sync_freshness set as_of = '2026-03-03 02:00:00'")
    publish_marts(settings, now=NOW)
    [(published_at, as_of)] = read("select published_at::text, as_of::text from zenhire_marts.publication")
    assert (published_at, as_of) == ("2026-03-05 04:00:00", "2026-03-03 02:00:00")


@pytest.mark.parametrize(
    ("until", "is_stale"),
    [(timedelta(hours=35), False), (timedelta(hours=37), True), (timedelta(days=260), True), (None, True)],
)
def test_a_file_grows_stale_while_it_lies_there(
    until: timedelta | None, publish: Publish, change_warehouse: Change, read: Read, *, is_stale: bool
) -> None:
    """Its build said that all is fresh."""
    at = "null" if until is None else f"timestamp '{datetime.now(UTC) - until:%Y-%m-%d %H:%M:%S}'"
    change_warehouse(
        f"update zenhire_marts.sync_freshness set data_until = {at};"
        f"update zenhire_raw.sync_runs set as_of = ({at})::timestamp at time zone 'UTC'"
    )
    publish()
    for schema in ("main", "zenhire_marts"):
        rows = read(f"select is_stale, data_age_hours from {schema}.sync_freshness")
        assert [stale for stale, _ in rows] == [is_stale] * 2
        if until is None:
            assert [age for _, age in rows] == [None] * 2
        else:
            assert all(abs(float(age) - until / timedelta(hours=1)) < 0.1 for _, age in rows)


def test_the_view_of_freshness_describes_itself_as_the_mart_does(publish: Publish, read: Read) -> None:
    publish()
    of = "schema_name = 'zenhire_marts' and {} = 'sync_freshness'"
    assert read(f"select comment from duckdb_views() where {of.format('view_name')}") == [
        ("One row per mart.",)
    ]
    columns = f"select column_name, comment from duckdb_columns() where {of.format('table_name')}"
    assert ("is_stale", "True when it is old.") in read(columns)


def test_marts_are_found_without_the_name_of_their_schema(publish: Publish, read: Read) -> None:
    publish()
    assert read("select sum(credits_charged) from credit_usage_daily") == [(50,)]
    assert read("select sessions from publication") == [(4,)]


def test_a_copy_of_the_file_by_its_reader_works_as_the_file_does(
    publish: Publish, settings: Settings, tmp_path: Path
) -> None:
    """Attached under another name, copied as a database, exported and imported again."""
    publish()
    queries = (
        "from {}main.sync_freshness",
        "from {}zenhire_marts.sync_freshness",
        "from {}main.fct_sessions",
    )
    with duckdb.connect() as reader:
        reader.execute(f"attach '{settings.published_path}' as other (read_only)")
        reader.execute(f"attach '{tmp_path / 'copy.duckdb'}' as own")
        reader.execute("copy from database other to own")
        rows = [len(reader.execute(query.format("other.")).fetchall()) for query in queries]
        reader.execute("detach other")
        assert (
            [len(reader.execute(query.format("own.")).fetchall()) for query in queries] == rows == [2, 2, 4]
        )
    with duckdb.connect(str(settings.published_path), read_only=True) as reader:
        reader.execute(f"export database '{tmp_path / 'export'}'")
    with duckdb.connect() as reader:
        reader.execute(f"import database '{tmp_path / 'export'}'")
        assert [len(reader.execute(query.format("")).fetchall()) for query in queries] == [2, 2, 4]


def test_ratios_in_parquet_are_numbers_to_every_reader_and_money_stays_exact(
    publish: Publish, settings: Settings, change_warehouse: Change, read: Read
) -> None:
    change_warehouse(
        "create table zenhire_marts.focus_cost_and_usage as select 0.1::decimal(38, 6) as EffectiveCost"
    )
    publish()
    folder = settings.published_path.parent / "parquet"

    def types(mart: str) -> dict[str, str]:
        return {name: kind for name, kind, *_ in read(f"describe from '{folder}/{mart}/{mart}.parquet'")}

    assert types("credit_usage_daily")["share"] == "DOUBLE"
    assert types("focus_cost_and_usage") == {"EffectiveCost": "DECIMAL(38,6)"}
    assert {"is_stale", "data_age_hours"}.isdisjoint(types("sync_freshness"))
