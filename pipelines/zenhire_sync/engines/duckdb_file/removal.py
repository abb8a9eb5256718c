"""Takes the people out of the raw tables, in one transaction that the figures must survive unchanged."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from zenhire_schemas.tables import MARTS_SCHEMA, RAW_SCHEMA
from zenhire_sync.engines.duckdb_file.opening import Connected
from zenhire_sync.errors import WarehouseError
from zenhire_sync.rows.erased import PERSONAL_COLUMNS, PLAIN_REASON
from zenhire_sync.warehouse.orphans import ORPHANS
from zenhire_sync.warehouse.people import Found, Removal, holding, mentioning_sessions, read_figures

# Made from the raw tables: built again without the person. The last one is where dlt stages its loads.
_DERIVED_SCHEMAS = (MARTS_SCHEMA, "zenhire_staging", f"{RAW_SCHEMA}_staging")


def remove_people(connection: Any, found: Found, now: datetime, run_id: str) -> Removal:
    """Remembers whom, empties their fields, drops what was built from them, and commits all of it or nothing.

    Raises WarehouseError when a figure would change.
    """
    reader = Connected(connection)
    connection.execute("begin transaction")
    _drop_orphans(connection)
    before = read_figures(reader)
    newly = _remember(connection, found, now)
    rows = _empty(connection, found)
    for schema in _DERIVED_SCHEMAS:
        connection.execute(f"drop schema if exists {schema} cascade")
    _log(connection, found, rows, now, run_id)
    after = read_figures(reader)
    if after != before:
        connection.execute("rollback")
        raise WarehouseError(f"nothing was erased: it would turn {before} into {after}; this is a defect")
    mentioning = mentioning_sessions(reader, found)
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


def mark_finished(connection: Any, now: datetime, files: Collection[str]) -> None:
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


def _drop_orphans(connection: Any) -> None:
    """What a killed run left without its session may be anybody's; the next sync would drop it too."""
    for table, orphans in ORPHANS.items():
        connection.execute(f"delete from {table} where session_id in ({orphans})")


def _remember(connection: Any, found: Found, now: datetime) -> int:
    connection.execute(
        "update erased_sessions set finished_at = null where session_id = any(?)", [list(found.session_ids)]
    )
    newly = _changed(
        connection,
        "insert into erased_sessions (session_id, erased_at)"
        " select id, ? from unnest(?::varchar[]) as erasing(id)"
        " where id not in (select session_id from erased_sessions)",
        now,
        list(found.session_ids),
    )
    for salt, mark in found.marks:
        connection.execute(
            "insert into erased_candidates (candidate_mark, salt, erased_at) select $1, $2, $3"
            " where $1 not in (select candidate_mark from erased_candidates)",
            [mark, salt, now],
        )
    return newly


def _empty(connection: Any, found: Found) -> dict[str, int]:
    """Rows by raw table that the people were taken out of."""
    # The fingerprint was made of the person too, and tells nothing of the row any more.
    nulls = ", ".join(f"{name} = null" for name in (*PERSONAL_COLUMNS, "fingerprint"))
    changes = {
        # First: it asks sessions for the reference.
        "session_tags": "delete from session_tags",
        "sessions": f"update sessions set {nulls}",
        "session_metadata": "delete from session_metadata",
        "session_feedback": "update session_feedback set comment = null",
        "rejected_rows": "update rejected_rows set payload = null,"
        f" reason = case when contains(reason, 'metadata.') then '{PLAIN_REASON}' else reason end",
    }
    where = holding(found)
    return {
        table: _changed(connection, f"{change} where {where[table][0]}", *where[table][1])
        for table, change in changes.items()
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


def _changed(connection: Any, sql: str, *values: Any) -> int:
    [(rows,)] = connection.execute(sql, list(values)).fetchall()
    return int(rows)
