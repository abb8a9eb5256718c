"""Readers are never disturbed by a publish, and never disturb one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.publish import PublishSummary
from zenhire_sync.settings import Settings

# One connection is held through all swaps; a process of its own answers what a newcomer would see.
_READER = """
import duckdb, json, sys
sql = "select sum(credits_charged) from zenhire_marts.credit_usage_daily"
held = duckdb.connect(sys.argv[1], read_only=True)
for line in sys.stdin:
    print(json.dumps(int(held.execute(sql).fetchall()[0][0])), flush=True)
"""
Publish = Callable[[], PublishSummary]
Read = Callable[..., list[tuple[Any, ...]]]


def test_an_open_reader_keeps_its_snapshot_through_swaps_and_a_new_one_sees_the_new(
    publish: Publish, settings: Settings, read: Read, change_warehouse: Callable[[str], None]
) -> None:
    publish()
    reader = subprocess.Popen(
        [sys.executable, "-c", _READER, str(settings.published_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        for night in range(4):
            reader.stdin.write("again\n")
            reader.stdin.flush()
            assert json.loads(reader.stdout.readline()) == 50
            total = read("select sum(credits_charged) from zenhire_marts.credit_usage_daily")
            assert total == [(50 + night,)]
            change_warehouse(
                f"insert into zenhire_raw.sessions values ('n{night}', 'completed', 1);"
                "update zenhire_marts.credit_usage_daily set credits_charged = credits_charged + 1"
                " where role_name = 'Driver'"
            )
            publish()


def test_a_reader_that_forgot_read_only_does_not_stop_a_publish(publish: Publish, settings: Settings) -> None:
    publish()
    command = "import duckdb, sys; duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    # Root may write to a 0400 file; anybody else is refused, which is the point of the mode.
    settings.published_path.chmod(0o600)
    with subprocess.Popen(
        [sys.executable, "-c", command, str(settings.published_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as intruder:
        assert intruder.stdout is not None
        assert intruder.stdout.readline() == b"open\n"
        assert publish().credits_charged == 50


def test_parquet_has_the_same_rows_as_the_file(publish: Publish, settings: Settings, read: Read) -> None:
    publish()
    folder = settings.published_path.parent / "parquet"
    assert sorted(path.name for path in folder.iterdir()) == [
        "credit_usage_daily",
        "fct_feedback",
        "fct_sessions",
        "negative_feedback",
        "publication",
        "sync_freshness",
    ]
    as_doubles = {"credit_usage_daily": "select * replace (share::double as share)"}
    for table in folder.iterdir():
        in_parquet = read(f"from '{table}/{table.name}.parquet'")
        # what depends on the moment of reading cannot be in a file
        source = "sync_freshness_facts" if table.name == "sync_freshness" else table.name
        assert in_parquet == read(f"from zenhire_marts.{source} {as_doubles.get(source, '')}")


def test_a_parquet_reader_that_resolved_the_link_survives_one_publish(
    publish: Publish, settings: Settings, read: Read
) -> None:
    publish()
    link = settings.published_path.parent / "parquet"
    resolved = link.resolve()
    publish()
    assert link.resolve() != resolved
    assert read(f"select count(*) from '{resolved}/negative_feedback/negative_feedback.parquet'") == [(2,)]
    publish()
    assert not resolved.exists()


def test_the_previous_snapshot_can_be_forgotten_at_once(publish: Publish, settings: Settings) -> None:
    warehouse_of(settings).scrub_published()
    publish()
    publish()
    warehouse_of(settings).scrub_published()
    published = settings.published_path.parent
    assert list((published / ".parquet").iterdir()) == [(published / "parquet").resolve()]


def test_the_parquet_link_still_works_after_the_data_folder_moved(
    publish: Publish, settings: Settings, read: Read
) -> None:
    publish()
    moved = settings.data_dir.with_name("elsewhere")
    settings.data_dir.rename(moved)
    file = moved / "published/parquet/negative_feedback/negative_feedback.parquet"
    assert read(f"select count(*) from '{file}'", moved / "published/zenhire.duckdb") == [(2,)]
