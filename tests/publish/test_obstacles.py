"""What can be in the way: one clear line, and the published files stay as they were."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from zenhire_sync.errors import ConfigurationError, WarehouseError
from zenhire_sync.publish import PublishSummary, publish_marts
from zenhire_sync.settings import Settings

Publish = Callable[[], PublishSummary]

_HOLD = """
import duckdb, sys
warehouse = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""
_ON_A_FULL_DISK = """
import resource, sys
from datetime import datetime, UTC
from pathlib import Path
from zenhire_sync.errors import ZenhireError
from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Settings
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    publish_marts(Settings(data_dir=Path(sys.argv[1])), now=datetime(2026, 3, 4, tzinfo=UTC))
except ZenhireError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def test_a_missing_warehouse_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"no warehouse at .*; run `zenhire-sync run` first"):
        _publish(Settings(data_dir=tmp_path))


def test_a_warehouse_open_in_a_writer_names_the_process(publish: Publish, settings: Settings) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(settings.warehouse_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(WarehouseError, match=f"is being written by process {holder.pid}; wait"):
            publish()
    assert Path(publish().place).exists()


def test_a_warehouse_open_in_this_process_is_said_to_be_in_use(publish: Publish, settings: Settings) -> None:
    with (
        duckdb.connect(str(settings.warehouse_path)),
        pytest.raises(WarehouseError, match="is being written by another connection"),
    ):
        publish()


def test_a_foreign_file_in_place_of_the_warehouse_is_left_alone(publish: Publish, settings: Settings) -> None:
    settings.warehouse_path.write_bytes(b"not a database" * 1000)
    with pytest.raises(WarehouseError, match=r"not a valid DuckDB database file.*restore it"):
        publish()
    assert settings.warehouse_path.read_bytes() == b"not a database" * 1000


def test_a_killed_writers_log_is_read_and_left_for_the_next_sync(
    publish: Publish, settings: Settings, fingerprint: Callable[[Path], dict[str, str]]
) -> None:
    script = (
        "import duckdb, os, sys; w = duckdb.connect(sys.argv[1]);"
        "w.execute(\"insert into zenhire_raw.sessions values ('s5', 'completed', 5);"
        " insert into zenhire_marts.credit_usage_daily values ('2026-03-03', 'Driver', 5, 0)\");"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(settings.warehouse_path)], check=False)
    assert settings.warehouse_path.with_name("warehouse.duckdb.wal").exists()
    before = fingerprint(settings.data_dir)
    assert publish().credits_charged == 55
    assert before.items() <= fingerprint(settings.data_dir).items()


def test_a_file_in_place_of_the_published_folder_is_named(publish: Publish, settings: Settings) -> None:
    settings.published_path.parent.write_text("somebody's notes")
    with pytest.raises(WarehouseError, match=r"cannot write to .*published: it is not a folder"):
        publish()
    assert settings.published_path.parent.read_text() == "somebody's notes"


def test_a_folder_in_place_of_the_published_file_is_named(publish: Publish, settings: Settings) -> None:
    settings.published_path.mkdir(parents=True)
    with pytest.raises(WarehouseError, match=r"cannot write to .*zenhire\.duckdb"):
        publish()
    assert [path.name for path in settings.published_path.parent.iterdir()] == ["zenhire.duckdb"]


def test_a_folder_in_place_of_the_parquet_link_stops_before_anything_is_swapped(
    publish: Publish, settings: Settings
) -> None:
    folder = settings.published_path.parent / "parquet"
    folder.mkdir(parents=True)
    with pytest.raises(WarehouseError, match="is not a link made by publish; move it away"):
        publish()
    assert not settings.published_path.exists()


@pytest.mark.parametrize("limit", [8_000, 100_000, 600_000])
def test_a_disk_that_fills_up_leaves_the_old_file(
    limit: int, publish: Publish, settings: Settings, fingerprint: Callable[[Path], dict[str, str]]
) -> None:
    with duckdb.connect(str(settings.warehouse_path)) as warehouse:
        warehouse.execute("create table zenhire_marts.big as select md5(i::text) from range(100000) t(i)")
    publish()
    before = fingerprint(settings.data_dir)
    done = subprocess.run(
        [sys.executable, "-c", _ON_A_FULL_DISK, str(settings.data_dir), str(limit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("WarehouseError: cannot publish to")
    assert done.stderr.count("\n") == 1
    assert fingerprint(settings.data_dir) == before


def test_a_memory_limit_that_is_none_is_a_usage_error(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match=r"ZENHIRE_MEMORY_LIMIT cannot be used: .*'plenty'"):
        _publish(settings.model_copy(update={"memory_limit": "plenty"}))


def _publish(settings: Settings) -> PublishSummary:
    return publish_marts(settings, now=datetime(2026, 3, 4, tzinfo=UTC))
