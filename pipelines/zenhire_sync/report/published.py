"""Reading the published file as any reader should: read-only, and closed to every other file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from zenhire_schemas.tables import MARTS_SCHEMA
from zenhire_sync.errors import WarehouseError
from zenhire_sync.memory_limit import whole_limit
from zenhire_sync.stopping import interrupted

Row = dict[str, Any]

# Nothing is spilled beside the published file, no other file is read, and no query can undo it.
_SESSION = """
set timezone = 'UTC';
set enable_progress_bar = false;
set temp_directory = '';
set enable_external_access = false;
set lock_configuration = true
"""


@dataclass(frozen=True, slots=True)
class Publication:
    """When the file was published and how far its data reaches (UTC)."""

    published_at: datetime | None
    data_until: datetime | None

    @property
    def last_day(self) -> date:
        """The last day that anything can have happened on, in any time zone; the end of time when not known.

        A clock that ran ahead at ZenHire must not push everything else off the charts.
        """
        return date.max if self.data_until is None else self.data_until.date() + timedelta(days=1)


class Published:
    """The marts that a published file has. Marts come and go with versions, so each is asked for."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._columns: dict[str, set[str]] = {}
        found = connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = ?",
            [MARTS_SCHEMA],
        ).fetchall()
        for table, column in found:
            self._columns.setdefault(table, set()).add(column)

    def has(self, table: str, *columns: str) -> bool:
        """Whether the mart is there, with these columns."""
        return table in self._columns and self._columns[table].issuperset(columns)

    def rows(self, sql: str, *values: object) -> list[Row]:
        """The rows of a query on the marts, by column name."""
        cursor = self._connection.execute(sql, list(values))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def publication(self) -> Publication:
        """What the file says about itself; unknown times for a file that says nothing."""
        if not self.has("publication", "published_at", "data_until"):
            return Publication(None, None)
        [row] = self.rows("select published_at, data_until from zenhire_marts.publication limit 1") or [{}]
        return Publication(in_utc(row.get("published_at")), in_utc(row.get("data_until")))


@contextmanager
def open_published(path: Path, *, memory_limit: str | None) -> Iterator[Published]:
    """The published file. Raises WarehouseError when there is none, or it cannot be read."""
    if not path.is_file():
        raise WarehouseError(f"nothing is published at {path}; run `zenhire-sync publish` first")
    config = {"memory_limit": whole_limit(memory_limit)}
    try:
        with duckdb.connect(str(path), read_only=True, config=config) as connection:
            connection.execute(_SESSION)
            with interrupted(connection.interrupt):
                yield Published(connection)
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise WarehouseError(
            f"{path} cannot be read: {reason}; run `zenhire-sync publish` to make it again"
        ) from None


def in_utc(time: datetime | None) -> datetime | None:
    """The time in UTC; one without a zone is UTC already, as all times of the marts are."""
    if time is None:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
