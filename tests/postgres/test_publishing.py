"""A publication on a server: readers see one state or the other, and keep what they have made of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
import yaml

from tests.transforms.warehouse import NOW
from zenhire_schemas.names import CONTRACT, DOCUMENTS
from zenhire_sync.engines.postgres import publishing
from zenhire_sync.errors import AuditError, WarehouseError
from zenhire_sync.publish import PublishSummary
from zenhire_sync.settings import Settings

Ask = Callable[..., list[tuple[Any, ...]]]
Publish = Callable[..., PublishSummary]
CREDITS = "select sum(credits_charged) from zenhire_marts.credit_usage_daily"


@pytest.fixture
def reader(ask: Ask, publish: Publish, connect: Callable[..., Any]) -> Any:
    """A connection of a role that may only read, in no transaction."""
    publish()
    ask("create role zenhire_reader login")
    ask("grant usage on schema zenhire_marts to zenhire_reader")
    ask("grant select on all tables in schema zenhire_marts to zenhire_reader")
    return connect("zenhire_reader")


def double_the_credits(ask: Ask) -> None:
    for table in ("zenhire_built.credit_usage_daily", "zenhire_built.fct_sessions"):
        ask(f"update {table} set credits_charged = credits_charged * 2")
    ask("update zenhire_raw.sessions set credit_charged = credit_charged * 2")


def halve_them_again(ask: Ask) -> None:
    for table in ("zenhire_built.credit_usage_daily", "zenhire_built.fct_sessions"):
        ask(f"update {table} set credits_charged = credits_charged / 2")
    ask("update zenhire_raw.sessions set credit_charged = credit_charged / 2")


def test_a_publication_tells_what_it_is(ask: Ask, publish: Publish) -> None:
    done = publish()
    [(sessions, credits_charged, negative, published_at)] = ask(
        "select sessions, credits_charged, negative_surveys, published_at from zenhire_marts.publication"
    )
    assert (sessions, credits_charged, negative) == (2, done.credits_charged, 1)
    assert published_at.replace(tzinfo=UTC) == done.published_at
    assert done.place.endswith("schema zenhire_marts")
    assert ask(
        "select comment from (select obj_description('zenhire_marts.fct_sessions'::regclass) as comment) x"
    ) != [(None,)]
    assert ask("select count(*), bool_or(is_stale) from zenhire_marts.sync_freshness")[0][1] is True
    assert ask("select count(*) from zenhire_marts.sync_freshness") == [(len(done.rows_by_table) - 1,)]


def test_a_reader_in_a_transaction_sees_one_state_and_the_next_one_the_other(
    ask: Ask, publish: Publish, reader: Any
) -> None:
    ask("begin isolation level repeatable read", reader)
    before = ask(CREDITS, reader)
    double_the_credits(ask)
    try:
        publish()
        assert ask(CREDITS, reader) == before
        ask("commit", reader)
        assert ask(CREDITS, reader) == [(2 * before[0][0],)]
    finally:
        halve_them_again(ask)


def test_a_teams_view_and_prepared_statement_go_on_and_show_the_new_rows(
    ask: Ask, publish: Publish, reader: Any
) -> None:
    ask("create schema if not exists team; create or replace view team.mine as " + CREDITS)
    ask("prepare mine as " + CREDITS, reader)
    [(before,)] = ask("execute mine", reader)
    double_the_credits(ask)
    try:
        publish()
        assert ask("execute mine", reader) == ask("select * from team.mine") == [(2 * before,)]
    finally:
        halve_them_again(ask)
        ask("drop schema team cascade")


def test_a_mart_with_other_columns_is_made_anew_and_keeps_its_readers(
    ask: Ask, publish: Publish, reader: Any
) -> None:
    ask("alter table zenhire_built.dim_project add column colour text default 'green'")
    try:
        publish()
        assert ask("select distinct colour from zenhire_marts.dim_project", reader) == [("green",)]
    finally:
        ask("alter table zenhire_built.dim_project drop column colour")
    publish()
    assert "colour" not in {
        name
        for (name,) in ask(
            "select column_name from information_schema.columns where table_schema = 'zenhire_marts'"
        )
    }


def test_a_view_on_a_mart_that_must_change_is_named_and_never_dropped(ask: Ask, publish: Publish) -> None:
    publish()
    ask("create schema team; create view team.projects as select project_key from zenhire_marts.dim_project")
    ask("alter table zenhire_built.dim_project add column colour text")
    before = ask("select published_at from zenhire_marts.publication")
    try:
        with pytest.raises(WarehouseError, match=r"other columns now, and view team\.projects depends on"):
            publish()
        assert ask("select published_at from zenhire_marts.publication") == before
        assert ask("select count(*) from team.projects") != [(0,)]
    finally:
        ask("alter table zenhire_built.dim_project drop column colour; drop schema team cascade")


def test_a_reader_that_is_in_the_way_for_too_long_is_not_waited_for(
    ask: Ask, publish: Publish, reader: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "_LOCK_TIMEOUT", "300ms")
    ask("begin", reader)
    ask("select count(*) from zenhire_marts.dim_project", reader)
    ask("alter table zenhire_built.dim_project add column colour text")
    try:
        with pytest.raises(WarehouseError, match="lock timeout; somebody else holds a lock"):
            publish()
        ask("commit", reader)
        publish()
    finally:
        ask("alter table zenhire_built.dim_project drop column colour")


def test_marts_older_than_the_last_good_sync_are_not_published(ask: Ask, publish: Publish) -> None:
    ask(
        "insert into zenhire_raw.sync_runs (run_id, command, outcome, as_of, started_at, finished_at)"
        f" values ('newer', 'sync', 'done', '{NOW}', '{NOW}', timestamptz '{NOW}' + interval '1 day')"
    )
    try:
        with pytest.raises(AuditError, match="the marts are older than the sync that ended at"):
            publish()
        assert publish(as_built=True).negative_surveys == 1
    finally:
        ask("delete from zenhire_raw.sync_runs where run_id = 'newer'")


def test_a_mart_that_lost_a_row_is_not_published(ask: Ask, publish: Publish) -> None:
    before = publish()
    ask("create table zenhire_built.kept as select * from zenhire_built.negative_feedback")
    ask("delete from zenhire_built.negative_feedback")
    try:
        with pytest.raises(AuditError, match="negative_feedback has 0 rows, 1 raw surveys are flagged"):
            publish()
        assert ask("select count(*) from zenhire_marts.negative_feedback") == [(before.negative_surveys,)]
    finally:
        ask("insert into zenhire_built.negative_feedback select * from zenhire_built.kept")
        ask("drop table zenhire_built.kept")


def test_a_mart_that_is_no_more_goes_and_what_a_team_keeps_there_stays(
    ask: Ask, publish: Publish, connect: Callable[..., Any]
) -> None:
    ask("create table zenhire_built.passing as select 1 as one")
    publish()
    ask("create table zenhire_marts.a_teams_own as select one from zenhire_marts.passing")
    ask("drop table zenhire_built.passing; create schema team")
    ask("create view team.mine as select one from zenhire_marts.passing")
    with pytest.raises(WarehouseError, match=r"passing\" is no more, and view team\.mine depends on"):
        publish()
    ask("drop schema team cascade")
    publish()
    assert ask(
        "select to_regclass('zenhire_marts.passing'), (select one from zenhire_marts.a_teams_own)"
    ) == [(None, 1)]
    ask("drop table zenhire_marts.a_teams_own")


def test_the_contract_of_a_server_names_it_and_no_login(settings: Settings, publish: Publish) -> None:
    publish()
    folder = settings.published_path.parent
    assert {path.name for path in folder.iterdir()} == {*DOCUMENTS}
    [place] = yaml.safe_load((folder / CONTRACT).read_text("utf-8"))["servers"]
    assert set(place) == {"server", "type", "host", "port", "database", "schema"}
    assert (place["type"], place["schema"]) == ("postgres", "zenhire_marts")


def test_a_reader_computes_the_intervals_that_the_marts_have(ask: Ask, publish: Publish, reader: Any) -> None:
    columns = (
        "select negative_rate_low, negative_rate_high,"
        " zenhire_marts.wilson_low(negative_responses, responses),"
        " zenhire_marts.wilson_high(sum(negative_responses), sum(responses)),"
        " zenhire_marts.newcombe_low(56, 70, 48, 80), zenhire_marts.newcombe_high(56, 70, 48, 80)"
        " from zenhire_marts.feedback_by_persona group by 1, 2, 3"
    )
    [(low, high, own_low, own_high, least, most)] = ask(columns, reader)
    assert (own_low, own_high, str(least), str(most)) == (low, high, "0.052431", "0.333873")
    # A view of a team's that uses one survives the next night.
    ask("create view public.kept as select zenhire_marts.wilson_low(1, 2) as low")
    publish()
    assert ask("select low is not null from public.kept") == [(True,)]
    ask("drop view public.kept")
