"""Reads the session list page by page and makes sure that no page is lost on the way.

Data flow: GET /sessions -> Page. Run alone: ``zenhire-sync check``.

What cannot be known (see dialect.py) is tried out on the first pages and verified by ids on every page: a
repeated, empty or short page in the middle is asked for again, and a list that ends before its own total
is read once more from the start. None of them is taken as the end at the first look.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from zenhire_sync.api import paging_errors
from zenhire_sync.api.client import ApiClient, back_off_seconds
from zenhire_sync.api.dialect import Attempt, Dialect, Position, attempts, continuation, more_follows
from zenhire_sync.api.envelope import Envelope, ids_of, last_id_of
from zenhire_sync.api.id_set import IdSet
from zenhire_sync.api.page_doubts import Verdict, after_empty, has_shrunk, is_too_short, judge, may_be_cut
from zenhire_sync.api.page_requests import PageRequests
from zenhire_sync.api.totals import Totals
from zenhire_sync.settings import Settings

log = logging.getLogger(__name__)

# How often a page that makes no sense is asked for again before the run gives up on it.
SECOND_LOOKS = 3
# The next page and how it was asked for; or the end; or: this dialect does not fit.
Step = tuple[Attempt, Envelope] | Literal["end", "unfit"]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as the API sent them, and how many of them were not seen before in this reading."""

    rows: list[Any]
    fresh: int


class SessionList:
    """One reading of the list. ``dialect`` is the one that worked, to be remembered for the next run.

    ``seen`` are the ids of all its rows, of broken ones and of second readings too.
    """

    def __init__(
        self,
        client: ApiClient,
        settings: Settings,
        remembered: Dialect | None = None,
        filters: Mapping[str, str] | None = None,
    ) -> None:
        self._client = client
        self._settings = settings
        self._filters = dict(filters or {})
        self._remembered = remembered
        self._requests = PageRequests(client, settings, self._filters)
        self.seen = IdSet()
        self._earlier = IdSet()
        self._first = Envelope(rows=[])
        self._at = Position(index=0, offset=0, last_id=None)
        self._current: Attempt | None = None
        self._largest = 0
        self._unnamed = 0
        self._empty_in_a_row = 0
        self._latest_rows: list[Any] = []
        self._short_is_normal = False
        self.totals = Totals()
        self.dialect = remembered
        self._pages_again = 0
        self.shifted = False
        self.is_complete = False

    @property
    def pages_read(self) -> int:
        """Answers that were pages, second looks and second readings included."""
        return self._requests.sent + self._pages_again

    @property
    def bytes_read(self) -> int:
        """Size of the answers so far, but for those of second readings."""
        return self._requests.bytes_read

    @property
    def sessions_seen(self) -> int:
        """Distinct ids so far, second readings included."""
        return len(self.seen)

    async def pages(self) -> AsyncIterator[Page]:
        """Every page to the end. Raises PagingError when the end is not beyond doubt."""
        envelope = await self._first_page()
        self._first = envelope
        yield self._note(envelope)
        while True:
            step = await self._next(envelope)
            if isinstance(step, str):
                break
            attempt, following = step
            again = await self._second_look(envelope, following)
            if again is not None:
                yield again
            envelope = following
            self._advance(attempt, envelope)
            yield self._note(envelope)
        self.is_complete = True

    async def head_again(self) -> AsyncIterator[Page]:
        """The first pages once more, up to one that holds nothing new: what moved there while reading."""
        async for page in self.once_more():
            yield page
            if page.fresh == 0:
                break

    async def once_more(self) -> AsyncIterator[Page]:
        """The whole list again, from the first page; what was seen stays known."""
        reader = SessionList(self._client, self._settings, self.dialect, self._filters)
        reader._earlier = self.seen
        async for page in reader.pages():
            self._pages_again += 1
            self.totals.take_over(reader.totals)
            self.seen.add(ids_of(page.rows))
            yield page

    @property
    def is_short_of_total(self) -> bool:
        """Whether fewer sessions were seen than there must have been."""
        return self.totals.exceed(len(self.seen) + self._unnamed)

    async def _first_page(self) -> Envelope:
        self.dialect, envelope = await self._requests.first(self._remembered)
        self.shifted |= self.totals.watch(envelope.total)
        self._at = Position(0, len(envelope.rows), last_id_of(envelope.rows))
        return envelope

    async def _ask(self, attempt: Attempt | None) -> Envelope | None:
        envelope = await self._requests.page(attempt, self._dialect())
        if envelope is not None:
            self.shifted |= self.totals.watch(envelope.total)
        return envelope

    def _note(self, envelope: Envelope) -> Page:
        ids = set(ids_of(envelope.rows))
        fresh = self.seen.add(ids)
        # A row that was on an earlier page means that rows moved while we read.
        self.shifted |= len(ids) > len(fresh)
        self._largest = max(self._largest, len(envelope.rows))
        self._latest_rows = envelope.rows
        # Rows without an id, and ids twice on one page: the API counts them, we cannot tell them apart.
        self._unnamed += len(envelope.rows) - len(ids)
        if self._earlier:
            fresh = [session_id for session_id in fresh if session_id not in self._earlier]
        return Page(envelope.rows, len(fresh))

    def _advance(self, attempt: Attempt, envelope: Envelope) -> None:
        offset = self._at.offset + len(envelope.rows)
        self._at = Position(self._at.index + 1, offset, last_id_of(envelope.rows) or self._at.last_id)
        self._current = attempt
        self.dialect = attempt.dialect

    async def _next(self, page: Envelope) -> Step:
        is_first = self._at.index == 0
        more = more_follows(page, self._first, self._at, None if is_first else self._dialect().style)
        if more is False or self._settings.paging == "none":
            return "end"
        if is_first and more is None and self._is_known_whole(page):
            return "end"
        known = None if is_first and not self._is_known() else continuation(self._dialect(), page, self._at)
        if known is not None:
            step = await self._follow(known, more)
            if step != "unfit":
                return step
        if is_first:
            return await self._detect(page, more)
        if more and self.totals.latest is None:
            raise paging_errors.more_without_a_way()
        return "end"

    def _dialect(self) -> Dialect:
        return self.dialect or Dialect("none")

    def _is_known_whole(self, page: Envelope) -> bool:
        """Whether an earlier run found that this list does not page, and nothing hints at it by now."""
        is_whole = self._remembered is not None and self._remembered.style == "none"
        return is_whole and not may_be_cut(len(page.rows), self._dialect().size)

    def _is_known(self) -> bool:
        return self._remembered is not None and self._remembered.style != "none"

    async def _follow(self, attempt: Attempt, more: bool | None) -> Step:
        """The next page under a known dialect. A senseless page is asked for again."""
        verdict, page = "", Envelope(rows=[])
        for look in range(1 if self._empty_in_a_row else SECOND_LOOKS):
            await asyncio.sleep(back_off_seconds(look, self._settings.retry_base_seconds) if look else 0)
            answered = await self._ask(attempt)
            if answered is None:
                return await self._refused(attempt, more)
            page, verdict = answered, self._verdict(answered)
            if verdict == "fresh":
                self._empty_in_a_row = 0
                return attempt, page
            if verdict == "empty" and more is None:
                return await self._beyond(attempt, page)
            log.warning("page again", extra={"verdict": verdict, "page": self._at.index + 2})
        if verdict == "empty":
            self._empty_in_a_row += 1
            meaning = after_empty(page, attempt, self._empty_in_a_row)
            if meaning == "on":
                return attempt, page
            if meaning == "end" or self.totals.latest is not None:
                return "end"  # the caller holds it against the total
        if self._at.index == 0:
            return "unfit"
        raise paging_errors.senseless(self._at.index + 2, verdict, SECOND_LOOKS)

    async def _refused(self, attempt: Attempt, more: bool | None) -> Step:
        if self._at.index == 0:
            return "unfit"
        if more is None and await self._is_refused_beyond(attempt):
            return "end"
        raise paging_errors.refused(self._at.index + 2, attempt.dialect.param)

    async def _is_refused_beyond(self, attempt: Attempt) -> bool:
        """Whether this page and the next, which nobody announced, are refused while the last one is not."""
        if attempt.dialect.style not in {"page", "offset"}:
            return False
        after = self._page_after(attempt, Envelope(rows=[]))
        if after is None or await self._ask(after) is not None:
            return False
        return await self._ask(self._current) is not None

    def _page_after(self, attempt: Attempt, page: Envelope) -> Attempt | None:
        """The one behind the attempt's page, which brought nothing."""
        step = max(self._largest, 1)
        further = replace(self._at, index=self._at.index + 1, offset=self._at.offset + step)
        return continuation(attempt.dialect, page, further)

    async def _beyond(self, attempt: Attempt, empty: Envelope) -> Step:
        """Whether an empty page that nobody announced is the end: only if the page after it is empty too."""
        after = self._page_after(attempt, empty)
        page = None if after is None or after == attempt else await self._ask(after)
        if page is None or self._verdict(page) != "fresh":
            return "end"
        return await self._follow(attempt, more=True)

    async def _detect(self, page: Envelope, more: bool | None) -> Step:
        base = self._dialect()
        style, param = self._settings.paging, self._settings.paging_param
        for attempt in attempts(replace(base, style="none"), page, self._at, style, param):
            answered = await self._ask(attempt)
            verdict = "refused" if answered is None else self._verdict(answered)
            if answered is not None and verdict == "fresh":
                log.info(
                    "paging found", extra={"style": attempt.dialect.style, "param": attempt.dialect.param}
                )
                return attempt, answered
            if verdict == "empty" and more is None:
                # Understood (else it were the first page again), and nothing there.
                self.dialect = attempt.dialect
                return await self._beyond(attempt, answered) if answered is not None else "end"
            if verdict == "empty":
                step = await self._once_more_on_trial(attempt, more)
                if step != "unfit":
                    return step
        if more and page.rows:
            raise paging_errors.no_way_works()
        if more is None and may_be_cut(len(page.rows), base.size):
            raise paging_errors.perhaps_cut(len(page.rows))
        self.dialect = replace(base, style="none", param=None)
        return "end"

    async def _once_more_on_trial(self, attempt: Attempt, more: bool | None) -> Step:
        """A page that came empty under a dialect on trial: by accident, or since the list ends there."""
        step = await self._follow(attempt, more)
        if not isinstance(step, str):
            return step
        self._empty_in_a_row = 0
        if step == "unfit" or attempt.dialect.style not in {"cursor", "url"} or self.is_short_of_total:
            return "unfit"
        self.dialect = attempt.dialect
        return "end"

    def _verdict(self, page: Envelope) -> Verdict:
        return judge(page, self.seen, self._latest_rows, on_trial=self._at.index == 0)

    async def _second_look(self, page: Envelope, following: Envelope) -> Page | None:
        """The current page again, if rows may have slipped onto it from the next one, or were left out."""
        # An offset is counted from the rows that came, so that a short page leaves no gap there.
        by_rows = self._dialect().style in {"offset", "keyset"}
        is_short = not (by_rows or self._short_is_normal) and is_too_short(page, following, self._largest)
        if not (is_short or has_shrunk(page, following)):
            return None
        again = await self._ask(self._current)
        fresh = again is not None and not all(session_id in self.seen for session_id in ids_of(again.rows))
        self._short_is_normal = not fresh
        return self._note(again) if fresh and again is not None else None
