"""The published file once more in a database: the same rows, and what readers made of them stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from tests.transforms.warehouse import NOW
from zenhire_sync.engines.open import publish_elsewhere
from zenhire_sync.errors import WarehouseError
from zenhire_sync.marts import build_marts
from zenhire_sync.progress import Silent
from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Profile, Settings

Ask = Callable[..., list[tuple[Any, ...]]]
OF_THE_READING = "data_age_hours"


@pytest.mark.slow
def test_what_is_published_is_in_the_database_too(file: Settings, settings: Settings, ask: Ask) -> None:
    both = file.with_readers_at(settings.home)
    build_marts(both, Profile(name="duckdb", description="test"), NOW)
    done = publish_marts(both, now=NOW + timedelta(hours=1), progress=Silent())
    assert done.elsewhere == ("PostgreSQL database postgres on 127.0.0.1, schema zenhire_marts",)
    with duckdb.connect(done.place, read_only=True) as published:
        published.execute("set TimeZone = 'UTC'")
        for table in (*done.rows_by_table, "publication"):
            names = [name for (name, *_) in published.execute(f"describe zenhire_marts.{table}").fetchall()]
            shown = ", ".join(f'"{name}"' for name in names if name != OF_THE_READING)
            sql = f"select {shown} from zenhire_marts.{table}"
            assert sorted(map(str, ask(sql))) == sorted(map(str, published.execute(sql).fetchall())), table
        comments = published.execute("select comment from duckdb_tables() where table_name = 'fct_sessions'")
        assert ask("select obj_description('zenhire_marts.fct_sessions'::regclass)") == comments.fetchall()


@pytest.mark.slow
def test_a_teams_view_there_goes_on_and_is_never_dropped(
    file: Settings, settings: Settings, ask: Ask
) -> None:
    both = file.with_readers_at(settings.home)
    build_marts(both, Profile(name="duckdb", description="test"), NOW)
    publish_marts(both, now=NOW + timedelta(hours=1), progress=Silent())
    ask("create schema team; create view team.mine as select count(*) as n from zenhire_marts.fct_sessions")
    try:
        publish_elsewhere(both, Silent())
        assert ask("select n from team.mine") == [(2,)]
        ask("alter table zenhire_marts.fct_sessions rename column tags to labels")
        with pytest.raises(WarehouseError, match=r"view team\.mine depends on"):
            publish_elsewhere(both, Silent())
    finally:
        ask("drop schema team cascade")
