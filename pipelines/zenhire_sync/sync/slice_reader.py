"""Reads one stretch in the middle of a key's list, and tells which sessions held of it did not come.

Data flow: GET /sessions from a place, or through a filter -> rows -> the same door as every list row.

Where the stretch begins is an estimate from what is held, mended by the creation times of the rows that come.
What a list skips, repeats or counts otherwise is told by the ids: no order and no count is trusted with more
than the number of requests.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from typing import Literal

from zenhire_sync.api.paging import MiddlePages, Page, as_sent
from zenhire_sync.errors import ApiAnswerError, ApiUnreachableError, ContractFloodError, KeyRefusedError
from zenhire_sync.plan.order import TOLERANCE
from zenhire_sync.plan.page_search import PageSearch, Span
from zenhire_sync.plan.verification import TICK, HeldPart, Slice
from zenhire_sync.rows.batches import Batches
from zenhire_sync.rows.contract import Rejection, accept_rows
from zenhire_sync.sync.key_sessions import KeyReading
from zenhire_sync.sync.known_api import USELESS
from zenhire_sync.sync.list_reader import COMPARED_ROWS, Window, stop_flood
from zenhire_sync.sync.night import Night
from zenhire_sync.warehouse.verified_ranges import ExpectedSession, ExpectedSessions

log = logging.getLogger(__name__)

# Pages that are spent on finding the place, and beyond those that the stretch fills.
SEEKS = 6
SPARE_PAGES = 2
MOST_ABOVE = 20
BEFORE_FILTERS = ("created_before", "createdBefore")

Way = Literal["places", "session", "filter"]


@dataclass(frozen=True, slots=True)
class SliceRead:
    """Sessions created between the two times were looked for; ``missing`` are those that did not come."""

    oldest: datetime
    newest: datetime
    sessions: int
    missing: Sequence[ExpectedSession]


def way_of(reading: KeyReading, filters: Literal["auto", "off"]) -> Way | None:
    """How a key's list can be read from its middle; None where it gives opaque tokens alone."""
    dialect = reading.known.dialect
    style = None if dialect is None else dialect.style
    if reading.known.is_newest_first and style in {"page", "offset"}:
        return "places"
    if reading.known.is_newest_first and style == "keyset":
        return "session"
    is_bounded = bool(reading.known.is_newest_first or reading.known.created_filter)
    return "filter" if is_bounded and filters != "off" and reading.known.before_filter != USELESS else None


class SliceReader:
    """One stretch of one key's list. ``before_filter`` is what is known of that filter by then."""

    def __init__(
        self, night: Night, reading: KeyReading, held: ExpectedSessions, living: ExpectedSessions
    ) -> None:
        self._night = night
        self._reading = reading
        self._held = held
        self._living = living
        self._batches = Batches()
        self._ids: dict[str, None] = {}
        self._rejected: list[Rejection] = []
        self._rows = self._rows_rejected = 0
        self._unseen: dict[str, ExpectedSession] = {}
        self._most_pages = 0
        self._oldest = datetime.max.replace(tzinfo=UTC)
        self.before_filter = reading.known.before_filter

    async def read(self, part: Slice) -> SliceRead | None:
        """Commits what came; None where nothing of the stretch was reached, or no filter is honoured.

        No fault of these requests ends the night, whose own list was read; what came is kept. Raises
        WarehouseError when something cannot be written.
        """
        wanted = self._held.wanted(part, self._living)
        if not wanted:
            return None
        self._unseen, self._oldest = {one.id: one for one in wanted}, wanted[-1].created_at
        part = Slice(wanted[-1].created_at, wanted[0].created_at, len(wanted))
        self._most_pages = ceil(len(wanted) / max(self._reading.page_rows, 1)) + SPARE_PAGES
        try:
            try:
                reached = await self._reach(part)
            finally:
                self._commit()
        except (ApiAnswerError, ApiUnreachableError, ContractFloodError, KeyRefusedError) as error:
            log.warning(
                "a part of the list could not be read again; the next run tries it",
                extra={"key": self._reading.client.key_name, "why": str(error)},
            )
            reached = None
        if reached is None or reached > part.newest:
            return None
        missing = [one for one in self._unseen.values() if one.created_at >= reached]
        sessions = sum(one.created_at >= reached for one in wanted)
        if self._is_swallowed(len(missing), sessions):
            self.before_filter = USELESS
            return None
        return SliceRead(reached, part.newest, sessions, missing)

    def behind(self, part: HeldPart) -> HeldPart | None:
        """What of a part is older than the stretch that was read last; its sessions are at most so many."""
        newest = min(part.newest, self._oldest - TICK)
        return replace(part, newest=newest) if part.oldest <= newest else None

    async def _reach(self, part: Slice) -> datetime | None:
        """The creation time down to which everything should have come."""
        match way_of(self._reading, self._night.settings.filters):
            case "places":
                return await self._by_places(part)
            case "session":
                return await self._behind_a_session(part)
            case "filter":
                return await self._through_a_filter(part)
        return None

    def _pages(self, filters: dict[str, str] | None = None) -> MiddlePages:
        dialect = self._reading.known.dialect
        assert dialect is not None, "a list without a dialect has no middle"  # noqa: S101
        pages = MiddlePages(self._reading.client, self._night.settings, dialect, filters)
        self._reading.shown.append(pages.seen)
        return pages

    async def _by_places(self, part: Slice) -> datetime | None:
        pages, dialect = self._pages(), self._reading.known.dialect
        is_numbered = dialect is not None and dialect.style == "page"
        search = PageSearch(part, self._living.count, self._reading.page_rows, is_numbered=is_numbered)
        while self._unseen and not search.is_done and pages.pages_read < self._most_pages + SEEKS:
            page, start = await pages.at(search.place, search.page_rows)
            search.take(start, len(page.rows), self._take(page, part))
        return search.reached if self._unseen else part.oldest

    async def _behind_a_session(self, part: Slice) -> datetime | None:
        pages = self._pages()
        above = self._held.next_above(part.newest)
        for one in above:
            page = await pages.behind(one.sent_id)
            if page is not None:
                return await self._onwards(pages, page, part)
        return None if above else await self._onwards(pages, await pages.first(), part)

    async def _through_a_filter(self, part: Slice) -> datetime | None:
        known = self._reading.known
        for name in BEFORE_FILTERS if self.before_filter is None else (self.before_filter,):
            filters = {name: _text(part.newest + TOLERANCE)}
            if not known.is_newest_first and known.created_filter:
                filters[known.created_filter] = _text(part.oldest - TOLERANCE)
            pages = self._pages(filters)
            page = await pages.first()
            span = None if page is None else self._take(page, part)
            if span is not None and span.newest <= part.newest + 2 * TOLERANCE:
                self.before_filter = name
                return await self._onwards(pages, page, part)
        self.before_filter = USELESS
        return None

    async def _onwards(self, pages: MiddlePages, page: Page | None, part: Slice) -> datetime | None:
        """Follows the pages to the end of the stretch."""
        oldest, above = part.newest, 0
        while page is not None:
            span = self._take(page, part)
            if not self._unseen or span is None or span.newest < part.oldest:
                break
            oldest = min(oldest, span.oldest)
            # Many may have been created within the minute by which the filter is wider than the stretch.
            above += span.oldest > part.newest and above < MOST_ABOVE
            if pages.pages_read - above >= self._most_pages:
                # Where rows come in another order, what is left may be anywhere.
                return oldest + TICK if self._reading.known.is_newest_first else None
            page = await pages.following()
        return part.oldest

    def _is_swallowed(self, missing: int, sessions: int) -> bool:
        """Whether a filter keeps back what it should not: it is then not asked again."""
        is_filtered = way_of(self._reading, self._night.settings.filters) == "filter"
        return is_filtered and missing > self._night.settings.max_rejected_share * sessions

    def _take(self, page: Page, part: Slice) -> Span | None:
        """Creation times of a page's oldest and newest row; None for a page without rows."""
        accepted, rejected = accept_rows(as_sent(page.rows))
        self._rows += len(page.rows)
        self._rows_rejected += len(rejected)
        self._rejected.extend(rejected)
        self._batches.add(accepted)
        for row in accepted:
            self._ids[row.id] = None
            self._unseen.pop(row.id, None)
            self._reading.scopes.add((row.client_id, row.project_id))
        if len(self._ids) >= COMPARED_ROWS:
            self._commit()
        created = [row.created_at for row in accepted] or [part.newest]
        return Span(min(created), max(created)) if page.rows else None

    def _commit(self) -> None:
        settings = self._night.settings
        stop_flood(settings, self._rows_rejected, self._rows, "list rows")
        if self._ids or self._rejected:
            window = Window(list(self._ids), self._batches.take(), self._rejected)
            self._ids, self._rejected = {}, []
            self._night.committer.commit_window(window)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
