"""Reads one key's list into the warehouse, with as few pages as can be trusted.

Data flow: GET /sessions -> windows -> sessions, session_tags, session_metadata.

A server-side filter is a saving, never the truth ("Not known"): it is used only after its answer was held
against rows that were read without it, and an answer that does not fit costs a whole reading, not rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from zenhire_schemas.session import SessionSummary
from zenhire_sync.api.client import ApiClient
from zenhire_sync.api.id_set import IdSet
from zenhire_sync.api.paging import SessionList
from zenhire_sync.errors import ApiAnswerError, PagingError
from zenhire_sync.plan.cursors import Cursors, advanced, merged, read_back_to, watched_since
from zenhire_sync.plan.detail_plan import Scope
from zenhire_sync.progress import Silent
from zenhire_sync.sync.known_api import USELESS, KnownApi
from zenhire_sync.sync.list_reader import FilterIgnoredError, Fits, ListReader, stop_flood
from zenhire_sync.sync.night import Night

log = logging.getLogger(__name__)

# Before any session.
EVERYTHING = datetime(1, 1, 1, tzinfo=UTC)
CREATED_FILTERS = ("created_after", "createdAfter")
COMPLETED_FILTERS = ("completed_after", "completedAfter")


@dataclass(slots=True)
class KeyReading:
    """What the readings of one key's list told: clients and projects it can see, and every id they showed.

    ``is_assumed`` when nothing but the want of a way to others says that it is complete. What was created
    since ``read_since`` came, as far as its order tells: everything where it is complete, None where that is
    in doubt. ``page_rows`` is the length of a page tonight.
    """

    client: ApiClient
    scopes: set[Scope] = field(default_factory=set)
    shown: list[IdSet] = field(default_factory=list)
    is_complete: bool = False
    is_assumed: bool = False
    read_since: datetime | None = None
    page_rows: int = 0
    known: KnownApi = field(default_factory=KnownApi)

    @property
    def is_empty(self) -> bool:
        """Whether the whole list came, without a row."""
        return self.is_complete and not any(map(len, self.shown))

    def shows(self, session_id: str) -> bool:
        """Whether one of the readings had the session."""
        return any(session_id in ids for ids in self.shown)


def is_listed(session_id: str, readings: Iterable[KeyReading]) -> bool:
    """Whether one of the readings had the session."""
    return any(reading.shows(session_id) for reading in readings)


class KeyList:
    """The list as one key sees it."""

    def __init__(self, client: ApiClient, night: Night) -> None:
        self._client = client
        self._settings = night.settings
        self._memory = night.memory
        self._committer = night.committer
        self._outcome = night.outcome
        self._progress = night.progress
        self._known = KnownApi.from_json(night.outcome.paging.get(client.key_name))
        self._seen = Cursors()
        self._reading = KeyReading(client)

    @property
    def reading(self) -> KeyReading:
        """What was read so far; also when the rest could not be."""
        return self._reading

    async def read(self, *, whole: bool, since: datetime | None) -> KeyReading:
        """Commits what changed, back to the night's target (not before ``since``), or the ``whole`` list.

        Raises PagingError, ContractFloodError and what the client raises.
        """
        name = self._client.key_name
        cursors = self._memory.cursors(name)
        target = None if whole else self._target(cursors, since)
        if whole:
            self._known = KnownApi(self._known.dialect)
        if not await self._read_filtered(target):
            await self._read_plain(target, cursors)
        self._outcome.cursors_after[name] = advanced(cursors, self._seen, self._outcome.stamped_at).to_json()
        self._outcome.paging[name] = self._known.to_json()
        self._reading.known = self._known
        return self._reading

    def _target(self, cursors: Cursors | None, since: datetime | None) -> datetime | None:
        recheck = timedelta(days=self._settings.recheck_days)
        watched = watched_since(self._outcome.as_of, self._memory.last_run_at(), recheck)
        lag = timedelta(minutes=self._settings.cursor_lag_minutes)
        target = read_back_to(cursors, self._memory.oldest_unfinished(watched), lag)
        return since if since is not None and (target is None or since < target) else target

    async def _read_plain(self, target: datetime | None, cursors: Cursors | None) -> None:
        sessions = SessionList(
            self._client, self._settings, self._known.dialect, is_proven=target is None or cursors is None
        )
        reader = await self._commit_all(sessions, target)
        is_ordered = reader.order if sessions.is_complete else self._known.is_newest_first
        self._known = replace(self._known, dialect=sessions.dialect, is_newest_first=is_ordered)
        self._outcome.sessions_listed += sessions.sessions_seen
        self._reading.is_complete = sessions.is_complete
        self._reading.is_assumed = sessions.is_end_assumed
        self._reading.read_since = EVERYTHING if sessions.is_complete else reader.passed_until
        if target is None or self._settings.filters == "off":
            return
        if sessions.is_complete and reader.order is False:
            await self._prove_created_filter(target)
        elif not sessions.is_complete and cursors is not None and cursors.completed_at is not None:
            await self._read_lately_completed(cursors.completed_at)

    async def _commit_all(
        self, sessions: SessionList, target: datetime | None, fits: Fits | None = None
    ) -> ListReader:
        progress = self._progress if fits is None else Silent()
        # A first sync: what this reading shows for the first time cannot have been committed before.
        is_first = self._memory.has_no_session()
        reader = ListReader(
            sessions,
            self._settings,
            target,
            progress,
            fits,
            is_first=is_first,
            was_newest_first=self._known.is_newest_first,
        )
        self._reading.shown.append(sessions.seen)
        try:
            async for window in reader.windows():
                stop_flood(self._settings, reader.rows_rejected, reader.rows_read, "list rows")
                self._committer.commit_window(window, are_new=is_first and window.are_first_seen)
                # Else it would be kept until the next one is read.
                del window
        finally:
            # What came is kept, whatever stopped the reading.
            self._committer.finish_list()
        self._reading.scopes |= reader.scopes
        self._seen = merged(self._seen, reader.seen)
        self._reading.page_rows = max(self._reading.page_rows, sessions.page_rows)
        return reader

    async def _commit_filtered(self, name: str, after: datetime, fits: Fits, expected: set[str]) -> bool:
        """Commits the filtered list; False when the filter is refused or ignored, or leaves rows out.

        Rows that came are good in any case: a filter can only be wrong about which. Where no row is expected
        its answer proves nothing.
        """
        text = after.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        sessions = SessionList(self._client, self._settings, self._known.dialect, {name: text})
        try:
            await self._commit_all(sessions, None, fits)
        except (FilterIgnoredError, PagingError, ApiAnswerError) as error:
            log.info(
                "a filter of the API does not work; the list is read without it",
                extra={"filter": name, "why": type(error).__name__},
            )
            return False
        return all(session_id in sessions.seen for session_id in expected)

    async def _read_filtered(self, target: datetime | None) -> bool:
        """The night's reading through a created-after filter that proved itself; False: read plainly."""
        name = self._known.created_filter
        if target is None or not name or self._settings.filters == "off":
            return False
        # Sessions known to be there must be in the answer. One that is not was deleted, or swallowed by the
        # filter: only the whole list can tell.
        expected = set(self._memory.living_ids(created_after=target))
        # Nothing expected proves nothing: an empty answer would pass.
        if not expected or not await self._commit_filtered(
            name, target, lambda row: row.created_at >= target, expected
        ):
            return False
        self._outcome.sessions_listed += len(self._reading.shown[-1])
        self._reading.read_since = target
        return True

    async def _prove_created_filter(self, target: datetime) -> None:
        """Holds the filter's answer against the list that was just read whole."""
        if self._known.created_filter is not None:
            return
        expected = set(filter(self._reading.shows, self._memory.living_ids(created_after=target)))
        for name in CREATED_FILTERS if expected else ():
            if await self._commit_filtered(name, target, lambda row: row.created_at >= target, expected):
                self._known = replace(self._known, created_filter=name)
                return
        if expected:
            self._known = replace(self._known, created_filter=USELESS)

    async def _read_lately_completed(self, cursor: datetime) -> None:
        """Sessions that ended since the cursor but were created before the night's target."""
        after = cursor - timedelta(minutes=self._settings.cursor_lag_minutes)
        known = self._known.completed_filter
        expected = set(filter(self._reading.shows, self._memory.ids_completed_after(after)))

        def fits(row: SessionSummary) -> bool:
            return row.completed_at is not None and row.completed_at >= after

        names = COMPLETED_FILTERS if known is None else (known,) if known else ()
        for name in names if expected or known else ():
            if await self._commit_filtered(name, after, fits, expected):
                self._known = replace(self._known, completed_filter=name)
                return
        if expected:
            self._known = replace(self._known, completed_filter=USELESS)
