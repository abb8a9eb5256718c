"""What an erasure would take, to be looked at before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from zenhire_schemas.tables import RAW_SCHEMA, RAW_TABLES
from zenhire_sync.erase.folders import rewritten_files, strangers
from zenhire_sync.erase.people import Request, find_people
from zenhire_sync.erase.removal import count_rows, mentioning_sessions
from zenhire_sync.errors import WarehouseError
from zenhire_sync.lock import undisturbed
from zenhire_sync.publish.sql import WAREHOUSE
from zenhire_sync.publish.staging import private_folder
from zenhire_sync.publish.warehouse import open_warehouse, require_tables
from zenhire_sync.settings import Settings
from zenhire_sync.sync.privacy import privacy_of
from zenhire_sync.warehouse.opening import explain


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


def plan_erasure(settings: Settings, request: Request) -> ErasePlan:
    """Looks up what the request means, and changes nothing.

    Raises NobodyFoundError when nobody is meant, LockHeldError while a run works, WarehouseError when the
    warehouse cannot be read.
    """
    path = settings.warehouse_path
    if not path.is_file():
        raise WarehouseError(f"no warehouse at {path}; check ZENHIRE_DATA_DIR")
    with (
        undisturbed(settings.state_dir),
        private_folder(settings.state_dir, "spill") as spill,
        open_warehouse(path, memory_limit=settings.memory_limit, spill=spill) as connection,
    ):
        require_tables(connection, *(table.name for table in RAW_TABLES if table.name != "erasures"))
        try:
            connection.execute(f"use {WAREHOUSE}.{RAW_SCHEMA}")
            found = find_people(connection, request, privacy_of(settings))
            rows = count_rows(connection, found)
            mentioning = mentioning_sessions(connection, found)
            sessions = _sessions(connection)
        except duckdb.Error as error:
            raise WarehouseError(explain(path, error)) from None
    files, others = rewritten_files(settings), strangers(settings)
    return ErasePlan(sessions, found.largest_match, rows, files, mentioning, others)


def _sessions(connection: Any) -> tuple[PlannedSession, ...]:
    rows = connection.execute(
        "select asked.id, epoch_us(created_at), epoch_us(completed_at), status from erasing as asked"
        " left join sessions on sessions.id = asked.id order by created_at, asked.id"
    ).fetchall()
    return tuple(PlannedSession(key, _time(made), _time(ended), status) for key, made, ended, status in rows)


def _time(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else datetime.fromtimestamp(microseconds / 1e6, UTC)
