"""What is published, as the report asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zenhire_schemas.tables import MARTS_SCHEMA
from zenhire_sync.warehouse.port import Reader

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PublicationTimes:
    """When the file was published, how far its data reaches, and the "now" of its marts (UTC)."""

    published_at: datetime | None
    data_until: datetime | None
    as_of: datetime | None = None

    def last_day(self, now: datetime, time_zone: str) -> date:
        """The day on which every window of the page ends: the data's own last one in the reporting time zone.

        Never the newest row's: one session dated in the future would push everything else off the charts,
        and after a quiet month "the last days" would be those before it.
        """
        return (self.data_until or now).astimezone(_zone(time_zone)).date()


class Published:
    """The marts that a published file has. Marts come and go with versions, so each is asked for."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._columns: dict[str, set[str]] = {}
        sql = "select table_name, column_name from information_schema.columns where table_schema = ?"
        for row in reader.rows(sql, MARTS_SCHEMA):
            self._columns.setdefault(row["table_name"], set()).add(row["column_name"])

    def has(self, table: str, *columns: str) -> bool:
        """Whether the mart is there, with these columns."""
        return table in self._columns and self._columns[table].issuperset(columns)

    def rows(self, sql: str, *values: object) -> list[Row]:
        """The rows of a query on the marts, by column name."""
        rows: list[Row] = self._reader.rows(sql, *values)
        return rows

    def latest(self, table: str, column: str, last_day: date) -> date | None:
        """The latest day in a column of days up to that one."""
        # The names are the caller's own.
        sql = f"select cast(max({column}) as date) as latest from zenhire_marts.{table} where {column} <= ?"  # noqa: S608
        [row] = self.rows(sql, last_day)
        latest: date | None = row["latest"]
        return latest

    def publication(self) -> PublicationTimes:
        """What the file says about itself; unknown times for a file that says nothing."""
        if not self.has("publication", "published_at", "data_until"):
            return PublicationTimes(None, None)
        [row] = self.rows("select * from zenhire_marts.publication limit 1") or [{}]
        published_at, data_until = in_utc(row.get("published_at")), in_utc(row.get("data_until"))
        return PublicationTimes(published_at, self._oldest(data_until), in_utc(row.get("as_of")))

    def _oldest(self, data_until: datetime | None) -> datetime | None:
        """The data is as old as its oldest mart, whatever the file as a whole says."""
        if data_until is None or not self.has("sync_freshness", "data_until"):
            return data_until
        [row] = self.rows("select min(data_until) as oldest from zenhire_marts.sync_freshness")
        return min(data_until, in_utc(row["oldest"]) or data_until)


def in_utc(time: datetime | None) -> datetime | None:
    """The time in UTC; one without a zone is UTC already, as all times of the marts are."""
    if time is None:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        # a file made on a machine that knows more zones: its days begin some hours off UTC's
        return UTC
