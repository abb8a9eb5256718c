"""A small warehouse made with SQL alone, so that publishing is tested without sync and dbt."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from zenhire_sync.publish import PublishSummary, publish_marts
from zenhire_sync.settings import Settings

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)

_RAW = """
create schema zenhire_raw;
create table zenhire_raw.sessions (id varchar, status varchar, credit_charged bigint);
insert into zenhire_raw.sessions values
    ('s1', 'completed', 30), ('s2', 'completed', 12), ('s3', 'failed', null), ('s4', 'completed', 8);
create table zenhire_raw.session_feedback (session_id varchar, rating bigint, flagged boolean);
insert into zenhire_raw.session_feedback values ('s1', 1, true), ('s2', 5, false), ('s4', 2, true);
create table zenhire_raw.sync_runs (
    run_id varchar, outcome varchar, as_of timestamptz, finished_at timestamptz, cursors_after varchar,
    paging varchar
);
insert into zenhire_raw.sync_runs (run_id, outcome, as_of, finished_at) values
    ('r1', 'done', '2026-03-03 02:00:00+00', '2026-03-03 02:05:00+00'),
    ('r2', 'set_aside', '2026-03-04 02:00:00+00', '2026-03-04 02:06:00+00'),
    ('r3', 'failed', '2026-03-04 02:30:00+00', '2026-03-04 02:31:00+00');
"""
_MARTS = """
create schema zenhire_marts;
create table zenhire_marts.credit_usage_daily
    (usage_date date not null, role_name varchar, credits_charged bigint not null, share decimal(10, 4));
insert into zenhire_marts.credit_usage_daily values
    ('2026-03-02', 'Driver', 20, 0.4), ('2026-03-01', 'Über-Chef', 30, 0.6);
comment on table zenhire_marts.credit_usage_daily is 'One row per day and role; it''s UTC.';
comment on column zenhire_marts.credit_usage_daily.credits_charged is 'Credits charged; "whole" credits.';
create table zenhire_marts.negative_feedback
    (session_id varchar not null, rating bigint, comment varchar, submitted_at timestamptz);
insert into zenhire_marts.negative_feedback values
    ('s4', 2, '<script>alert(1)</script>', '2026-03-02 10:00:00+00'),
    ('s1', 1, '''; drop table x; --', '2026-03-01 10:00:00+00');
create table zenhire_marts.fct_sessions as
    select id as session_id, credit_charged as credits_charged from zenhire_raw.sessions;
create table zenhire_marts.fct_feedback as
    select session_id, flagged as is_negative from zenhire_raw.session_feedback;
create table zenhire_marts.sync_freshness as
    select
        mart_name, 'b1' as build_id, timestamp '2026-03-04 02:00:00' as as_of,
        timestamp '2026-03-04 02:10:00' as built_at, timestamp '2026-03-04 02:00:00' as data_until,
        timestamp '2026-03-04 02:06:00' as last_sync_finished_at, 0::decimal(18, 4) as data_age_hours,
        false as is_stale, date '2026-02-01' as surveys_final_until_date
    from (values ('credit_usage_daily'), ('negative_feedback')) as marts (mart_name);
comment on table zenhire_marts.sync_freshness is 'One row per mart.';
comment on column zenhire_marts.sync_freshness.is_stale is 'True when it is old.';
create view zenhire_marts.not_a_table as select 1 as one;
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a data folder with a healthy little warehouse."""
    settings = Settings(data_dir=tmp_path / "data", memory_limit="500MB")
    settings.data_dir.mkdir()
    with duckdb.connect(str(settings.warehouse_path)) as warehouse:
        warehouse.execute(_RAW + _MARTS)
    return settings


@pytest.fixture
def change_warehouse(settings: Settings) -> Callable[[str], None]:
    """Runs SQL in the warehouse, as a sync or a build would."""

    def change(sql: str) -> None:
        with duckdb.connect(str(settings.warehouse_path)) as warehouse:
            warehouse.execute(sql)

    return change


@pytest.fixture
def publish(settings: Settings) -> Callable[[], PublishSummary]:
    """Publishes the small warehouse at a fixed time."""
    return lambda: publish_marts(settings, now=NOW)


@pytest.fixture
def read(settings: Settings) -> Callable[..., list[tuple[Any, ...]]]:
    """Rows of a query on the published file, opened as a reader should open it."""

    def rows(sql: str, path: Path = settings.published_path) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(path), read_only=True) as reader:
            found: list[tuple[Any, ...]] = reader.execute(sql).fetchall()
            return found

    return rows


@pytest.fixture
def fingerprint() -> Callable[[Path], dict[str, str]]:
    """Every file below a folder with a hash of its bytes; what is not a file with its kind."""

    def hashes(folder: Path) -> dict[str, str]:
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return hashes
