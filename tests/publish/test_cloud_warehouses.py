"""Published marts once more in a cloud warehouse. A file stands in for MotherDuck, which is a DuckDB too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
import sqlglot
from pydantic import SecretStr
from tests.publish.conftest import NOW

from zenhire_sync.check.local import readers_finding
from zenhire_sync.cli.redact import without_keys
from zenhire_sync.cli.unknown_variables import unknown_variables
from zenhire_sync.config import load_config
from zenhire_sync.engines.cloud import publishing
from zenhire_sync.engines.cloud.destinations import WAREHOUSES
from zenhire_sync.engines.cloud.mart_resources import declared_columns, sent_schema
from zenhire_sync.engines.duckdb_file.publishing.published_marts import published_tables
from zenhire_sync.engines.open import publish_elsewhere
from zenhire_sync.errors import AuditError, ConfigurationError, WarehouseError
from zenhire_sync.progress import Silent
from zenhire_sync.publish import PublishSummary, publish_marts
from zenhire_sync.settings import Home, Settings

SECRET = "planted-secret"
LOGIN = f"md:company?motherduck_token={SECRET}"
# Whatever a mart may have: names in capitals, each type, nulls and empty texts, signs of every kind.
ODD = """
create table zenhire_marts.odd (
    "BilledCost" decimal(38, 6) not null, share decimal(18, 4), seen_at timestamp, instant_at timestamptz,
    seen_date date, rating bigint, is_late boolean, ratio double, word varchar
);
insert into zenhire_marts.odd values
    (12345678901234567890.123456, 0.5, '2026-03-01 10:00:00.123456', '2026-03-01 10:00:00+02',
     '2026-03-01', 9007199254740993, true, 0.1, E'Über \\\\ "x"\n''; drop table x; --'),
    (-0.000001, null, null, null, null, null, null, null, ''),
    (0, null, null, null, null, null, null, null, null);
comment on table zenhire_marts.odd is 'It''s "odd" \\ 100 %s.';
comment on column zenhire_marts.odd."BilledCost" is 'In 100 %; it''s "x" \\.'
"""
COLUMNS = """
select table_name, column_name, data_type, is_nullable, comment from duckdb_columns()
where schema_name = 'zenhire_marts' and table_name in (
    select table_name from duckdb_tables() where schema_name = 'zenhire_marts'
) order by table_name, column_index
"""
TABLES = """
select table_name, comment from duckdb_tables()
where schema_name = 'zenhire_marts' order by table_name
"""
Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks the warehouse, or changes it."""
    path = tmp_path / "there.duckdb"

    def stand_in(credentials: dict[str, Any], **options: Any) -> Any:
        assert credentials == {"database": "company", "password": SECRET}
        return dlt.destinations.duckdb(str(path), **options)

    monkeypatch.setitem(WAREHOUSES, "motherduck", replace(WAREHOUSES["motherduck"], factory=stand_in))

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            found: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
            return found

    return ask


def sent(settings: Settings) -> PublishSummary:
    home = Home(destination="motherduck", url=SecretStr(LOGIN))
    return publish_marts(settings.with_readers_at(home), now=NOW)


def test_every_row_type_null_and_comment_is_there(
    settings: Settings, there: Ask, change_warehouse: Callable[[str], None]
) -> None:
    change_warehouse(ODD)
    done = sent(settings)
    assert done.elsewhere == ("motherduck company, schema zenhire_marts",)
    with duckdb.connect(done.place, read_only=True) as published:
        published.execute("set TimeZone = 'UTC'")
        for sql in (COLUMNS, TABLES):
            assert there(sql) == published.execute(sql).fetchall() != []
        for table, _ in there(TABLES):
            rows = f"from zenhire_marts.{table}"
            assert sorted(map(str, there(rows))) == sorted(map(str, published.execute(rows).fetchall()))


def test_nothing_of_a_person_stays_on_the_way(settings: Settings, there: Ask) -> None:
    there(
        "create schema zenhire_incoming; create table zenhire_incoming.left_by_a_dead_publish (word varchar)"
    )
    sent(settings)
    assert there("select distinct schema_name from duckdb_tables()") == [("zenhire_marts",)]
    assert [path for path in settings.state_dir.rglob("*") if "cloud" in path.name] == []
    # Nor what dlt notes for itself.
    assert there("select table_name from duckdb_tables() where table_name like '%dlt%'") == []


def test_the_next_night_takes_the_place_of_the_last(
    settings: Settings, there: Ask, change_warehouse: Callable[[str], None]
) -> None:
    change_warehouse(ODD)
    sent(settings)
    change_warehouse("delete from zenhire_marts.negative_feedback; drop table zenhire_marts.odd")
    change_warehouse("delete from zenhire_raw.session_feedback; delete from zenhire_marts.fct_feedback")
    change_warehouse("alter table zenhire_marts.fct_sessions drop column credits_charged")
    change_warehouse("alter table zenhire_marts.fct_sessions add column credits_charged bigint")
    change_warehouse("update zenhire_marts.fct_sessions set credits_charged = 10")
    change_warehouse("update zenhire_marts.credit_usage_daily set credits_charged = 20")
    change_warehouse("update zenhire_raw.sessions set credit_charged = 10")
    sent(settings)
    assert there("from zenhire_marts.negative_feedback") == []
    assert there("select distinct credits_charged from zenhire_marts.fct_sessions") == [(10,)]
    assert "odd" not in {name for name, _ in there(TABLES)}
    assert there("select negative_surveys from zenhire_marts.publication") == [(0,)]


def test_a_mart_with_other_columns_is_made_anew_and_a_teams_own_table_stays(
    settings: Settings, there: Ask, change_warehouse: Callable[[str], None]
) -> None:
    for columns in ("one bigint, two varchar", "one bigint not null, three varchar", "one integer, two date"):
        change_warehouse(f"create or replace table zenhire_marts.odd ({columns})")
        sent(settings)
        there("create table if not exists zenhire_marts.of_a_team as select 1 as one")
        with duckdb.connect(str(settings.published_path), read_only=True) as published:
            sql = COLUMNS.replace("order by", "and table_name <> 'of_a_team' order by")
            assert there(sql) == published.execute(sql).fetchall()
    there("drop table zenhire_marts.odd")
    sent(settings)
    assert there("from zenhire_marts.odd") == []


@pytest.mark.parametrize("refused", ["fct_feedback", "publication"])
def test_a_publish_that_fails_leaves_the_night_before(
    refused: str, settings: Settings, there: Ask, change_warehouse: Callable[[str], None]
) -> None:
    sent(settings)
    # A view of another program has the name: the table cannot be made anew, after others were.
    there(f"alter table zenhire_marts.{refused} rename to kept")
    there(f"create view zenhire_marts.{refused} as from zenhire_marts.kept")
    before = [there(f"from zenhire_marts.{name}") for name in ("credit_usage_daily", "kept")]
    change_warehouse("update zenhire_marts.credit_usage_daily set role_name = 'Cook'")
    with pytest.raises(WarehouseError, match=r"motherduck company: .*what is published here stays") as told:
        sent(settings)
    assert SECRET not in str(told.value)
    assert [there(f"from zenhire_marts.{name}") for name in ("credit_usage_daily", "kept")] == before
    assert settings.published_path.is_file()
    there(f"drop view zenhire_marts.{refused}; drop table zenhire_marts.kept")
    sent(settings)
    assert there("select distinct role_name from zenhire_marts.credit_usage_daily") == [("Cook",)]


def test_where_there_are_no_transactions_publication_is_last(
    settings: Settings,
    there: Ask,
    change_warehouse: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(WAREHOUSES, "motherduck", replace(WAREHOUSES["motherduck"], has_transactions=False))
    sent(settings)
    there("alter table zenhire_marts.publication rename to kept")
    there("create view zenhire_marts.publication as from zenhire_marts.kept")
    before = there("from zenhire_marts.kept")
    change_warehouse("update zenhire_marts.credit_usage_daily set role_name = 'Cook'")
    with pytest.raises(WarehouseError, match="publication"):
        sent(settings)
    # The others are newer than it says, never older.
    assert there("from zenhire_marts.publication") == before
    assert there("select distinct role_name from zenhire_marts.credit_usage_daily") == [("Cook",)]


def test_rows_that_did_not_arrive_are_never_shown(
    settings: Settings, there: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(settings)
    before = there("from zenhire_marts.publication")
    real = publishing._load

    def losing(*arguments: Any) -> Any:
        rows = real(*arguments)
        there("delete from zenhire_incoming.fct_sessions where session_id = 's1'")
        return rows

    monkeypatch.setattr(publishing, "_load", losing)
    with pytest.raises(AuditError, match="fct_sessions has 3 rows, 4 were sent"):
        sent(settings)
    assert there("select count(*) from zenhire_marts.fct_sessions") == [(4,)]
    assert there("from zenhire_marts.publication") == before


def test_a_warehouse_that_refuses_is_told_without_the_login(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(credentials: dict[str, Any], **options: Any) -> Any:
        return dlt.destinations.duckdb(f"/nowhere/{credentials['password']}/x.duckdb", **options)

    monkeypatch.setitem(WAREHOUSES, "motherduck", replace(WAREHOUSES["motherduck"], factory=refusing))
    with pytest.raises(WarehouseError, match=r"/nowhere/\(hidden\)/x") as told:
        sent(settings)
    assert SECRET not in str(told.value)
    both = settings.with_readers_at(Home(destination="motherduck", url=SecretStr(LOGIN)))
    [finding] = readers_finding(both)
    assert (finding.name, finding.verdict) == ("publish to", "failed")
    assert SECRET not in finding.found


def test_it_can_be_sent_alone(settings: Settings, there: Ask, publish: Callable[[], PublishSummary]) -> None:
    publish()
    both = settings.with_readers_at(Home(destination="motherduck", url=SecretStr(LOGIN)))
    [finding] = readers_finding(both)
    assert (finding.verdict, finding.found) == ("ok", "motherduck company, schema zenhire_marts")
    assert readers_finding(settings) == []
    assert publish_elsewhere(both, Silent()) == ("motherduck company, schema zenhire_marts",)
    assert there("select count(*) from zenhire_marts.publication") == [(1,)]


@pytest.mark.parametrize("target", sorted(WAREHOUSES))
def test_the_tables_that_are_declared_there_parse_in_its_sql(
    target: str,
    settings: Settings,
    change_warehouse: Callable[[str], None],
    publish: Callable[[], PublishSummary],
) -> None:
    """dlt's own words for the types, without its driver."""
    change_warehouse(ODD)
    publish()
    warehouse = WAREHOUSES[target]
    able = warehouse.factory().capabilities()
    dialect = able.sqlglot_dialect or target
    with published_tables(settings) as tables:
        assert [table.name for table in tables][-1] == "publication"
        for table in tables:
            columns = declared_columns(table, sent_schema(table, warehouse.most_whole_digits))
            types = {
                name: able.get_type_mapper().to_destination_type(column, {"name": table.name})
                for name, column in columns.items()
            }
            declared = ", ".join(f"{able.escape_identifier(name)} {kind}" for name, kind in types.items())
            [statement] = sqlglot.parse(
                f"create table zenhire_marts.{table.name} ({declared})", dialect=dialect
            )
            assert isinstance(statement, sqlglot.exp.Create)
            assert len(list(statement.find_all(sqlglot.exp.ColumnDef))) == len(table.columns)
            if table.name == "odd":
                assert types["BilledCost"] == _BILLED[target]


# P of BigQuery: NUMERIC(p, s) has 29 digits before the point at most.
_BILLED = {
    "snowflake": "NUMBER(38,6)",
    "bigquery": "NUMERIC(35,6)",
    "databricks": "DECIMAL(38,6)",
    "motherduck": "DECIMAL(38,6)",
}
_WRONG = {
    "no login": ("snowflake", None, "ZENHIRE_PUBLISH_CREDENTIALS is not set; write snowflake://"),
    "another scheme": ("snowflake", f"postgresql://u:{SECRET}@h/d", "has no host, no database"),
    "no database": ("snowflake", f"snowflake://u:{SECRET}@account", "has no database, which snowflake needs"),
    "no password": ("snowflake", "snowflake://u@account/db", "no password or private_key"),
    "half a JSON": ("databricks", f'{{"access_token": "{SECRET}",', "has no server_hostname, no http_path"),
    "no catalog": (
        "databricks",
        f'{{"server_hostname": "h", "http_path": "/x", "access_token": "{SECRET}"}}',
        "has no catalog, which databricks needs",
    ),
    "no service account": ("bigquery", f'{{"private_key": "{SECRET}"}}', "has no project_id"),
    "no token": ("motherduck", "md:company", "has no password, which motherduck needs"),
}


@pytest.mark.parametrize("name", _WRONG)
def test_a_login_that_cannot_be_one_is_told_before_the_night(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zenhire_sync.config.require_engine", lambda _: None)
    target, login, words = _WRONG[name]
    environ = {"ZENHIRE_PUBLISH_TO": target} | ({"ZENHIRE_PUBLISH_CREDENTIALS": login} if login else {})
    with pytest.raises(ConfigurationError) as told:
        load_config(environ, None)
    assert words in str(told.value)
    assert SECRET not in str(told.value)


def test_a_profile_for_each_that_says_it_is_not_tested() -> None:
    for target in WAREHOUSES:
        path = Path(__file__).parents[2] / "profiles" / f"{target}.toml"
        assert "not tested here" in path.read_text(encoding="utf-8")
    config = load_config({"ZENHIRE_PUBLISH_CREDENTIALS": LOGIN}, "motherduck")
    assert config.settings.publish_to == "motherduck"
    assert unknown_variables(config) == {}
    assert config.settings.readers is not None
    assert config.settings.readers.home.url == SecretStr(LOGIN)


@pytest.mark.skipif(find_spec("snowflake") is not None, reason="the driver is installed")
def test_a_driver_that_is_not_installed_is_told_before_the_night() -> None:
    with pytest.raises(ConfigurationError, match=r"pip install 'zenhire-sync\[snowflake\]'"):
        load_config({}, "snowflake")


@pytest.mark.parametrize(
    "login",
    [LOGIN, f"snowflake://u:{SECRET}@account/db", f'{{"access_token": "{SECRET}", "catalog": "main"}}'],
)
def test_no_output_repeats_a_login(login: str) -> None:
    text = without_keys(f"main said: {SECRET} in {login}", {"ZENHIRE_PUBLISH_CREDENTIALS": login})
    assert SECRET not in text
    assert text.startswith("main said")
