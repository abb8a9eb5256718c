"""What a reader finds in the published file."""

from __future__ import annotations

import json
import os
import stat
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.recorded_progress import Recorded

from zenhire_sync.progress import PARQUET_WRITTEN, TABLES_COPIED
from zenhire_sync.publish import PublishSummary, publish_marts
from zenhire_sync.settings import Settings

Publish = Callable[[], PublishSummary]
Read = Callable[..., list[tuple[Any, ...]]]


ROWS = {
    "credit_usage_daily": 2,
    "fct_feedback": 3,
    "fct_sessions": 4,
    "negative_feedback": 2,
    "sync_freshness": 2,
}


def test_every_mart_is_published_and_nothing_else(publish: Publish, read: Read) -> None:
    publish()
    tables = read("select table_schema, table_name, table_type from information_schema.tables order by 1, 2")
    assert [row for row in tables if row[0] == "zenhire_marts"] == [
        ("zenhire_marts", "credit_usage_daily", "BASE TABLE"),
        ("zenhire_marts", "fct_feedback", "BASE TABLE"),
        ("zenhire_marts", "fct_sessions", "BASE TABLE"),
        ("zenhire_marts", "negative_feedback", "BASE TABLE"),
        ("zenhire_marts", "publication", "BASE TABLE"),
        ("zenhire_marts", "sync_freshness", "VIEW"),
        ("zenhire_marts", "sync_freshness_facts", "BASE TABLE"),
    ]
    short = [row for row in tables if row[0] != "zenhire_marts"]
    assert short == [("main", name, "VIEW") for name in (*sorted({*ROWS, "publication"}),)]


def test_summary_says_what_a_person_wants_to_know(publish: Publish, settings: Settings) -> None:
    summary = publish()
    assert summary.place == str(settings.published_path)
    assert summary.bytes == settings.published_path.stat().st_size
    assert summary.rows_by_table == ROWS
    assert (summary.credits_charged, summary.negative_surveys) == (50, 2)
    assert summary.published_at == datetime(2026, 3, 4, 3, 0, tzinfo=UTC)


def test_rows_are_in_order_of_their_day_although_a_time_stands_before_it(
    publish: Publish, change_warehouse: Callable[[str], None], read: Read
) -> None:
    change_warehouse(
        "create table zenhire_marts.calls as select * from (values"
        " (timestamp '2026-03-02 01:00:00', date '2026-03-01', 2),"
        " (timestamp '2026-03-01 23:00:00', date '2026-03-02', 3),"
        " (timestamp '2026-03-03 00:00:00', date '2026-02-28', 1)) as calls (ended_at, usage_date, place)"
    )
    publish()
    assert read("select place from zenhire_marts.calls") == [(1,), (2,), (3,)]


def test_rows_are_in_order_of_time_and_equal_to_the_warehouse(publish: Publish, read: Read) -> None:
    publish()
    assert read("select usage_date::text, role_name, share::text from zenhire_marts.credit_usage_daily") == [
        ("2026-03-01", "Über-Chef", "0.6000"),
        ("2026-03-02", "Driver", "0.4000"),
    ]
    assert read("select session_id, comment from zenhire_marts.negative_feedback") == [
        ("s1", "'; drop table x; --"),
        ("s4", "<script>alert(1)</script>"),
    ]


def test_comments_and_not_null_constraints_are_kept(publish: Publish, read: Read) -> None:
    publish()
    assert read("select comment from duckdb_tables() where table_name = 'credit_usage_daily'") == [
        ("One row per day and role; it's UTC.",)
    ]
    assert read(
        "select column_name, is_nullable, comment from duckdb_columns()"
        " where schema_name = 'zenhire_marts' and table_name = 'credit_usage_daily'"
    ) == [
        ("usage_date", False, None),
        ("role_name", True, None),
        ("credits_charged", False, 'Credits charged; "whole" credits.'),
        ("share", True, None),
    ]


def test_publication_says_how_fresh_the_data_is_and_ignores_a_failed_sync(
    publish: Publish, read: Read
) -> None:
    publish()
    [(published, until, finished, sessions, credit, negative, rows)] = read(
        "select epoch(published_at), epoch(data_until), epoch(last_sync_finished_at), sessions,"
        " credits_charged, negative_surveys, rows_by_table from zenhire_marts.publication"
    )
    assert published == datetime(2026, 3, 4, 3, 0, tzinfo=UTC).timestamp()
    assert until == datetime(2026, 3, 4, 2, 0, tzinfo=UTC).timestamp()
    assert finished == datetime(2026, 3, 4, 2, 6, tzinfo=UTC).timestamp()
    assert (sessions, credit, negative) == (4, 50, 2)
    assert json.loads(rows) == ROWS


def test_every_column_of_publication_is_described(publish: Publish, read: Read) -> None:
    publish()
    assert (
        read("select column_name from duckdb_columns() where comment is null and table_name = 'publication'")
        == []
    )


def test_a_company_without_any_run_is_published_with_unknown_freshness(
    change_warehouse: Callable[[str], None], publish: Publish, read: Read
) -> None:
    change_warehouse(
        "delete from zenhire_raw.sync_runs; delete from zenhire_raw.sessions;"
        "delete from zenhire_raw.session_feedback; delete from zenhire_marts.credit_usage_daily;"
        "delete from zenhire_marts.negative_feedback; delete from zenhire_marts.fct_sessions;"
        "delete from zenhire_marts.fct_feedback;"
        "update zenhire_marts.sync_freshness set data_until = null, last_sync_finished_at = null"
    )
    assert publish().data_until is None
    assert read("select data_until, sessions, credits_charged from zenhire_marts.publication") == [
        (None, 0, 0)
    ]


def test_the_file_is_in_the_format_that_duckdb_1_4_reads(publish: Publish, settings: Settings) -> None:
    publish()
    header = settings.published_path.read_bytes()[:20]
    magic, version = struct.unpack("<8x4sQ", header)
    assert (magic, version) == (b"DUCK", 67)  # 67 is what 1.4 writes; 2.0's own format has a higher number


def test_a_mart_with_a_hostile_name_is_copied_under_that_name(
    change_warehouse: Callable[[str], None], publish: Publish, read: Read, settings: Settings
) -> None:
    name = '../../x"; drop table credit_usage_daily; --'
    quoted = name.replace('"', '""')
    change_warehouse(f'create table zenhire_marts."{quoted}" as select 1 as "odd \' "" column"')
    assert publish().rows_by_table[name] == 1
    assert read(f'from zenhire_marts."{quoted}"') == [(1,)]
    assert not list(settings.data_dir.parent.glob("x*"))


def test_tables_that_a_killed_build_left_behind_are_not_published(
    change_warehouse: Callable[[str], None], publish: Publish
) -> None:
    change_warehouse(
        "create table zenhire_marts.negative_feedback__dbt_tmp as select 1 as one;"
        "create table zenhire_marts.negative_feedback__dbt_backup as select 1 as one"
    )
    assert publish().rows_by_table == ROWS


def test_the_warehouse_is_not_changed_by_a_byte(publish: Publish, settings: Settings) -> None:
    before = settings.warehouse_path.read_bytes()
    publish()
    assert settings.warehouse_path.read_bytes() == before
    assert {path.name for path in settings.data_dir.iterdir()} == {"warehouse.duckdb", "published", "state"}


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o002])
def test_nobody_else_can_read_whatever_the_umask(umask: int, publish: Publish, settings: Settings) -> None:
    old = os.umask(umask)
    try:
        publish()
    finally:
        os.umask(old)
    folder = settings.published_path.parent
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o400}


def test_a_group_that_was_let_into_the_folder_stays_let_in(publish: Publish, settings: Settings) -> None:
    folder = settings.published_path.parent
    folder.mkdir(mode=0o700)
    group = 12345 if os.geteuid() == 0 else os.getgroups()[-1]
    os.chown(folder, -1, group)
    folder.chmod(0o755)
    publish()
    publish()
    assert {path.stat().st_gid for path in folder.rglob("*")} == {group}
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755  # the administrator's choice
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o750}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o440}


def test_a_log_that_a_stranger_left_beside_the_old_file_is_not_replayed_into_the_new_one(
    publish: Publish, settings: Settings, read: Read
) -> None:
    publish()
    settings.published_path.with_name("zenhire.duckdb.wal").write_bytes(b"garbage")
    publish()
    assert [path.name for path in settings.published_path.parent.glob("zenhire.duckdb*")] == [
        "zenhire.duckdb"
    ]
    assert read("select count(*) from zenhire_marts.negative_feedback") == [(2,)]


def test_a_reader_with_sql_access_cannot_read_other_files(publish: Publish, settings: Settings) -> None:
    publish()
    config = {"enable_external_access": "false", "lock_configuration": "true"}
    with (
        duckdb.connect(str(settings.published_path), read_only=True, config=config) as reader,
        pytest.raises(duckdb.PermissionException),
    ):
        reader.execute(f"from read_csv('{Path(__file__)}')").fetchall()


def test_a_publish_of_a_minute_shows_each_table_that_is_copied(settings: Settings) -> None:
    progress = Recorded()
    publish_marts(settings, now=datetime(2026, 3, 4, tzinfo=UTC), progress=progress)
    tables = len(ROWS)
    assert progress.of(TABLES_COPIED) == [(done, tables) for done in range(1, tables + 1)]
    # And the table that says what is published.
    assert progress.of(PARQUET_WRITTEN) == [(done, tables + 1) for done in range(1, tables + 2)]
