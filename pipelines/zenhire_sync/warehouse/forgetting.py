"""What takes people out of the raw tables: the same statements on every engine that can change rows."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, Protocol

from zenhire_sync.errors import WarehouseError
from zenhire_sync.rows.erased import PERSONAL_COLUMNS, PLAIN_REASON
from zenhire_sync.warehouse.orphans import ORPHANS
from zenhire_sync.warehouse.people import Found, Removal, holding, mentioning_sessions, read_figures
from zenhire_sync.warehouse.port import Reader


class Changer(Reader, Protocol):
    """A reader that sees its own changes within a transaction."""

    def change(self, sql: str, *values: Any) -> int:
        """Runs a statement with ``?`` placeholders; returns how many rows it changed."""


def remove_people(changer: Changer, found: Found, now: datetime, run_id: str) -> Removal:
    """Remembers whom and empties their fields, within a transaction of the caller's.

    Raises WarehouseError when a figure would change: nothing is to be committed then.
    """
    _drop_orphans(changer)
    before = read_figures(changer)
    newly = _remember(changer, found, now)
    rows = _empty(changer, found)
    _log(changer, found, rows, now, run_id)
    after = read_figures(changer)
    if after != before:
        raise WarehouseError(f"nothing was erased: it would turn {before} into {after}; this is a defect")
    mentioning = mentioning_sessions(changer, found)
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


def mark_finished(changer: Changer, now: datetime, files: Collection[str]) -> None:
    """Notes that no table holds the erased any more, nor one of the files, which were written anew.

    Raises WarehouseError when a table still does.
    """
    open_sessions = "(select session_id from erased_sessions where finished_at is null)"
    kept = " or ".join(f"{name} is not null" for name in PERSONAL_COLUMNS)
    [found] = changer.rows(
        f"select (select count(*) from sessions where ({kept}) and id in {open_sessions})"
        f" + (select count(*) from session_metadata where session_id in {open_sessions})"
        " + (select count(*) from session_feedback where comment is not null"
        f" and session_id in {open_sessions}) as still_there"
    )
    if found["still_there"]:
        raise WarehouseError(f"{found['still_there']:,} rows still hold the person")
    changer.change(
        "update erasures set finished_at = ?, files_rewritten = ? where finished_at is null",
        now,
        json.dumps(list(files)),
    )
    changer.change("update erased_sessions set finished_at = ? where finished_at is null", now)


def _drop_orphans(changer: Changer) -> None:
    """What a killed run left without its session may be anybody's; the next sync would drop it too."""
    for table, orphans in ORPHANS.items():
        changer.change(f"delete from {table} where session_id in ({orphans})")


def _remember(changer: Changer, found: Found, now: datetime) -> int:
    changer.change(
        "update erased_sessions set finished_at = null where session_id = any(?)", list(found.session_ids)
    )
    known = {row["session_id"] for row in changer.rows("select session_id from erased_sessions")}
    newly = [session_id for session_id in found.session_ids if session_id not in known]
    for session_id in newly:
        changer.change("insert into erased_sessions (session_id, erased_at) values (?, ?)", session_id, now)
    marks = {row["candidate_mark"] for row in changer.rows("select candidate_mark from erased_candidates")}
    for salt, mark in found.marks:
        if mark not in marks:
            changer.change(
                "insert into erased_candidates (candidate_mark, salt, erased_at) values (?, ?, ?)",
                mark,
                salt,
                now,
            )
    return len(newly)


def _empty(changer: Changer, found: Found) -> dict[str, int]:
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
        f" reason = case when position('metadata.' in reason) > 0 then '{PLAIN_REASON}' else reason end",
    }
    where = holding(found)
    return {
        table: changer.change(f"{change} where {where[table][0]}", *where[table][1])
        for table, change in changes.items()
    }


def _log(changer: Changer, found: Found, rows: dict[str, int], now: datetime, run_id: str) -> None:
    """What a data protection officer may keep: that and when, never whom."""
    kinds = {"candidate_ref": found.references_asked, "session": found.sessions_asked}
    changer.change(
        "insert into erasures (run_id, erased_at, asked_by, sessions, rows_by_table) values (?, ?, ?, ?, ?)",
        run_id,
        now,
        ", ".join(kind for kind, asked in kinds.items() if asked),
        len(found.session_ids),
        json.dumps(rows, sort_keys=True),
    )
