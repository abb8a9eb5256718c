"""Takes the people out of the raw tables, in one transaction that the figures must survive unchanged."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
from zenhire_sync.run_id import new_run_id
from zenhire_sync.warehouse.orphans import ORPHAN_DELETES

# Made from the raw tables: built again without the person. The last one is where dlt stages its loads.
_DERIVED_SCHEMAS = (MARTS_SCHEMA, "zenhire_staging", f"{RAW_SCHEMA}_staging")
# Which rows of a table hold the people of the temporary tables ``erasing`` and ``rejecting``; their
# references are in ``naming``. A dry run counts them, an erasure empties or deletes them.
_HOLDING = {
    "sessions": "id in (select id from erasing)",
    "session_tags": (
        "session_id in (select id from erasing) and (tag in (select name from naming)"
        " or tag = (select candidate_ref from sessions where id = session_id))"
    ),
    "session_metadata": "session_id in (select id from erasing)",
    "session_feedback": "comment is not null and session_id in (select id from erasing)",
    "rejected_rows": "payload is not null and rejected_id in (select id from rejecting)",
}


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


def remove_people(connection: Any, found: Found, now: datetime, run_id: str | None = None) -> Removal:
    """Remembers whom, empties their fields, drops what was built from them, and commits all of it or nothing.

    Raises WarehouseError when a figure would change.
    """
    _name(connection, found)
    connection.execute("begin transaction")
    _drop_orphans(connection)
    before = read_figures(connection)
    newly = _remember(connection, found, now)
    rows = _empty(connection)
    for schema in _DERIVED_SCHEMAS:
        connection.execute(f"drop schema if exists {schema} cascade")
    _log(connection, found, rows, now, run_id or new_run_id())
    after = read_figures(connection)
    if after != before:
        connection.execute("rollback")
        raise WarehouseError(f"nothing was erased: it would turn {before} into {after}; this is a defect")
    mentioning = mentioning_sessions(connection, found)
    connection.execute("commit")
    return Removal(
        sessions=len(found.session_ids),
        newly_erased=newly,
        metadata_entries=rows["session_metadata"],
        comments=rows["session_feedback"],
        rejected_rows=rows["rejected_rows"],
        mentioning=mentioning,
        before=before,
        after=after,
    )


def count_rows(connection: Any, found: Found) -> dict[str, int]:
    """Rows by raw table that hold the people, without touching them."""
    _name(connection, found)
    counts = {}
    for table, condition in _HOLDING.items():
        [(rows,)] = connection.execute(f"select count(*) from {table} where {condition}").fetchall()
        counts[table] = int(rows)
    return counts


def mark_finished(connection: Any, now: datetime, files: Sequence[str]) -> None:
    """Notes that no table holds the erased any more, nor one of the files, which were written anew.

    Raises WarehouseError when a table still does.
    """
    open_sessions = "(select session_id from erased_sessions where finished_at is null)"
    kept = " or ".join(f"{name} is not null" for name in PERSONAL_COLUMNS)
    [(left,)] = connection.execute(
        f"select (select count(*) from sessions where ({kept}) and id in {open_sessions})"
        f" + (select count(*) from session_metadata where session_id in {open_sessions})"
        " + (select count(*) from session_feedback where comment is not null"
        f" and session_id in {open_sessions})"
    ).fetchall()
    if left:
        raise WarehouseError(f"{left:,} rows still hold the person")
    connection.execute(
        "update erasures set finished_at = ?, files_rewritten = ? where finished_at is null",
        [now, json.dumps(list(files))],
    )
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


def _name(connection: Any, found: Found) -> None:
    """The people as temporary tables, which no file keeps."""
    for table, column, values in (
        ("erasing", "id", found.session_ids),
        ("rejecting", "id", found.rejected_ids),
        ("naming", "name", found.candidate_refs),
    ):
        connection.execute(
            f"create temp table {table} as select unnest(?::varchar[]) as {column}", [list(values)]
        )


def _empty(connection: Any) -> dict[str, int]:
    """Rows by raw table that the people were taken out of."""
    nulls = ", ".join(f"{name} = null" for name in PERSONAL_COLUMNS)
    changes = {
        # First: it asks sessions for the reference.
        "session_tags": "delete from session_tags",
        "sessions": f"update sessions set {nulls}",
        "session_metadata": "delete from session_metadata",
        "session_feedback": "update session_feedback set comment = null",
        "rejected_rows": "update rejected_rows set payload = null,"
        f" reason = case when contains(reason, 'metadata.') then '{PLAIN_REASON}' else reason end",
    }
    return {
        table: _changed(connection, f"{change} where {_HOLDING[table]}") for table, change in changes.items()
    }


def _log(connection: Any, found: Found, rows: dict[str, int], now: datetime, run_id: str) -> None:
    """What a data protection officer may keep: that and when, never whom."""
    kinds = {"candidate_ref": found.references_asked, "session": found.sessions_asked}
    connection.execute(
        "insert into erasures (run_id, erased_at, asked_by, sessions, rows_by_table) values (?, ?, ?, ?, ?)",
        [
            run_id,
            now,
            ", ".join(kind for kind, asked in kinds.items() if asked),
            len(found.session_ids),
            json.dumps(rows, sort_keys=True),
        ],
    )


def mentioning_sessions(connection: Any, found: Found) -> tuple[str, ...]:
    """Sessions of others whose metadata or tags repeat a reference asked for."""
    rows = connection.execute(
        "select session_id from session_metadata where value in (select unnest($1))"
        " union select session_id from session_tags where tag in (select unnest($1)) order by 1",
        [list(found.candidate_refs)],
    ).fetchall()
    return tuple(session_id for (session_id,) in rows)


def _changed(connection: Any, sql: str, *values: Any) -> int:
    [(rows,)] = connection.execute(sql, list(values)).fetchall()
    return int(rows)
