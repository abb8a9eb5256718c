"""Nothing is published that disagrees with the raw tables, and the old file then stays as it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from zenhire_sync.engines.duckdb_file.opening import Connected
from zenhire_sync.engines.duckdb_file.publishing import published_file
from zenhire_sync.errors import AuditError, WarehouseError, ZenhireError
from zenhire_sync.publish import PublishSummary
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.audit import AuditedTotals, audit_copy

Publish = Callable[[], PublishSummary]
Change = Callable[[str], None]

DISAGREEMENTS: list[tuple[str, type[ZenhireError], list[str]]] = [
    (
        "update zenhire_raw.sessions set credit_charged = 13 where id = 's2'",
        AuditError,
        ["50", "51", "build"],
    ),
    ("update zenhire_marts.credit_usage_daily set credits_charged = 0", AuditError, ["0 credits", "50"]),
    ("insert into zenhire_raw.session_feedback values ('s3', 1, true)", AuditError, ["2 rows", "3 raw"]),
    (
        "update zenhire_marts.credit_usage_daily set credits_charged = 999",
        AuditError,
        ["adds up to", "to 50"],
    ),
    ("delete from zenhire_marts.negative_feedback", AuditError, ["0 rows", "2 raw"]),
    ("drop table zenhire_marts.negative_feedback", AuditError, ["negative_feedback is missing"]),
    ("drop table zenhire_marts.credit_usage_daily", AuditError, ["credit_usage_daily is missing"]),
    ("drop table zenhire_marts.sync_freshness", AuditError, ["sync_freshness", "sync build"]),
    ("delete from zenhire_marts.sync_freshness", AuditError, ["sync_freshness", "sync build"]),
    ("drop schema zenhire_marts cascade", WarehouseError, ["zenhire-sync build"]),
    ("drop table zenhire_raw.sessions", WarehouseError, ["zenhire_raw.sessions", "zenhire-sync sync"]),
    ("create table zenhire_marts.publication (i int)", WarehouseError, ["zenhire_marts.publication"]),
    (
        "alter table zenhire_marts.credit_usage_daily drop credits_charged",
        WarehouseError,
        ["credits_charged"],
    ),
]


@pytest.mark.parametrize("disagreement", DISAGREEMENTS, ids=lambda case: case[0])
def test_a_disagreement_stops_the_swap(
    disagreement: tuple[str, type[ZenhireError], list[str]],
    publish: Publish,
    change_warehouse: Change,
    settings: Settings,
    fingerprint: Callable[[Path], dict[str, str]],
) -> None:
    sql, error, words = disagreement
    publish()
    change_warehouse(sql)
    before = fingerprint(settings.data_dir)
    with pytest.raises(error) as caught:
        publish()
    message = str(caught.value)
    assert "\n" not in message
    assert [word for word in words if word not in message] == []
    assert fingerprint(settings.data_dir) == before


@pytest.mark.parametrize("stage", ["load/normalized", "load/new", "normalize/extracted"])
@pytest.mark.parametrize("folder", ["zenhire", "dlt/zenhire"])
def test_nothing_is_published_while_a_load_is_unfinished(
    stage: str, folder: str, publish: Publish, settings: Settings
) -> None:
    (settings.state_dir / folder / stage / "1795497941.9263964").mkdir(parents=True)
    with pytest.raises(AuditError, match="a sync is unfinished"):
        publish()
    assert not settings.published_path.exists()


def test_finished_loads_do_not_stop_it(publish: Publish, settings: Settings) -> None:
    (settings.state_dir / "dlt/zenhire/load/loaded/1795497941.9263964").mkdir(parents=True)
    (settings.state_dir / "dlt/zenhire/load/normalized").mkdir(parents=True)
    publish()
    assert settings.published_path.exists()


def test_a_copy_that_holds_more_than_the_marts_is_told_apart() -> None:
    """No change of the warehouse makes one: a defect of the copying would."""
    rows, expected = {"credit_usage_daily": 2, "negative_feedback": 1}, AuditedTotals("raw", 9, 1)
    with duckdb.connect() as connection:
        connection.execute("create table credit_usage_daily as select unnest([4, 5]) as credits_charged")
        connection.execute("create table negative_feedback as select 's1' as session_id")
        audit_copy(Connected(connection), expected, rows)
        with pytest.raises(AuditError, match="credit_usage_daily has 2 rows, 1 in the warehouse"):
            audit_copy(Connected(connection), expected, {**rows, "credit_usage_daily": 1})
        with pytest.raises(AuditError, match="adds up to 9 credits, the raw sessions to 8"):
            audit_copy(Connected(connection), AuditedTotals("raw", 8, 1), rows)
        with pytest.raises(AuditError, match="negative_feedback has 1 rows, 0 raw surveys are flagged"):
            audit_copy(Connected(connection), AuditedTotals("raw", 9, 0), rows)


def test_what_is_audited_is_what_readers_will_open(
    publish: Publish, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what DuckDB still has in its memory, or in a log beside the file."""
    seen = []

    def look(*arguments: Any) -> None:
        [made] = settings.published_path.parent.glob(".publish-*/zenhire.duckdb")
        stranger = shutil.copyfile(made, tmp_path / "stranger.duckdb")
        with duckdb.connect(str(stranger), read_only=True) as connection:
            seen.extend(connection.sql("select sum(credits_charged) from credit_usage_daily").fetchall())
        audit_copy(*arguments)

    monkeypatch.setattr(published_file, "audit_copy", look)
    publish()
    assert seen == [(50,)]
