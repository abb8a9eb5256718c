"""A disk that cannot hold what a list brings: told before hours of requests, and never where it would fit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.sync.world import World, world
from zenhire_sync.errors import WarehouseError
from zenhire_sync.progress import Silent
from zenhire_sync.settings import Settings
from zenhire_sync.simulator import Company, CompanySpec
from zenhire_sync.sync import room
from zenhire_sync.sync.room import RoomWatch

pytestmark = pytest.mark.file_only


class Disk:
    """A disk of which so much is free."""

    def __init__(self, megabytes: float) -> None:
        self.free = int(megabytes * 1e6)

    def __call__(self, _: Path) -> int:
        return self.free


@pytest.fixture(autouse=True)
def at_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "SECONDS_BETWEEN_LOOKS", 0)


def watch(tmp_path: Path, disk: Disk) -> RoomWatch:
    return RoomWatch(Settings(data_dir=tmp_path / "data"), Silent(), disk)


def test_a_full_disk_is_told_before_the_first_request(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"has 2\.0 MB free, and a sync needs 8 MB or more; make room"):
        watch(tmp_path, Disk(2))


def test_a_list_that_cannot_fit_is_told_after_its_first_page(tmp_path: Path) -> None:
    watched = watch(tmp_path, Disk(150))
    watched.advance("sessions listed", 100, 500_000)
    with pytest.raises(WarehouseError, match=r"1,999,900 more sessions need 242 MB or more"):
        watched.advance("sessions listed", 100, 2_000_000)


def test_a_total_beyond_all_reason_refuses_nothing(tmp_path: Path) -> None:
    watch(tmp_path, Disk(150)).advance("sessions listed", 100, 10**12)


def test_a_disk_that_fills_while_the_list_is_read_stops_it(tmp_path: Path) -> None:
    disk = Disk(20)
    watched = watch(tmp_path, disk)
    watched.advance("sessions listed", 100_000, None)
    disk.free = 10_000_000
    with pytest.raises(WarehouseError, match="keeping what was read needs 16 MB or more"):
        watched.advance("sessions listed", 100_000, None)


def test_a_night_needs_little_however_much_it_lists(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "warehouse.duckdb").touch()
    disk = Disk(9)
    watched = watch(tmp_path, disk)
    watched.advance("sessions listed", 100, 2_000_000)
    disk.free = 5_000_000
    with pytest.raises(WarehouseError, match="going on needs 8 MB"):
        watched.advance("details read", 5, 100)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    company = Company(CompanySpec(sessions=120, days=20, personas=2))
    with world(tmp_path, company, company.settled_at) as found:
        yield found


def test_what_was_read_before_the_disk_filled_is_kept(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    free = chain([100e6] * 3, repeat(1e6))
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: SimpleNamespace(free=next(free)))
    with pytest.raises(WarehouseError, match="MB free"):
        here.night()
    assert here.query("select outcome from sync_runs") == [("failed",)]
    assert here.query("select count(*) > 0 from sessions") == [(True,)]
