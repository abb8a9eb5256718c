"""Sessions as the warehouse holds them, field by field, with tags, metadata and survey."""

from __future__ import annotations

from collections.abc import Sequence

from zenhire_sync.rows.columns import API_COLUMNS
from zenhire_sync.rows.differences import HeldSession
from zenhire_sync.warehouse.port import Loader

# How an id is spelled is no fact of a session.
_FIELDS = (*(name for name in API_COLUMNS if name not in {"id", "sent_id"}), "deleted_at")
_TAGS = "select session_id, position, tag from session_tags where session_id = any(?)"
_METADATA = "select session_id, key, value, value_type from session_metadata where session_id = any(?)"
_SURVEYS = """
    select session_id, rating, comment, submitted_at, flagged
    from session_feedback where session_id = any(?)
"""


def held_sessions(warehouse: Loader, ids: Sequence[str]) -> dict[str, HeldSession]:
    """By id; a set of tags, of metadata or a survey is one field each. Ids that are not held are left out."""
    sql = "select * from sessions where id = any(?)"
    found = {
        row["id"]: HeldSession(
            {name: row[name] for name in _FIELDS} | {"tags": (), "metadata": (), "feedback": ()},
            was_detailed=row["detail_checked_at"] is not None,
        )
        for row in warehouse.rows(sql, list(ids))
    }
    for name, question in (("tags", _TAGS), ("metadata", _METADATA), ("feedback", _SURVEYS)):
        parts: dict[str, list[tuple[object, ...]]] = {}
        for row in warehouse.rows(question, list(ids)):
            parts.setdefault(row.pop("session_id"), []).append(tuple(row.values()))
        for session_id, entries in parts.items():
            if session_id in found:
                found[session_id].fields[name] = tuple(sorted(entries, key=repr))
    return found
