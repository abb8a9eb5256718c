"""What an erasure would take, to be looked at before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.erase.folders import rewritten_files, strangers
from zenhire_sync.settings import Settings
from zenhire_sync.sync.privacy_settings import privacy_of
from zenhire_sync.warehouse.people import ErasureRequest, Found, count_rows, find_people, mentioning_sessions
from zenhire_sync.warehouse.port import Reader


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """A session that would lose its person. Only the id is known of one that was set aside as a whole."""

    session_id: str
    created_at: datetime | None
    completed_at: datetime | None
    status: str | None


@dataclass(frozen=True, slots=True)
class ErasePlan:
    """What would go: sessions, oldest first; rows by raw table; files that would be written anew.

    ``largest_match`` is the most sessions that one reference has; ``mentioning`` are sessions of others that
    repeat it in metadata or tags, ``strangers`` files that are not ours: both would stay.
    """

    sessions: tuple[PlannedSession, ...]
    largest_match: int
    rows_by_table: Mapping[str, int]
    files: tuple[Path, ...]
    mentioning: tuple[str, ...]
    strangers: tuple[Path, ...]

    @property
    def session_ids(self) -> frozenset[str]:
        """The ids of the sessions."""
        return frozenset(session.session_id for session in self.sessions)


def plan_erasure(settings: Settings, request: ErasureRequest) -> ErasePlan:
    """Looks up what the request means, and changes nothing.

    Raises NobodyFoundError when no person is found, LockHeldError while a run works, WarehouseError when the
    warehouse cannot be read.
    """
    warehouse = warehouse_of(settings)
    with warehouse.undisturbed(), warehouse.reading() as reader:
        found = find_people(reader, request, privacy_of(settings))
        rows = count_rows(reader, found)
        mentioning = mentioning_sessions(reader, found)
        sessions = _sessions(reader, found)
    files, others = rewritten_files(settings), strangers(settings)
    return ErasePlan(sessions, found.largest_match, rows, files, mentioning, others)


def _sessions(reader: Reader, found: Found) -> tuple[PlannedSession, ...]:
    sql = (
        "select id, created_at, completed_at, status from sessions where id = any(?) order by created_at, id"
    )
    here = [PlannedSession(*row.values()) for row in reader.rows(sql, list(found.session_ids))]
    only_set_aside = set(found.session_ids) - {session.session_id for session in here}
    return (*here, *(PlannedSession(key, None, None, None) for key in sorted(only_set_aside)))
