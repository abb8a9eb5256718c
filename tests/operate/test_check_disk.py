"""What ``check`` finds of the disk before a night does: a folder that takes no file, damaged blocks."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from tests.transforms.warehouse import completed, write_raw
from zenhire_sync.check.local import published_finding
from zenhire_sync.engines.duckdb_file.checksums import checksum_finding
from zenhire_sync.lock import exclusive
from zenhire_sync.settings import Settings

BLOCK = 262_144


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse of a few megabytes, after a run that has ended."""
    settings = Settings(data_dir=tmp_path / "data")
    settings.data_dir.mkdir()
    write_raw(settings.warehouse_path, {"sessions": [completed("s1", "2026-03-01 10:00", 60)]})
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(
            "create table zenhire_raw.large as"
            " select range as n, hash(range)::text || hash(range + 1)::text as text from range(300_000)"
        )
    with exclusive(settings.state_dir, "run"):
        pass
    return settings


def test_a_whole_warehouse_is_read_to_its_last_block(settings: Settings) -> None:
    found = checksum_finding(settings)
    assert found is not None
    assert (found.verdict, "is whole" in found.found) == ("ok", True)


def test_overwritten_blocks_are_found_before_a_night_meets_them(settings: Settings) -> None:
    path = settings.warehouse_path
    blocks = path.stat().st_size // BLOCK
    assert blocks > 20
    with path.open("r+b") as file:
        # Not the headers, and not the last blocks, which say where everything is: such a file does not open.
        file.seek(3 * 4096 + (blocks // 2) * BLOCK)
        file.write(random.Random(7).randbytes(BLOCK))
    found = checksum_finding(settings)
    assert found is not None
    assert found.verdict == "failed"
    assert "a block of the warehouse is damaged" in found.found


def test_a_read_that_takes_too_long_says_how_far_it_came(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenhire_sync.engines.duckdb_file.checksums.ROWS_OF_A_PART", 1_000)
    monkeypatch.setattr("zenhire_sync.engines.duckdb_file.checksums.LONGEST_LOOK_SECONDS", 0.01)
    found = checksum_finding(settings, longest_seconds=0)
    assert found is not None
    assert found.verdict == "warning"
    assert "parts of the warehouse were read and are whole, then 0 s were up" in found.found


def test_a_run_is_not_disturbed_by_the_reading(settings: Settings) -> None:
    with exclusive(settings.state_dir, "run"):
        assert checksum_finding(settings) is None


def test_a_folder_of_publications_that_takes_no_file_is_found(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert published_finding(settings).verdict == "ok"
    folder = tmp_path / "published"
    # The one folder that takes no file from root either.
    folder.symlink_to("/proc/self/fd")
    assert published_finding(settings).verdict == "failed"
    folder.unlink()
    folder.symlink_to(tmp_path / "nowhere")
    assert published_finding(settings).verdict == "failed"
    folder.unlink()
    folder.touch()
    assert published_finding(settings).verdict == "failed"
    folder.unlink()
    folder.mkdir()
    assert published_finding(settings).verdict == "ok"
    assert list(folder.iterdir()) == []
