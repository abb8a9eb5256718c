"""What a window changes in the warehouse: only that is loaded, so a night without news writes nothing. Pure.

In go the rows of a window, what is known of their sessions, who was erased, what the company chose to keep,
and the stamp of the run; out come the tables to load and the counts to tell.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zenhire_schemas.session import Feedback
from zenhire_schemas.tables import SESSION_METADATA, SESSION_TAGS, SESSIONS, Table
from zenhire_sync.rows.columns import API_COLUMNS, SessionTables, feedback_table, removal_rows, to_json
from zenhire_sync.rows.erased import Erasures, without_comments, without_person
from zenhire_sync.rows.fingerprint import children_part, fingerprints, has_children
from zenhire_sync.rows.privacy import Privacy, private_survey, private_tables

# The smallest difference between two times of the warehouse.
TICK = timedelta(microseconds=1)
# What must be known of a session to tell what differs; ``fingerprint`` is the one that it was written with.
KNOWN_COLUMNS = (
    "id",
    "role_name",
    "language",
    "unknown_fields",
    "sent_id",
    "deleted_at",
    "detail_checked_at",
    "fingerprint",
)
_KEPT = ("role_name", "language")  # null once the persona is deleted (S); the last known value stays


@dataclass(frozen=True, slots=True)
class Stamp:
    """The run's time and id, and whether the rows come from detail answers."""

    now: datetime
    run_id: str
    is_detail: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides which part of a row may be written."""

    erasures: Erasures
    privacy: Privacy


@dataclass(frozen=True, slots=True)
class Known:
    """Sessions of a window as the warehouse has them.

    ``sessions``: ``KNOWN_COLUMNS``, and ``found``: the fingerprint of the rows themselves where somebody
    looked at them, else the one that they were written with.
    ``with_survey``: ids of those that have a survey.
    """

    sessions: pa.Table
    with_survey: frozenset[str] = frozenset()


@dataclass(slots=True)
class Changes:
    """Tables to load, children before their sessions, and what they mean in the run's counts.

    ``are_new`` when the warehouse had none of the sessions, so that there is nothing to replace.
    ``erased``: those sessions of the window whose person was erased, now or before. Of details also the ids
    of those that ``changed``, and of those with a survey that was not known.
    """

    children: dict[str, pa.Table]
    sessions: pa.Table
    counts: Counter[str] = field(default_factory=Counter)
    are_new: bool = False
    erased: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    with_survey: frozenset[str] = frozenset()
    with_negative_survey: frozenset[str] = frozenset()

    def take_tables(self) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
        """Children, and sessions, which are not kept: a large window is not to be in memory twice."""
        children, sessions = self.children, {SESSIONS.name: self.sessions}
        self.children, self.sessions = {}, self.sessions.slice(0, 0)
        return children, sessions


def listed_changes(rows: SessionTables, known: Known | None, rules: Rules, stamp: Stamp) -> Changes:
    """Full rows of sessions that are new or differ, with the child sets that differ.

    ``known`` is None where the warehouse cannot have any of them.
    """
    erased = rules.erasures.among(rows.sessions)
    rows = private_tables(rules.privacy, without_person(rows, erased))
    if known is None or not known.sessions.num_rows:
        changes = _as_new(rows, stamp)
    else:
        changes = _compared(rows, known.sessions, stamp)
    changes.erased = erased
    return changes


def detailed_changes(
    rows: SessionTables,
    surveys: Sequence[tuple[str, Feedback | None]],
    known: Known,
    rules: Rules,
    stamp: Stamp,
) -> Changes:
    """The same for details, with their surveys. The time of the check is a fact to keep: each is loaded."""
    changes = listed_changes(rows, known, rules, stamp)
    kept = [(session_id, private_survey(rules.privacy, survey)) for session_id, survey in surveys]
    new = {
        session_id: survey for session_id, survey in kept if survey and session_id not in known.with_survey
    }
    changes.with_survey = frozenset(new)
    changes.with_negative_survey = frozenset(i for i, survey in new.items() if survey.flagged)
    changes.counts["surveys_found"] += len(new)
    changes.counts["negative_surveys_found"] += len(changes.with_negative_survey)
    table = feedback_table(kept, known.with_survey)
    changes.children["session_feedback"] = without_comments(table, changes.erased)
    return changes


def deletions(rows: pa.Table, stamp: Stamp) -> pa.Table:
    """Rows of sessions found deleted, by a detail call when the stamp says so. Their credits stay."""
    marked = rows.to_pylist()
    for row in marked:
        if stamp.is_detail:
            row["detail_checked_at"] = stamp.now
        looked_at = row["detail_checked_at"]
        # Not looked at when it was found missing: only then will being listed again prove that it lives.
        is_seen = stamp.is_detail or looked_at is None
        row["deleted_at"] = row["deleted_at"] or (stamp.now if is_seen else max(stamp.now, looked_at + TICK))
        row["synced_at"], row["run_id"] = stamp.now, stamp.run_id
    return pa.Table.from_pylist(marked, schema=SESSIONS.arrow_schema())


def _as_new(rows: SessionTables, stamp: Stamp) -> Changes:
    sessions = _stamped(rows.sessions, fingerprints(rows), stamp)
    counts = Counter({"new_sessions": sessions.num_rows})
    return Changes(_children(rows), sessions, counts, are_new=True)


def _children(rows: SessionTables) -> dict[str, pa.Table]:
    return {"session_tags": rows.tags, "session_metadata": rows.metadata}


def _compared(rows: SessionTables, known: pa.Table, stamp: Stamp) -> Changes:
    theirs = _by_side(rows.sessions, known)
    rows = SessionTables(_merged(rows.sessions, theirs, stamp), rows.tags, rows.metadata)
    mine = fingerprints(rows)
    deleted_at = _still_deleted(theirs, stamp)
    is_known = pc.is_valid(theirs.column("id"))
    is_back = pc.and_(pc.is_valid(theirs.column("deleted_at")), pc.is_null(deleted_at))
    differs = pc.or_(_is_other(mine, theirs.column("found")), is_back)
    differing_children = _is_other(children_part(mine), children_part(theirs.column("found")))
    # What was written by a version without fingerprints gets one.
    is_due = pc.or_(differs, _is_other(mine, theirs.column("fingerprint")))
    stamped = _stamped(rows.sessions, mine, stamp, deleted_at, theirs.column("detail_checked_at"))
    is_changed = pc.and_(is_known, differs)
    changes = Changes(
        _differing(rows, theirs, differing_children),
        stamped if stamp.is_detail else stamped.filter(is_due),
        Counter(new_sessions=_count(pc.invert(is_known)), changed_sessions=_count(is_changed)),
    )
    if stamp.is_detail:
        changes.changed = frozenset(rows.sessions.column("id").filter(is_changed).to_pylist())
    return changes


def _by_side(sessions: pa.Table, known: pa.Table) -> pa.Table:
    """What is known of each session, in the order of the sessions; nulls where that is nothing."""
    known = known.combine_chunks()
    place = pc.index_in(sessions.column("id"), value_set=known.column("id").combine_chunks())
    return known.take(place)


def _merged(sessions: pa.Table, theirs: pa.Table, stamp: Stamp) -> pa.Table:
    """API columns, with what lists and details tell each without the other."""
    told: dict[str, Any] = {name: pc.coalesce(sessions.column(name), theirs.column(name)) for name in _KEPT}
    told["unknown_fields"] = _all_unknown_fields(sessions, theirs)
    if stamp.is_detail:
        # Only lists tell how an id is spelled.
        told["sent_id"] = theirs.column("sent_id")
    for name, column in told.items():
        place = sessions.schema.get_field_index(name)
        sessions = sessions.set_column(place, sessions.schema.field(place), column)
    return sessions


def _all_unknown_fields(sessions: pa.Table, theirs: pa.Table) -> pa.Array:
    """List and detail may each carry fields that the other does not: both are kept, newer values count."""
    told, known = sessions.column("unknown_fields"), theirs.column("unknown_fields")
    if known.null_count == len(known):
        return told
    pairs = zip(known.to_pylist(), told.to_pylist(), strict=True)
    return pa.array([_merged_json(before, now) for before, now in pairs], pa.string())


def _merged_json(known: str | None, incoming: str | None) -> str | None:
    if known is None or incoming is None:
        return incoming if known is None else known
    return to_json(dict(sorted({**json.loads(known), **json.loads(incoming)}.items())))


def _still_deleted(theirs: pa.Table, stamp: Stamp) -> pa.ChunkedArray:
    """``deleted_at`` of sessions that were shown; null for those that live.

    Deleted because its detail answered 404: a list that still shows it is no proof that it lives. Deleted
    because a complete list did not show it: being listed again is.
    """
    deleted_at = theirs.column("deleted_at")
    is_proven = pc.fill_null(pc.greater_equal(theirs.column("detail_checked_at"), deleted_at), False)
    return pc.if_else(pc.and_(is_proven, not stamp.is_detail), deleted_at, pa.scalar(None, deleted_at.type))


def _stamped(
    sessions: pa.Table,
    fingerprint: pa.Array,
    stamp: Stamp,
    deleted_at: pa.ChunkedArray | None = None,
    checked_at: pa.ChunkedArray | None = None,
) -> pa.Table:
    """The whole rows, as they are loaded; of new sessions without what was known of them."""
    schema = SESSIONS.arrow_schema()
    columns = {name: sessions.column(name) for name in API_COLUMNS}
    columns["fingerprint"] = fingerprint
    columns["deleted_at"] = deleted_at
    columns["detail_checked_at"] = stamp.now if stamp.is_detail else checked_at
    columns |= {"synced_at": stamp.now, "run_id": stamp.run_id}
    filled = [_filled(columns[name], schema.field(name), sessions.num_rows) for name in schema.names]
    return pa.Table.from_arrays(filled, schema=schema)


def _filled(value: Any, field: pa.Field, rows: int) -> Any:
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return value.cast(field.type)
    return pa.repeat(pa.scalar(value, field.type), rows)


def _differing(rows: SessionTables, theirs: pa.Table, differs: pa.ChunkedArray) -> dict[str, pa.Table]:
    """Child sets that differ, whole; a marked row for each that is empty now and may not have been."""
    ids = rows.sessions.column("id")
    had_children = pc.fill_null(has_children(theirs.column("found")), False)
    emptied = ids.filter(pc.and_(differs, had_children)).combine_chunks()
    ids = ids.filter(differs).combine_chunks()
    tables = {SESSION_TAGS: rows.tags, SESSION_METADATA: rows.metadata}
    return {table.name: _whole_sets(table, children, ids, emptied) for table, children in tables.items()}


def _whole_sets(table: Table, children: pa.Table, ids: pa.Array, emptied: pa.Array) -> pa.Table:
    owners = children.column("session_id").combine_chunks()
    marked = removal_rows(table, emptied.filter(pc.invert(pc.is_in(emptied, value_set=owners))).to_pylist())
    return pa.concat_tables([children.filter(pc.is_in(owners, value_set=ids)), marked])


def _is_other(mine: Any, theirs: Any) -> Any:
    """Whether two texts differ; what is not known differs from everything."""
    return pc.fill_null(pc.not_equal(mine, theirs), True)


def _count(flags: Any) -> int:
    return int(pc.sum(flags).as_py() or 0)
