"""Takes the people out of the raw tables, in one transaction that the figures must survive unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zenhire_schemas.tables import (
    MARTS_SCHEMA,
    RAW_SCHEMA,
)
from zenhire_sync.erase.people import Found
from zenhire_sync.errors import WarehouseError
from zenhire_sync.rows.person import PERSONAL_COLUMNS, PLAIN_REASON
from zenhire_sync.warehouse.orphans import ORPHAN_DELETES

# Made from the raw tables: built again without the person. The last one is where dlt stages its loads.
_DERIVED_SCHEMAS = (MARTS_SCHEMA, "zenhire_staging", f"{RAW_SCHEMA}_staging")


@dataclass(frozen=True, slots=True)
class Figures:
    """What an erasure must not change."""

    sessions: int
    credits_charged: int
    interview_seconds: int
    surveys: int
    negative_surveys: int
    ratings_total: int


@dataclass(frozen=True, slots=True)
class Removal:
    """What was taken out, and the figures before and after.

    ``mentioning`` are sessions of others whose metadata or tags repeat the reference.
    """

    sessions: int
    newly_erased: int
    metadata_entries: int
    comments: int
    rejected_rows: int
    mentioning: tuple[str, ...]
    before: Figures
    after: Figures


def remove_people(connection: Any, found: Found, now: datetime) -> Removal:
    """Remembers whom, empties their fields, drops what was built from them, and commits all of it or nothing.

    Raises WarehouseError when a figure would change.
    """
    connection.execute(
        "create temp table erasing as select unnest(?::varchar[]) as id", [list(found.session_ids)]
    )
    connection.execute(
        "create temp table rejecting as select unnest(?::varchar[]) as id", [list(found.rejected_ids)]
    )
    connection.execute("begin transaction")
    _drop_orphans(connection)
    before = read_figures(connection)
    newly = _remember(connection, found, now)
    counts = _empty(connection, found)
    for schema in _DERIVED_SCHEMAS:
        connection.execute(f"drop schema if exists {schema} cascade")
    after = read_figures(connection)
    if after != before:
        connection.execute("rollback")
        raise WarehouseError(f"nothing was erased: it would turn {before} into {after}; this is a defect")
    mentioning = _mentioning(connection, found)
    connection.execute("commit")
    return Removal(len(found.session_ids), newly, *counts, mentioning, before, after)


def mark_finished(connection: Any, now: datetime) -> None:
    """Notes that no file holds the erased any more."""
    connection.execute("update erased_sessions set finished_at = ? where finished_at is null", [now])


def read_figures(connection: Any) -> Figures:
    """The figures as they are."""
    sessions = connection.execute(
        "select count(*), coalesce(sum(credit_charged), 0), coalesce(sum(duration_sec), 0) from sessions"
    ).fetchone()
    surveys = connection.execute(
        "select count(*), count(*) filter (where flagged), coalesce(sum(rating), 0) from session_feedback"
    ).fetchone()
    return Figures(*map(int, (*sessions, *surveys)))


def _drop_orphans(connection: Any) -> None:
    """What a killed run left without its session may be anybody's; the next sync would drop it too."""
    for statement in ORPHAN_DELETES:
        connection.execute(statement)


def _remember(connection: Any, found: Found, now: datetime) -> int:
    connection.execute(
        "update erased_sessions set finished_at = null where session_id in (select id from erasing)"
    )
    newly = _changed(
        connection,
        "insert into erased_sessions (session_id, erased_at)"
        " select id, ? from erasing anti join erased_sessions on session_id = id",
        now,
    )
    for salt, mark in found.marks:
        connection.execute(
            "insert into erased_candidates (candidate_mark, salt, erased_at) select $1, $2, $3"
            " where $1 not in (select candidate_mark from erased_candidates)",
            [mark, salt, now],
        )
    return newly


def _empty(connection: Any, found: Found) -> tuple[int, int, int]:
    """Metadata entries, comments and rows set aside that were taken out."""
    connection.execute(
        "delete from session_tags using sessions where sessions.id = session_id"
        " and (tag = candidate_ref or tag in (select unnest(?::varchar[])))"
        " and session_id in (select id from erasing)",
        [list(found.candidate_refs)],
    )
    nulls = ", ".join(f"{name} = null" for name in PERSONAL_COLUMNS)
    connection.execute(f"update sessions set {nulls} where id in (select id from erasing)")  # noqa: S608
    metadata = "delete from session_metadata where session_id in (select id from erasing)"
    comments = (
        "update session_feedback set comment = null"
        " where comment is not null and session_id in (select id from erasing)"
    )
    rejected = (
        "update rejected_rows set payload = null,"
        " reason = case when contains(reason, 'metadata.') then ? else reason end"
        " where payload is not null and rejected_id in (select id from rejecting)"
    )
    return (
        _changed(connection, metadata),
        _changed(connection, comments),
        _changed(connection, rejected, PLAIN_REASON),
    )


def _mentioning(connection: Any, found: Found) -> tuple[str, ...]:
    rows = connection.execute(
        "select session_id from session_metadata where value in (select unnest($1))"
        " union select session_id from session_tags where tag in (select unnest($1)) order by 1",
        [list(found.candidate_refs)],
    ).fetchall()
    return tuple(session_id for (session_id,) in rows)


def _changed(connection: Any, sql: str, *values: Any) -> int:
    [(rows,)] = connection.execute(sql, list(values)).fetchall()
    return int(rows)
