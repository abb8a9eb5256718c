"""Intervals that readers compute are those of the literature, in whatever way the file is opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from zenhire_sync.engines.duckdb_file.opening import STORAGE_VERSION
from zenhire_sync.engines.duckdb_file.publishing.interval_macros import create_interval_macros
from zenhire_sync.warehouse.intervals import interval_functions

# R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in
# Medicine 17 (1998) 873-890, table II, method 10.
DIFFERENCES = [
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0000)),
    ((10, 10, 0, 10), (0.6075, 1.0000)),
]
# The same, Two-sided confidence intervals for the single proportion, 17 (1998) 857-872, table I, method 3.
SHARES = [
    ((81, 263), (0.2553, 0.3662)),
    ((15, 148), (0.0624, 0.1605)),
    ((0, 20), (0.0000, 0.1611)),
    ((1, 29), (0.0061, 0.1718)),
]

# the tables have four places
LAST_PLACE = 0.000051


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with the functions, in the oldest format that it is published in, closed again."""
    path = tmp_path / "zenhire.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as zenhire (storage_version '{STORAGE_VERSION}')")
        connection.execute("create schema zenhire.zenhire_marts")
        create_interval_macros(connection, "zenhire.zenhire_marts")
    return path


@pytest.fixture
def locked(path: Path) -> Iterator[Any]:
    """The file as a tool opens it that trusts its users with SQL and nothing else."""
    config = {"enable_external_access": "false", "autoload_known_extensions": "false"}
    with duckdb.connect(str(path), read_only=True, config=config) as connection:
        connection.execute("set lock_configuration = true")
        yield connection


def asked(connection: Any, name: str, counts: tuple[int | None, ...]) -> Any:
    places = ", ".join("?" for _ in counts)
    [(value,)] = connection.execute(f"select {name}({places})", list(counts)).fetchall()
    return value


@pytest.mark.parametrize(("counts", "expected"), DIFFERENCES)
def test_a_difference_has_the_interval_of_newcombes_table(
    locked: Any, counts: tuple[int, ...], expected: tuple[float, float]
) -> None:
    found = [asked(locked, f"zenhire_marts.newcombe_{end}", counts) for end in ("low", "high")]
    assert [float(value) for value in found] == pytest.approx(expected, abs=LAST_PLACE)


@pytest.mark.parametrize(("counts", "expected"), SHARES)
def test_a_share_has_the_interval_of_newcombes_table(
    locked: Any, counts: tuple[int, ...], expected: tuple[float, float]
) -> None:
    found = [asked(locked, f"zenhire_marts.wilson_{end}", counts) for end in ("low", "high")]
    assert [float(value) for value in found] == pytest.approx(expected, abs=LAST_PLACE)


def test_without_answers_there_is_no_interval(locked: Any) -> None:
    for counts in ((0, 0), (None, 5), (0, None)):
        assert asked(locked, "zenhire_marts.wilson_low", counts) is None
    assert asked(locked, "zenhire_marts.newcombe_high", (1, 2, 0, 0)) is None


def test_the_functions_are_found_where_the_file_is_attached(path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as mine (read_only)")
        for name, interval in interval_functions().items():
            counts = (3, 10, 1, 10)[: len(interval.parameters)]
            assert asked(connection, f"mine.zenhire_marts.{name}", counts) is not None
            connection.execute("use mine.zenhire_marts")
            assert asked(connection, name, counts) is not None
            connection.execute("use memory.main")


def test_the_functions_say_what_they_are(locked: Any) -> None:
    told = locked.execute(
        "select function_name, parameters, comment from duckdb_functions()"
        " where database_name = current_database() and schema_name = 'zenhire_marts'"
    ).fetchall()
    assert {name: (tuple(parameters), text) for name, parameters, text in told} == {
        name: (interval.parameters, interval.meaning) for name, interval in interval_functions().items()
    }
