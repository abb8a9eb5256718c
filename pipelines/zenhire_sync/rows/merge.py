"""What a batch of rows changes in the warehouse: only that is loaded, so a night without news writes nothing.

The comparison is a handful of set operations in an in-memory DuckDB over Arrow; no value of a row is ever
part of an SQL text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from zenhire_schemas.tables import SESSION_METADATA, SESSION_TAGS, SESSIONS
from zenhire_sync.rows.columns import API_COLUMNS, SessionTables, removal_rows, to_json

_KEPT = {"role_name", "language"}  # null once the persona is deleted (S); the last known value stays
_CHILDREN = {"tags": SESSION_TAGS, "metadata": SESSION_METADATA}
NOTHING_KNOWN = SessionTables(
    *(table.arrow_schema().empty_table() for table in (SESSIONS, SESSION_TAGS, SESSION_METADATA))
)
_JOINED = "incoming i left join known k on k.id = i.id"


@dataclass(frozen=True, slots=True)
class Stamp:
    """The run's time and id, and whether the rows come from detail answers."""

    now: datetime
    run_id: str
    is_detail: bool


@dataclass(slots=True)
class Changes:
    """Rows to load; ``new`` sessions, and ``repaired`` ones that were in the warehouse and differed.

    ``are_new`` when the warehouse had none of them, so that there is nothing to replace.
    """

    tables: SessionTables
    new: int
    repaired: int
    are_new: bool = False

    def take_tables(self) -> SessionTables:
        """The rows, which are not kept: a large window is not to be in memory twice."""
        tables, self.tables = self.tables, NOTHING_KNOWN
        return tables


def merge_sessions(incoming: SessionTables, known: SessionTables, stamp: Stamp) -> Changes:
    """The full new rows of those sessions that are new or differ from ``known``, with their children.

    A session whose detail was checked counts as changed: the time of the check is a fact to keep.
    ``known`` holds all columns of sessions; a child set that became empty comes as a marked row.
    """
    if not any(table.num_rows for table in (known.sessions, known.tags, known.metadata)):
        tables = stamp_new(incoming, stamp)
        return Changes(tables, new=tables.sessions.num_rows, repaired=0, are_new=True)
    with duckdb.connect() as con:
        _register(con, incoming, known)
        for name in _CHILDREN:
            con.execute(f"create temp table differing_{name} as {_difference_sql(name)}")
        con.execute(f"create temp table merged as {_merged_sql(stamp)}", [stamp.now, stamp.run_id])
        con.execute(f"create temp table changed as {_changed_sql(stamp)}")
        sessions = _fetch(con, "select * from merged where id in (select id from changed)")
        new = _count(con, "select count(*) from changed where not is_known")
        repaired = _count(con, "select count(*) from changed where is_known and differs")
        tables = SessionTables(
            sessions.cast(SESSIONS.arrow_schema()),
            _children(con, "tags"),
            _children(con, "metadata"),
        )
    return Changes(tables, new, repaired)


def stamp_new(incoming: SessionTables, stamp: Stamp) -> SessionTables:
    """Sessions that the warehouse does not have: nothing to compare with, so nothing to copy either."""
    values = {
        "deleted_at": None,
        "detail_checked_at": stamp.now if stamp.is_detail else None,
        "synced_at": stamp.now,
        "run_id": stamp.run_id,
    }
    sessions, count = incoming.sessions, incoming.sessions.num_rows
    schema = SESSIONS.arrow_schema()
    for name, value in values.items():
        sessions = sessions.append_column(
            schema.field(name), pa.repeat(pa.scalar(value, schema.field(name).type), count)
        )
    return SessionTables(sessions.select(schema.names).cast(schema), incoming.tags, incoming.metadata)


def _register(con: duckdb.DuckDBPyConnection, incoming: SessionTables, known: SessionTables) -> None:
    con.execute("set TimeZone = 'UTC'")
    con.register("incoming", _with_all_unknown_fields(incoming.sessions, known.sessions))
    con.register("known", known.sessions)
    con.register("incoming_tags", incoming.tags)
    con.register("known_tags", known.tags)
    con.register("incoming_metadata", incoming.metadata)
    con.register("known_metadata", known.metadata)


def _with_all_unknown_fields(incoming: pa.Table, known: pa.Table) -> pa.Table:
    """List and detail may each carry fields that the other does not: both are kept, newer values count."""
    remembered = dict(
        zip(*(known.column(name).to_pylist() for name in ("id", "unknown_fields")), strict=True)
    )
    remembered = {session_id: text for session_id, text in remembered.items() if text is not None}
    if not remembered:
        return incoming
    ids, texts = (incoming.column(name).to_pylist() for name in ("id", "unknown_fields"))
    merged = [_merged_json(remembered.get(i), text) for i, text in zip(ids, texts, strict=True)]
    place = incoming.schema.get_field_index("unknown_fields")
    return incoming.set_column(place, incoming.schema.field(place), pa.array(merged, type=pa.string()))


def _merged_json(known: str | None, incoming: str | None) -> str | None:
    if known is None or incoming is None:
        return incoming if known is None else known
    return to_json(dict(sorted({**json.loads(known), **json.loads(incoming)}.items())))


def _merged_sql(stamp: Stamp) -> str:
    picked = ", ".join(f"{_api_column(name, stamp)} as {name}" for name in API_COLUMNS)
    # Deleted because its detail answered 404: a list that still shows it is no proof that it lives. Deleted
    # because a complete list did not show it: being listed again is.
    gone = (
        "null" if stamp.is_detail else "case when k.detail_checked_at >= k.deleted_at then k.deleted_at end"
    )
    checked = "$1" if stamp.is_detail else "k.detail_checked_at"
    return (  # column names of our own declarations
        f"select {picked}, {gone} as deleted_at, {checked} as detail_checked_at, "
        f"$1 as synced_at, $2 as run_id from {_JOINED}"
    )


def _api_column(name: str, stamp: Stamp) -> str:
    if name in _KEPT:
        return f"coalesce(i.{name}, k.{name})"
    if name == "sent_id" and stamp.is_detail:
        # Only lists tell how an id is spelled.
        return "k.sent_id"
    return f"i.{name}"


def _changed_sql(stamp: Stamp) -> str:
    compared = [*API_COLUMNS, "deleted_at"]
    mine = ", ".join(f"m.{name}" for name in compared)
    theirs = ", ".join(f"k.{name}" for name in compared)
    differing = " union ".join(f"select session_id from differing_{name}" for name in _CHILDREN)
    always = "true" if stamp.is_detail else "false"
    return (  # column names of our own declarations
        f"with children as ({differing}), judged as (select m.id, k.id is not null as is_known, "
        f"(row({mine}) is distinct from row({theirs}) "
        "or m.id in (select session_id from children)) as differs "
        f"from merged m left join known k on k.id = m.id) select * from judged where differs or {always}"
    )


def _difference_sql(name: str) -> str:
    """Sessions whose child rows are not the same on both sides."""
    table = _CHILDREN[name]
    same = " and ".join(f"i.{column} = k.{column}" for column in table.key)
    differs = " or ".join(f"i.{column} is distinct from k.{column}" for column in table.column_names[:-1])
    return (  # column names of our own declarations
        f"select distinct coalesce(i.session_id, k.session_id) as session_id "
        f"from incoming_{name} i full join known_{name} k on {same} where {differs}"
    )


def _children(con: duckdb.DuckDBPyConnection, name: str) -> pa.Table:
    """Child sets that differ, whole; a marked row for each that became empty."""
    table = _CHILDREN[name]
    rows = _fetch(con, f"from incoming_{name} semi join differing_{name} using (session_id)")
    emptied = _fetch(con, f"from differing_{name} anti join incoming_{name} using (session_id)")
    marked = removal_rows(table, emptied.column("session_id").to_pylist())
    return pa.concat_tables([rows.cast(table.arrow_schema()), marked])


def _fetch(con: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    return con.sql(sql).to_arrow_table()


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(con.sql(sql).fetchall()[0][0])
