"""The command line that people have is older than our DuckDB: it must open what we write."""

from __future__ import annotations

import struct
from pathlib import Path

import duckdb
import pytest

from tests.sync.world import World
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.settings import Settings

# What DuckDB 1.4 and 1.5 open: the number stands behind the magic bytes of a file.
NEWEST_THAT_1_4_OPENS = 68
V1_4 = "v1.4.0+"


def version_of(path: Path) -> tuple[int, str]:
    """The number in the file's header, and what DuckDB says of it."""
    number: int
    (number,) = struct.unpack_from("<Q", path.read_bytes()[:20], 12)
    with duckdb.connect(str(path), read_only=True) as con:
        [(tags,)] = con.execute(
            "select tags from duckdb_databases() where database_name = current_database()"
        ).fetchall()
    return number, tags["storage_version"]


@pytest.mark.file_only
def test_the_warehouse_can_be_opened_by_the_command_line_that_people_have(here: World) -> None:
    here.night()
    number, told = version_of(here.settings.warehouse_path)
    assert told == V1_4
    assert number <= NEWEST_THAT_1_4_OPENS
    warehouse_of(here.settings).scrub()
    assert version_of(here.settings.warehouse_path) == (number, told)


def test_a_warehouse_of_an_earlier_version_keeps_its_own_when_it_is_rewritten(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with duckdb.connect(str(settings.warehouse_path)) as con:
        con.execute("create schema zenhire_raw; create table zenhire_raw.sessions as select 1 as id")
    before = version_of(settings.warehouse_path)
    assert before[0] > NEWEST_THAT_1_4_OPENS
    warehouse_of(settings).scrub()
    assert version_of(settings.warehouse_path) == before
