"""Reads the session list back to where it must be read, in windows of accepted rows.

Data flow: GET /sessions -> pages -> accepted rows -> SessionTables, one per window.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zenhire_schemas.session import SessionSummary
from zenhire_sync.api.paging import Page, SessionList, as_sent
from zenhire_sync.errors import ContractFloodError, PagingError, ZenhireError
from zenhire_sync.plan.cursors import Cursors, latest
from zenhire_sync.plan.detail_plan import Scope
from zenhire_sync.plan.order import OrderWitness
from zenhire_sync.progress import Progress
from zenhire_sync.rows.batches import Batches
from zenhire_sync.rows.columns import SessionTables
from zenhire_sync.rows.contract import Rejection, accept_rows
from zenhire_sync.rows.fast_contract import plain_rows
from zenhire_sync.settings import Settings

# How often a list that ends before its own total is read again.
SWEEPS = 2
# Rows in memory at once: new ones go to disk, others are held against the warehouse, and smaller windows of
# these would cost a load each.
ADDED_ROWS, COMPARED_ROWS = 5_000, 20_000
# A window is cut at so much JSON too: sessions may carry 8 KB of metadata each (P), and details a prompt.
WINDOW_BYTES = 32_000_000
# Fewer broken rows than this are never an API change, whatever their share.
FEWEST_IN_FLOOD = 10


Fits = Callable[[SessionSummary], bool]


class FilterIgnoredError(Exception):
    """A row came that the filter should have kept back: the server does not honour it."""


@dataclass(slots=True)
class Window:
    """Sessions to be committed together; ids are distinct, the row read last wins.

    ``are_first_seen`` when no row of this reading before them had one of the ids.
    """

    ids: list[str]
    tables: SessionTables | None
    rejected: list[Rejection]
    are_first_seen: bool = False

    def take_tables(self) -> SessionTables | None:
        """The rows, which the window does not keep: a large one is not to be in memory twice."""
        tables, self.tables = self.tables, None
        return tables


class ListReader:
    """One reading of one key's list. ``seen`` tells the cursors it earned, once it ended."""

    def __init__(
        self,
        sessions: SessionList,
        settings: Settings,
        target: datetime | None,
        progress: Progress,
        fits: Fits | None = None,
        *,
        is_first: bool = False,
        was_newest_first: bool | None = None,
    ) -> None:
        self._sessions = sessions
        self._settings = settings
        self._target = target
        self._progress = progress
        self._fits = fits
        self._window_rows = min(settings.window_sessions, ADDED_ROWS if is_first else COMPARED_ROWS)
        self._witness = OrderWitness(was_newest_first=was_newest_first)
        self._batches = Batches()
        self._window: dict[str, None] = {}
        self._rejected: list[Rejection] = []
        self._are_first_seen = True
        self._is_first_pass = True
        self._bytes_cut = 0
        self.seen = Cursors()
        self.scopes: set[Scope] = set()
        self.rows_read = 0
        self.rows_rejected = 0

    @property
    def order(self) -> bool | None:
        """Whether the list is newest first, as far as the rows show it."""
        return self._witness.verdict

    @property
    def passed_until(self) -> datetime | None:
        """Creation time down to which everything came, where it is."""
        return self._witness.passed_until

    async def windows(self) -> AsyncIterator[Window]:
        """Windows of rows that fit into memory; the last one may hold fewer.

        Raises PagingError when the end of the list is in doubt, and FilterIgnoredError when a row does not
        fit the filter that was asked for. What was read until then comes before such an error, or Ctrl-C.
        """
        try:
            async for page in self._pages():
                self._take(page)
                if self._is_full():
                    yield self._cut()
        except (ZenhireError, asyncio.CancelledError):
            # Ctrl-C cancels what waits for an answer.
            if self._holds_rows():
                yield self._cut()
            raise
        if self._holds_rows():
            yield self._cut()

    async def _pages(self) -> AsyncIterator[Page]:
        async for page in self._sessions.pages():
            yield page
            if self._sessions.pages_read >= self._settings.recheck_pages and self._witness.has_passed(
                self._target
            ):
                break
        # What follows comes a second time; it tells nothing of the order.
        self._is_first_pass = False
        if self._sessions.shifted:
            async for page in self._sessions.head_again():
                yield page
        # A filtered list may well count what it filtered out; there the total is no witness.
        for _ in range(SWEEPS if self._sessions.is_complete and self._fits is None else 0):
            if not self._sessions.is_short_of_total:
                break
            async for page in self._sessions.once_more():
                yield page
        if self._sessions.is_complete and self._sessions.is_short_of_total and self._fits is None:
            raise PagingError(
                f"/sessions ended after {self._sessions.sessions_seen} sessions but counted "
                f"{self._sessions.totals.highest}, {SWEEPS + 1} times in a row; what came is kept, run again"
            )

    def _take(self, page: Page) -> None:
        # A filtered reading is short and holds each row against the filter.
        plain = plain_rows(page.rows) if self._fits is None else None
        if plain is None:
            self._take_judged(as_sent(page.rows), page.repeated)
        else:
            self._note(plain.ids, plain.created_at, plain.completed_at, page.repeated)
            columns = (plain.sessions[name] for name in ("client_id", "project_id"))
            self.scopes.update(zip(*columns, strict=True))
            self._batches.add_plain(plain)
        self._are_first_seen &= page.fresh == len(page.rows)
        self.rows_read += len(page.rows)
        self._progress.advance("sessions listed", self._sessions.sessions_seen, self._sessions.totals.latest)

    def _take_judged(self, rows: Sequence[Any], repeated: Set[str]) -> None:
        accepted, rejected = accept_rows(rows)
        if self._fits is not None and not all(self._fits(row) for row in accepted):
            raise FilterIgnoredError
        self._note(
            [row.id for row in accepted],
            [row.created_at for row in accepted],
            [row.completed_at for row in accepted],
            repeated,
        )
        self.scopes.update((row.client_id, row.project_id) for row in accepted)
        self.rows_rejected += len(rejected)
        self._rejected.extend(rejected)
        self._batches.add(accepted)

    def _note(
        self,
        ids: Sequence[str],
        created: Sequence[datetime],
        completed: Sequence[datetime | None],
        repeated: Set[str],
    ) -> None:
        if self._is_first_pass:
            # Rows that moved on from an earlier page tell nothing of the order.
            self._witness.watch(
                moment for session_id, moment in zip(ids, created, strict=True) if session_id not in repeated
            )
        self.seen = Cursors(
            latest((self.seen.created_at, *created)), latest((self.seen.completed_at, *completed))
        )
        self._window.update(dict.fromkeys(ids))

    def _holds_rows(self) -> bool:
        return bool(self._window or self._rejected)

    def _is_full(self) -> bool:
        is_large = self._sessions.bytes_read - self._bytes_cut >= WINDOW_BYTES
        return len(self._window) >= self._window_rows or (is_large and bool(self._window))

    def _cut(self) -> Window:
        self._bytes_cut = self._sessions.bytes_read
        window = Window(list(self._window), self._batches.take(), self._rejected, self._are_first_seen)
        self._window, self._rejected, self._are_first_seen = {}, [], True
        return window


def stop_flood(settings: Settings, rejected: int, read: int, what: str) -> None:
    """Raises ContractFloodError when so many rows are broken that the API must have changed."""
    if rejected > FEWEST_IN_FLOOD and rejected > settings.max_rejected_share * read:
        raise ContractFloodError(
            f"{rejected} of {read} {what} break the contract (more than {settings.max_rejected_share:.0%}): "
            "the API has changed; this window was not committed. See what it answers with "
            "`zenhire-sync check`, or raise ZENHIRE_MAX_REJECTED_SHARE"
        )
