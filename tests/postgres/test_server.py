"""How the server is reached, who may work on it, and what becomes of a run when it goes away."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import psycopg2
import pyarrow as pa
import pytest
from pydantic import SecretStr

from tests.transforms.warehouse import NOW, sync_run
from zenhire_schemas.tables import RAW_TABLES
from zenhire_sync.cli.redact import without_keys
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.engines.postgres import advisory_lock, connecting
from zenhire_sync.engines.postgres.connecting import connected, query
from zenhire_sync.errors import ConfigurationError, LockHeldError, WarehouseError
from zenhire_sync.publish import publish_marts
from zenhire_sync.settings import Home, Settings

Ask = Callable[..., list[tuple[Any, ...]]]


def at(settings: Settings, url: str) -> Settings:
    return settings.at(Home(destination="postgres", url=SecretStr(url)))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "postgresql://postgres@127.0.0.1:1/x",
            r"cannot be reached: connection to server .* check ZENHIRE_POSTGRES_URL",
        ),
        ("postgresql://postgres@no.such.host.invalid/x", "cannot be reached: .*translate host name"),
    ],
)
def test_no_server_is_one_clear_line(settings: Settings, url: str, message: str) -> None:
    with pytest.raises(WarehouseError, match=message):
        warehouse_of(at(settings, url)).raw_tables()


def test_an_address_that_is_none_is_told_without_its_password(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="cannot be understood") as told:
        warehouse_of(at(settings, "hunter2 this is no address")).raw_tables()
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    ["postgresql://me:s3cret%21pw@host/db", "host=host password=s3cret!pw", "host=h password='s3cret!pw'"],
)
def test_a_password_is_hidden_in_whatever_is_printed(url: str) -> None:
    told = without_keys("with s3cret!pw and s3cret%21pw", {"ZENHIRE_POSTGRES_URL": url})
    assert "s3cret!pw" not in told
    assert url not in without_keys(url, {"ZENHIRE_POSTGRES_URL": url})


def test_a_database_that_is_not_there(settings: Settings, postgres: Any) -> None:
    with pytest.raises(
        WarehouseError, match=r'database "nowhere" does not exist; name a database that exists'
    ):
        warehouse_of(at(settings, postgres.url("nowhere"))).raw_tables()


def test_times_are_utc_whatever_the_server_is_set_to(settings: Settings) -> None:
    with connected(settings) as connection:
        assert query(connection, "show timezone") == [("UTC",)]


def test_two_runs_at_once_and_the_name_of_the_first(settings: Settings, tmp_path: Any) -> None:
    elsewhere = settings.model_copy(update={"data_dir": tmp_path}).at(settings.home)
    with warehouse_of(settings).exclusive("sync"):
        with (
            pytest.raises(LockHeldError, match=rf"in use by pid {os.getpid()} on .* \(sync, since "),
            warehouse_of(elsewhere).exclusive("reconcile"),
        ):
            pass
        with warehouse_of(elsewhere).glimpse() as seen:
            assert seen.reader is not None
            assert seen.holder is not None
            assert (seen.holder.pid, seen.holder.command) == (os.getpid(), "sync")
        with pytest.raises(LockHeldError), warehouse_of(elsewhere).undisturbed():
            pass
    with warehouse_of(elsewhere).exclusive("reconcile"):
        pass


def test_a_look_makes_a_run_wait_and_not_fail(settings: Settings, tmp_path: Any) -> None:
    elsewhere = settings.model_copy(update={"data_dir": tmp_path}).at(settings.home)
    looking, may_end = threading.Event(), threading.Event()

    def look() -> None:
        with warehouse_of(elsewhere).undisturbed():
            looking.set()
            may_end.wait(5)

    thread = threading.Thread(target=look)
    thread.start()
    assert looking.wait(5)
    threading.Timer(0.3, may_end.set).start()
    with warehouse_of(settings).exclusive("sync"):
        assert may_end.is_set()
    thread.join()


def test_a_pooler_in_transaction_mode_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pooled:
        """A connection whose own number is not that of the server's session."""

        def __init__(self, connection: Any) -> None:
            self.connection = connection

        def __getattr__(self, name: str) -> Any:
            return getattr(self.connection, name)

        @property
        def info(self) -> Any:
            return type("Info", (), {"backend_pid": -1})()

    lent = iter([[(7,)], [(7,)]])
    with connected(settings) as connection:
        monkeypatch.setattr(connecting, "query", lambda *_: next(lent))
        with pytest.raises(ConfigurationError, match="pooler"):
            connecting.require_own_session(settings, Pooled(connection))
    kept = iter([[(7,)], [(8,)]])
    monkeypatch.undo()
    with connected(settings) as connection:
        monkeypatch.setattr(connecting, "query", lambda *_: next(kept))
        connecting.require_own_session(settings, Pooled(connection))


def test_a_role_that_may_only_read_is_told_so(settings: Settings, ask: Ask, postgres: Any) -> None:
    if not ask("select 1 from pg_roles where rolname = 'only_reads'"):
        ask("create role only_reads login; grant usage on schema zenhire_raw to only_reads")
        ask("grant select on all tables in schema zenhire_raw to only_reads")
    as_reader = at(settings, postgres.url().replace("postgres@", "only_reads@"))
    [found] = warehouse_of(as_reader).findings()
    assert (found.verdict, found.is_configuration) == ("failed", True)
    assert "may not make schemas" in found.found
    with pytest.raises(WarehouseError, match="must be owner of schema zenhire_built; grant that to the role"):
        warehouse_of(as_reader).switch_marts()


def test_a_server_that_only_reads_is_told_so(settings: Settings, ask: Ask) -> None:
    ask("alter database postgres set default_transaction_read_only = on")
    try:
        with pytest.raises(WarehouseError, match="read-only transaction; it only reads, as a replica does"):
            warehouse_of(settings).switch_marts()
    finally:
        ask(
            "begin; set transaction read write;"
            " alter database postgres reset default_transaction_read_only; commit"
        )


def test_a_session_that_the_server_ends_is_one_clear_line(settings: Settings, ask: Ask) -> None:
    def cut_off() -> None:
        with warehouse_of(settings).reading() as reader:
            ask(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name like 'zenhire-sync%'"
            )
            reader.rows("select 1 as one")

    with pytest.raises(WarehouseError, match=r"run again( once it is up)?: nothing is lost"):
        cut_off()


def test_a_question_is_one_select_and_changes_nothing(settings: Settings) -> None:
    warehouse = warehouse_of(settings)
    answer = warehouse.ask("select count(*) as n from sessions where id <> ';';", 5, raw=True)
    assert (answer.columns, answer.rows) == (("n",), ((2,),))
    for sql in (
        "select 1; drop table sessions",
        "delete from sessions",
        "select 1;commit;drop table sessions",
    ):
        with pytest.raises(ConfigurationError):
            warehouse.ask(sql, 5, raw=True)


def test_a_run_that_lost_its_lock_to_another_loads_nothing_more(settings: Settings) -> None:
    stranger = "zenhire-sync sync 7@elsewhere"
    with warehouse_of(settings).loading() as loader, connected(settings) as other:
        query(other, f"select set_config('application_name', '{stranger}', false)")
        query(other, f"select pg_try_advisory_lock({advisory_lock.LOCK_KEY})")
        with pytest.raises(LockHeldError, match=r"in use by pid 7 on elsewhere .* nothing is lost"):
            loader.load(_one_run())


def _one_run() -> dict[str, Any]:
    [runs] = [table for table in RAW_TABLES if table.name == "sync_runs"]
    row = dict.fromkeys(runs.column_names)
    return {"sync_runs": pa.Table.from_pylist([{**row, **sync_run("lost")}], schema=runs.arrow_schema())}


def test_the_role_of_readers_may_read_the_marts_and_nothing_else(
    settings: Settings, ask: Ask, connect: Callable[..., Any]
) -> None:
    ask(warehouse_of(settings).reader_grants())
    try:
        ask("create role anna login; grant zenhire_reader to anna")
        publish_marts(settings, now=NOW, as_built=True)
        anna = connect("anna")
        assert ask("select count(*) from zenhire_marts.fct_sessions", anna) == [(2,)]
        for table in ("zenhire_raw.sessions", "zenhire_built.fct_sessions"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                ask(f"select count(*) from {table}", anna)
    finally:
        ask("drop schema zenhire_marts cascade; drop owned by zenhire_reader; drop role anna")
        ask("drop role zenhire_reader")
