"""The marts as readers see them: all renewed in one transaction, in tables that stay where they are.

Renaming schemas or replacing views was tried and harms readers: one in a transaction would find its tables
empty, and a team's views would go on reading the old ones. DELETE and INSERT let every reader see one state,
and keep grants, comments, views and prepared statements.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg2.errors import DependentObjectsStillExist

from zenhire_schemas.names import MARTS_SCHEMA, RAW_SCHEMA
from zenhire_schemas.publication import COLUMNS, GRAIN
from zenhire_sync.engines.postgres.connecting import (
    connected,
    execute,
    place,
    published_place,
    query,
    transaction,
)
from zenhire_sync.engines.postgres.dbt_target import BUILT_SCHEMA
from zenhire_sync.engines.postgres.interval_functions import create_interval_functions
from zenhire_sync.engines.postgres.reader import PostgresReader
from zenhire_sync.errors import AuditError, WarehouseError
from zenhire_sync.progress import TABLES_COPIED, Progress
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.audit import (
    FRESHNESS,
    FRESHNESS_FACTS,
    PUBLICATION,
    STALE_AFTER_HOURS,
    audit_copy,
    audited,
)
from zenhire_sync.warehouse.port import PublishSummary
from zenhire_sync.warehouse.publication_row import publication_values

# A changed mart is made anew, which waits for those that read it; who reads for longer is not waited for.
_LOCK_TIMEOUT = "20s"
_AGE = "extract(epoch from (now() at time zone 'UTC' - data_until)) / 3600"
_AS_OF_READING = {
    "data_age_hours": "cast(case when data_until is not null"
    f" then greatest({_AGE}, 0) end as numeric(18, 4))",
    "is_stale": f"(data_until is null or {_AGE} > {STALE_AFTER_HOURS})",
}


def publish_marts(settings: Settings, *, now: datetime, as_built: bool, progress: Progress) -> PublishSummary:
    """Audits what was built, renews all marts and ``publication``, and commits all of it or nothing.

    Raises AuditError, and WarehouseError when the server refuses or a reader is in the way for too long.
    """
    with connected(settings, "publish") as connection:
        tables = _tables(connection, BUILT_SCHEMA)
        with renewing(connection):
            marts = audited(
                lambda: PostgresReader(connection, BUILT_SCHEMA),
                lambda: PostgresReader(connection, RAW_SCHEMA),
                tables,
                as_built=as_built,
            )
            values = publication_values(marts, now)
            Renewal(settings, connection, BUILT_SCHEMA).renew(tables, values, progress)
            audit_copy(PostgresReader(connection, MARTS_SCHEMA), marts.totals, marts.rows_by_table)
        analyze(connection, tables)
        size = _published_bytes(connection)
    return marts.summary(place=published_place(settings), parquet_path=None, size=size, published_at=now)


@contextmanager
def renewing(connection: Any) -> Iterator[None]:
    """A transaction that sees one state and gives up on readers that are in the way for too long."""
    with transaction(connection, "repeatable read"):
        execute(connection, f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
        yield


def analyze(connection: Any, tables: Sequence[str]) -> None:
    """Tells the server's planner of the new rows."""
    for table in (*map(_target, tables), PUBLICATION):
        execute(connection, f'analyze {MARTS_SCHEMA}."{table}"')


def _published_bytes(connection: Any) -> int:
    [(size,)] = query(
        connection,
        "select coalesce(sum(pg_total_relation_size(c.oid)), 0) from pg_class c"
        " where c.relnamespace = %s::regnamespace and c.relkind = 'r'",
        [MARTS_SCHEMA],
    )
    return int(size)


@dataclass(frozen=True, slots=True)
class Renewal:
    """Every mart from the tables of a schema, within a transaction of the caller's."""

    settings: Settings
    connection: Any
    source: str

    def renew(self, tables: Sequence[str], publication: Sequence[Any], progress: Progress) -> None:
        """Raises WarehouseError when somebody's view stands on a mart that must be made anew."""
        execute(self.connection, f"create schema if not exists {MARTS_SCHEMA}")
        for gone in self._published_before() - {*map(_target, tables)}:
            self._drop(f'table {MARTS_SCHEMA}."{gone}"', "is no more")
        for done, table in enumerate(tables):
            progress.advance(TABLES_COPIED, done, len(tables))
            self._renew(table)
        self._write_publication(publication)
        create_interval_functions(self.connection)
        progress.advance(TABLES_COPIED, len(tables), len(tables))

    def _published_before(self) -> set[str]:
        """Tables of ours that readers see. What else is in the schema is somebody's own."""
        if not _columns(self.connection, MARTS_SCHEMA, PUBLICATION):
            return set()
        told = query(self.connection, f"select rows_by_table from {MARTS_SCHEMA}.{PUBLICATION}")
        names = {_target(name) for (rows_by_table,) in told for name in json.loads(rows_by_table)}
        return {name for name in names if _columns(self.connection, MARTS_SCHEMA, name)}

    def _renew(self, table: str) -> None:
        target = _target(table)
        shown = _columns(self.connection, self.source, table)
        kept = {name: kind for name, kind in shown.items() if target == table or name not in _AS_OF_READING}
        there = _columns(self.connection, MARTS_SCHEMA, target)
        if there != kept:
            self._make(table, tuple(kept), is_there=bool(there))
        else:
            execute(self.connection, f'delete from {MARTS_SCHEMA}."{target}"')
        self._describe(table, target, "table")
        if target != table:
            self._describe(table, table, "view")
        names = _quoted(kept)
        execute(
            self.connection,
            f'insert into {MARTS_SCHEMA}."{target}" ({names}) select {names} from {self.source}."{table}"',
        )

    def _make(self, table: str, columns: Sequence[str], *, is_there: bool) -> None:
        """The mart with its present columns; who may read the old one may read the new one."""
        connection, target = self.connection, _target(table)
        name = f'{MARTS_SCHEMA}."{target}"'
        grants = _grants(connection, target) if is_there else []
        if is_there:
            if target != table:
                grants += _grants(connection, table)
                self._drop(f"view {MARTS_SCHEMA}.{table}")
            self._drop(f"table {name}")
        source = f'{self.source}."{table}"'
        execute(connection, f"create table {name} as select {_quoted(columns)} from {source} limit 0")
        required = query(
            connection,
            "select column_name from information_schema.columns where table_schema = %s and table_name = %s"
            " and is_nullable = 'NO'",
            [self.source, table],
        )
        for (column,) in required:
            if column in columns:
                execute(connection, f'alter table {name} alter "{column}" set not null')
        if target != table:
            self._make_freshness_view()
        for grant in grants:
            execute(connection, grant)

    def _drop(self, what: str, why: str = "has other columns now") -> None:
        try:
            execute(self.connection, f"drop {what}")
        except DependentObjectsStillExist as error:
            # Its detail names each: "view team.mine depends on table zenhire_marts.x".
            depending = ", ".join(sorted((error.diag.message_detail or "").split("\n")))
            raise WarehouseError(
                f"{place(self.settings)}: {what} {why}, and {depending}; drop that, publish, "
                "and make it again; what is published stays as it was"
            ) from None

    def _make_freshness_view(self) -> None:
        """``sync_freshness`` with its age as of when it is read."""
        columns = _columns(self.connection, self.source, FRESHNESS)
        shown = ", ".join(
            f"{_AS_OF_READING.get(name, _quoted([name]))} as {_quoted([name])}" for name in columns
        )
        view = f"{MARTS_SCHEMA}.{FRESHNESS}"
        execute(
            self.connection, f"create view {view} as select {shown} from {MARTS_SCHEMA}.{FRESHNESS_FACTS}"
        )

    def _describe(self, table: str, target: str, kind: str) -> None:
        """Comments of the table or view and its columns, where they differ."""
        sql = """
            select a.attname, col_description(a.attrelid, a.attnum) from pg_attribute a
            where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
            union all select null, obj_description(%s::regclass, 'pg_class')
        """
        source, name = f'{self.source}."{table}"', f'{MARTS_SCHEMA}."{target}"'
        there = dict(query(self.connection, sql, [name, name]))
        for column, comment in query(self.connection, sql, [source, source]):
            if column not in there or there[column] == comment:
                continue
            what = f"{kind} {name}" if column is None else f'column {name}."{column}"'
            execute(self.connection, f"comment on {what} is %s", [comment])

    def _write_publication(self, values: Sequence[Any]) -> None:
        name, connection = f"{MARTS_SCHEMA}.{PUBLICATION}", self.connection
        columns = ", ".join(f"{column} {kind}" for column, (kind, _) in COLUMNS.items())
        if not _columns(connection, MARTS_SCHEMA, PUBLICATION):
            execute(connection, f"create table {name} ({columns})")
            execute(connection, f"comment on table {name} is %s", [GRAIN])
            for column, (_, description) in COLUMNS.items():
                execute(connection, f"comment on column {name}.{column} is %s", [description])
        execute(connection, f"delete from {name}")
        places = ", ".join(["%s"] * len(values))
        execute(connection, f"insert into {name} ({', '.join(COLUMNS)}) values ({places})", list(values))


def _grants(connection: Any, table: str) -> list[str]:
    rows = query(
        connection,
        "select grantee, privilege_type, is_grantable from information_schema.table_privileges"
        " where table_schema = %s and table_name = %s and grantee <> current_user",
        [MARTS_SCHEMA, table],
    )
    statements = []
    for grantee, privilege, is_grantable in rows:
        to = "public" if grantee == "PUBLIC" else f'"{grantee}"'
        option = " with grant option" if is_grantable == "YES" else ""
        statements.append(f'grant {privilege} on {MARTS_SCHEMA}."{table}" to {to}{option}')
    return statements


def _tables(connection: Any, schema: str) -> tuple[str, ...]:
    sql = "select tablename from pg_tables where schemaname = %s order by tablename"
    tables = tuple(name for (name,) in query(connection, sql, [schema]))
    if not tables:
        raise AuditError(
            "not published: there are no marts yet; run `zenhire-sync build`, then publish again"
        )
    return tables


def _columns(connection: Any, schema: str, table: str) -> dict[str, str]:
    sql = """
        select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a
        join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = %s and c.relname = %s and a.attnum > 0 and not a.attisdropped order by a.attnum
    """
    return dict(query(connection, sql, [schema, table]))


def _target(table: str) -> str:
    return FRESHNESS_FACTS if table == FRESHNESS else table


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
