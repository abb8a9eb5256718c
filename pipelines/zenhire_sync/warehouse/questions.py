"""What the run knows from the nights before, read back from the tables. No state lives anywhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zenhire_schemas.session import canonical_id
from zenhire_sync.plan.cursors import Cursors, earlier_of
from zenhire_sync.plan.detail_plan import (
    Backlog,
    Bounds,
    OpenRejection,
    PersonaUse,
    PlannedDetail,
    SessionState,
)
from zenhire_sync.plan.personas import PersonaMemory
from zenhire_sync.rows.changes import KNOWN_COLUMNS, Known
from zenhire_sync.rows.columns import SessionTables
from zenhire_sync.rows.fingerprint import fingerprints
from zenhire_sync.warehouse.good_runs import good_runs
from zenhire_sync.warehouse.port import Loader

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Bounds that bound nothing: an engine must know the type of every value that it is asked with.
_EARLIEST, _LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
# Sessions of the backlog that are known by name at once: forty minutes of a key's requests (P).
BACKLOG_PAGE = 20_000
_ENDED = "coalesce(completed_at, created_at)"
_NEVER_ASKED = (
    "deleted_at is null and status = 'completed' and detail_checked_at is null "
    "and created_at >= ? and created_at < ?"
)


class Memory:
    """Reads of one run. Every answer is what is committed at that moment."""

    def __init__(self, warehouse: Loader) -> None:
        self._warehouse = warehouse

    def cursors(self, key_name: str) -> Cursors | None:
        """Where the last good run of this key ended; None before the first.

        dlt's state and sync_runs must both vouch for it: the one that is behind counts, because reading
        again costs pages and skipping costs rows.
        """
        told = Cursors.from_json(self.all_cursors().get(key_name))
        state = Cursors.from_json(self._warehouse.remembered_cursors().get(key_name))
        return told if state is None else earlier_of(told, state)

    def all_cursors(self) -> Mapping[str, Any]:
        """Cursors of every key, as sync_runs holds them."""
        return good_runs(self._warehouse).cursors

    def all_paging(self) -> Mapping[str, Any]:
        """The paging dialect that worked for each key."""
        return good_runs(self._warehouse).paging

    def last_run_at(self) -> datetime | None:
        """The time of the last run that did not fail, as its decisions saw it; None before the first."""
        return good_runs(self._warehouse).data_until

    def oldest_unfinished(self, since: datetime) -> datetime | None:
        """Creation of the oldest session created after ``since`` that may still change without a cursor."""
        sql = (
            "select min(created_at) from sessions "
            "where status <> 'completed' and deleted_at is null and created_at > ?"
        )
        oldest: datetime | None = self._warehouse.select(sql, since).column(0)[0].as_py()
        return oldest

    def has_no_session(self) -> bool:
        """Whether this is the first sync, or the first that comes so far."""
        return not self._warehouse.select("select 1 from sessions limit 1").num_rows

    def known_sessions(self, ids: Sequence[str]) -> pa.Table:
        """The rows of these sessions, without their children."""
        return self._warehouse.select("select * from sessions where id = any(?)", list(ids))

    def known(self, ids: Sequence[str], *, trusting: bool) -> Known:
        """What the window's sessions are compared with.

        Rows are looked at, instead of their fingerprints, where there are none or when those are not trusted.
        """
        sql = f"select {', '.join(KNOWN_COLUMNS)} from sessions where id = any(?)"
        sessions = self._warehouse.select(sql, list(ids))
        written = sessions.column("fingerprint")
        looked_at = sessions.filter(pc.is_null(written)) if trusting else sessions
        found = self._found(looked_at.column("id").to_pylist())
        told = zip(sessions.column("id").to_pylist(), written.to_pylist(), strict=True)
        as_found = pa.array([found.get(session_id, text) for session_id, text in told], pa.string())
        return Known(sessions.append_column("found", as_found))

    def _found(self, ids: Sequence[str]) -> dict[str, str]:
        """Fingerprints of sessions, tags and metadata as the warehouse has them."""
        if not ids:
            return {}
        sessions = self.known_sessions(ids)
        tags = self._warehouse.select("select * from session_tags where session_id = any(?)", ids)
        metadata = self._warehouse.select("select * from session_metadata where session_id = any(?)", ids)
        told = fingerprints(SessionTables(sessions, tags, metadata))
        return dict(zip(sessions.column("id").to_pylist(), told.to_pylist(), strict=True))

    def with_feedback(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of the sessions that have a survey in the warehouse."""
        sql = "select session_id from session_feedback where session_id = any(?)"
        return frozenset(self._warehouse.select(sql, list(ids)).column(0).to_pylist())

    def sent_ids(self, ids: Sequence[str]) -> dict[str, str]:
        """How the API last spelled those of the ids that it did not send in lower case."""
        sql = "select id, sent_id from sessions where sent_id is not null and id = any(?)"
        rows = self._warehouse.rows(sql, list(ids))
        sent = {row["id"]: row["sent_id"] for row in rows}
        sql = """
            select session_id, payload from rejected_rows
            where healed_at is null and payload is not null and session_id = any(?) order by rejected_id
        """
        for row in self._warehouse.rows(sql, list(ids)):
            spelled = _id_in(row["payload"])
            if spelled and spelled != row["session_id"] == canonical_id(spelled):
                sent[row["session_id"]] = spelled
        return sent

    def has_sent_capitals(self) -> bool:
        """Whether the API was seen to send ids in capitals."""
        return bool(
            self._warehouse.select("select 1 from sessions where sent_id is not null limit 1").num_rows
        )

    def persona_contents(self, persona_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Every content that these personas are known to have had."""
        sql = """
            select distinct persona_id, role_name, language, system_prompt, base_prompt_override
            from persona_versions where persona_id = any(?)
        """
        rows: list[dict[str, Any]] = self._warehouse.rows(sql, list(persona_ids))
        return rows

    def backlog(self, bounds: Bounds) -> list[Backlog]:
        """Completed sessions whose detail was never asked for, counted by persona, client and project."""
        sql = (
            "select persona_id, client_id, project_id, count(*) as sessions from sessions "
            f"where {_NEVER_ASKED} group by persona_id, client_id, project_id "
            "order by persona_id, client_id, project_id"
        )
        return [Backlog(**row) for row in self._warehouse.rows(sql, *_values(bounds))]

    def in_backlog(self, ids: Sequence[str], bounds: Bounds) -> frozenset[str]:
        """Those of the sessions that are in the backlog."""
        sql = f"select id from sessions where {_NEVER_ASKED} and id = any(?)"
        return frozenset(self._warehouse.select(sql, *_values(bounds), list(ids)).column(0).to_pylist())

    def backlog_details(self, bounds: Bounds) -> Iterator[PlannedDetail]:
        """The backlog, latest end first, read in pages: what is asked for meanwhile is behind the page."""
        sql = (
            f"select id, persona_id, client_id, project_id, {_ENDED} as ended from sessions "
            f"where {_NEVER_ASKED} and ({_ENDED}, id) < (?, ?) "
            f"order by ended desc nulls last, id desc limit {BACKLOG_PAGE}"
        )
        last = _LATEST, ""
        while True:
            page = self._warehouse.select(sql, *_values(bounds), *last)
            for row in page.to_pylist():
                last = row["ended"], row["id"]
                scope = row["client_id"], row["project_id"]
                yield PlannedDetail(row["id"], "completed", row["persona_id"], scope, row["ended"])
            if page.num_rows < BACKLOG_PAGE:
                break

    def looked_at(self, longest_rung: timedelta) -> Iterator[SessionState]:
        """Completed sessions that may be due again: completed anew, or not polled to the end for a survey.

        Latest end first. Ask nothing else of the warehouse before the last one has come.
        """
        sql = f"""
            select
                s.id, s.persona_id, s.created_at, s.completed_at, s.detail_checked_at, s.project_id,
                s.deleted_at, s.client_id
            from sessions s
            left join session_feedback f on f.session_id = s.id
            where s.deleted_at is null and s.status = 'completed' and s.detail_checked_at is not null
              and (
                s.detail_checked_at < s.completed_at
                or (f.session_id is null and s.detail_checked_at < {_ENDED} + ?)
              )
            order by {_ENDED} desc nulls last, s.id desc
        """
        for batch in self._warehouse.stream(sql, longest_rung):
            yield from _states(batch)

    def deleted_states(self) -> list[SessionState]:
        """Every session that is marked deleted."""
        sql = """
            select id, persona_id, created_at, completed_at, detail_checked_at, project_id, deleted_at,
                client_id
            from sessions where deleted_at is not null order by id
        """
        return [SessionState(**row) for row in self._warehouse.rows(sql)]

    def personas_in_use(self) -> list[PersonaUse]:
        """Each persona with its newest living session and when a detail last showed it."""
        sql = """
            select s.persona_id, s.id as newest_session_id, s.created_at as newest_created_at,
                newest.checked_at, s.project_id, s.client_id
            from sessions s
            join (
                select persona_id, max(created_at) as created_at, max(detail_checked_at) as checked_at
                from sessions where deleted_at is null group by persona_id
            ) newest on newest.persona_id = s.persona_id and newest.created_at = s.created_at
            where s.deleted_at is null order by s.persona_id, s.id
        """
        # Of two that were created in the same instant, the last one counts.
        uses = (PersonaUse(**row) for row in self._warehouse.rows(sql))
        return list({use.persona_id: use for use in uses}.values())

    def open_rejections(self) -> list[OpenRejection]:
        """What is set aside and not healed yet, oldest first."""
        sql = """
            select rejected_id, endpoint, session_id, first_seen_at
            from rejected_rows where healed_at is null order by first_seen_at, rejected_id
        """
        return [OpenRejection(**row) for row in self._warehouse.rows(sql)]

    def rejected_rows(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """What was set aside under these ids, whole."""
        sql = "select * from rejected_rows where rejected_id = any(?) order by rejected_id"
        return self._warehouse.rows(sql, list(ids))

    def personas(self) -> PersonaMemory:
        """Every persona's latest version and when it was first seen."""
        sql = """
            select persona_id, version, role_name, language, system_prompt, base_prompt_override,
                valid_from, valid_to, first_seen_at
            from (
                select *,
                    min(valid_from) over (partition by persona_id) as first_seen_at,
                    row_number() over (partition by persona_id order by version desc nulls last) as place
                from persona_versions
            ) as placed
            where place = 1 order by persona_id
        """
        return PersonaMemory.of(self._warehouse.rows(sql))

    def living_ids(self, created_after: datetime | None = None) -> Iterator[str]:
        """Ids of sessions that are not marked deleted, all or those created after a time.

        Ask nothing else of the warehouse before the last one has come.
        """
        sql = "select id from sessions where deleted_at is null and created_at > ?"
        for batch in self._warehouse.stream(sql, created_after or _EARLIEST):
            yield from batch.column(0).to_pylist()

    def ids_completed_after(self, moment: datetime) -> set[str]:
        """Ids of sessions that ended after a time."""
        return set(
            self._warehouse.select("select id from sessions where completed_at > ?", moment)
            .column(0)
            .to_pylist()
        )


def _values(bounds: Bounds) -> tuple[datetime, datetime]:
    return bounds.since or _EARLIEST, bounds.until or _LATEST


def _id_in(payload: str) -> str | None:
    """The id in a row that was set aside (JSON text), as the API spelled it."""
    try:
        row = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    found = row.get("id") if isinstance(row, dict) else None
    return found if isinstance(found, str) else None


def _states(rows: pa.RecordBatch) -> Iterator[SessionState]:
    """Column by column: on a night there are tens of thousands."""
    columns = {
        name: _moments(column) if name.endswith("_at") else column.to_pylist()
        for name, column in zip(rows.schema.names, rows.columns, strict=True)
    }
    order = (columns[name.name] for name in fields(SessionState))
    return map(SessionState, *order)


def _moments(column: pa.Array) -> list[datetime | None]:
    # Arrow's own way to a datetime with a zone takes ten times as long.
    since_epoch = column.cast(pa.int64()).to_pylist()
    return [None if micros is None else EPOCH + timedelta(microseconds=micros) for micros in since_epoch]
