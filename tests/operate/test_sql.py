"""A look into the data with nothing else installed: read-only, no other file, and no night waits for it."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import duckdb
import pytest

from tests.operate.conftest import shell_for
from tests.transforms.warehouse import completed, write_raw
from zenhire_sync.cli.sql import _shown
from zenhire_sync.engines.duckdb_file.query import ask_published, ask_warehouse
from zenhire_sync.errors import ConfigurationError, LockHeldError, WarehouseError
from zenhire_sync.lock import exclusive
from zenhire_sync.settings import Settings

ENDLESS = "select sum(a.range * b.range) from range(10000000) as a, range(10000000) as b"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A published file with one mart and a warehouse with one session."""
    found = Settings(data_dir=tmp_path / "data")
    found.published_path.parent.mkdir(parents=True)
    with duckdb.connect(str(found.published_path)) as con:
        con.execute("create schema zenhire_marts")
        con.execute(
            "create table zenhire_marts.days as select range::int as n, 0.50::decimal(9,2) as ratio,"
            " timestamp '2026-03-01 02:00' as seen_at,"
            " case when range = 1 then 'a\x1b[2J' end as words from range(3)"
        )
    write_raw(found.warehouse_path, {"sessions": [completed("s1", "2026-02-01 10:00", 60)]})
    return found


def test_a_mart_is_asked_without_its_schema_and_a_raw_table_with_raw(settings: Settings) -> None:
    answer = ask_published(settings, "select n, words is null from days order by n;", None)
    assert (answer.columns[0], answer.rows, answer.is_cut) == ("n", ((0, True), (1, False), (2, True)), False)
    assert ask_warehouse(settings, "-- all\nfrom sessions select id", None).rows == (("s1",),)
    assert ask_published(settings, "describe days", None).rows[0][0] == "n"


def test_rows_that_are_left_out_are_told(settings: Settings) -> None:
    answer = ask_published(settings, "from days", 2)
    assert (len(answer.rows), answer.is_cut) == (2, True)
    assert "(the first 2 rows; --limit 0 shows all)" in _shown(answer, "table")
    assert not ask_published(settings, "from days", 3).is_cut


@pytest.mark.parametrize(
    "sql",
    [
        "selec 1",
        "",
        "from nothing_here",
        "select 1; select 2",
        "delete from days",
        "create table x as select 1",
        "create temp table x as select 1",
        "copy days to 'out.csv'",
        "export database 'out'",
        "attach 'out.duckdb'",
        "from read_csv('/etc/passwd')",
        "from '/etc/passwd'",
        "select * from read_text('/etc/hostname')",
        "from glob('*')",
        "set lock_configuration = false",
        "set enable_external_access = true",
        "install httpfs",
        "load icu",
        "checkpoint",
        "from settings",
    ],
)
@pytest.mark.parametrize("ask", [ask_published, ask_warehouse])
def test_what_is_no_question_is_refused_and_touches_nothing(
    settings: Settings, ask: object, sql: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    with pytest.raises(ConfigurationError) as caught:
        ask(settings, sql, None)  # type: ignore[operator]
    assert len(str(caught.value).splitlines()) == 1
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.file_only
def test_wrong_sql_is_one_line_and_exit_2_and_each_format_is_what_it_says(settings: Settings) -> None:
    shell = shell_for(settings.data_dir)
    wrong = shell("sql", "select nope from days")
    assert (wrong.exit_code, wrong.out, len(wrong.err.splitlines())) == (2, "", 1)
    assert "this SQL cannot be answered: Binder Error: " in wrong.err
    right = shell("sql", "select n, ratio, seen_at from days order by n limit 1")
    assert right.out == "n,ratio,seen_at\n0,0.5,2026-03-01T02:00:00\n"


def test_rows_are_the_same_in_every_format_and_a_strangers_words_move_no_cursor(settings: Settings) -> None:
    answer = ask_published(settings, "select n, ratio, words from days order by n", None)
    assert json.loads(_shown(answer, "json"))[1] == {"n": 1, "ratio": 0.5, "words": "a\x1b[2J"}
    assert _shown(answer, "csv").splitlines()[0] == "n,ratio,words"
    table = _shown(answer, "table")
    assert "\x1b" not in table
    assert table.splitlines()[3].split() == ["1", "0.50", r"a\x1b[2J"] or "a\\x1b[2J" in table
    assert table.endswith("(3 rows)")


def test_while_a_run_works_the_warehouse_is_not_asked_and_the_published_file_is(settings: Settings) -> None:
    with exclusive(settings.state_dir, "sync"):
        with pytest.raises(LockHeldError, match="in use by pid"):
            ask_warehouse(settings, "from sessions", None)
        assert len(ask_published(settings, "from days", None).rows) == 3


def test_a_night_that_begins_ends_a_question_that_would_hold_it_up(settings: Settings) -> None:
    with exclusive(settings.state_dir, "sync"):
        """The lock files are there now."""
    waited: list[float] = []

    def night() -> None:
        time.sleep(0.5)
        began = time.monotonic()
        with exclusive(settings.state_dir, "run"):
            waited.append(time.monotonic() - began)

    thread = threading.Thread(target=night)
    thread.start()
    with pytest.raises(LockHeldError, match="a run began"):
        ask_warehouse(settings, ENDLESS, None)
    thread.join()
    assert waited[0] < 8


@pytest.mark.parametrize("ask", [ask_published, ask_warehouse])
def test_a_file_that_is_missing_or_broken_is_named(tmp_path: Path, ask: object) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with pytest.raises(WarehouseError, match="zenhire-sync run"):
        ask(settings, "select 1", None)  # type: ignore[operator]
    for path in (settings.published_path, settings.warehouse_path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("no database" * 2000)
    with pytest.raises(WarehouseError, match="cannot be read"):
        ask(settings, "select 1", None)  # type: ignore[operator]
