"""Reads the session list page by page and makes sure that no page is lost on the way.

Data flow: GET /sessions -> Page. Run alone: ``zenhire-sync check``.

What cannot be known (see dialect.py) is tried out on the first pages and verified by ids on every page: a
repeated, empty or short page in the middle is asked for again, and a list that ends before its own total
is read once more from the start. None of them is taken as the end at the first look: the end is proven
(detection.py, following.py), and settings made by hand win over every guess.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from zenhire_sync.api.client import ApiClient
from zenhire_sync.api.id_set import IdSet
from zenhire_sync.api.paging import paging_errors
from zenhire_sync.api.paging.detection import Detection
from zenhire_sync.api.paging.dialect import COUNTED, Dialect, continuation, more_follows
from zenhire_sync.api.paging.envelope import Envelope
from zenhire_sync.api.paging.following import SECOND_LOOKS, Following
from zenhire_sync.api.paging.list_state import ASSUMED, ListState, Page, Proof, Step
from zenhire_sync.api.paging.page_doubts import has_shrunk, is_too_short
from zenhire_sync.api.paging.totals import Totals
from zenhire_sync.settings import Settings


class SessionList:
    """One reading of the list. ``dialect`` is the one that worked, to be remembered for the next run.

    ``is_proven`` asks once more behind the last page, whatever the list says of its end: for a first sync and
    for ``reconcile``. ``seen`` are the ids of all its rows, of broken ones and of second readings too.
    """

    def __init__(
        self,
        client: ApiClient,
        settings: Settings,
        remembered: Dialect | None = None,
        filters: Mapping[str, str] | None = None,
        *,
        is_proven: bool = False,
    ) -> None:
        self._parts = client, settings
        self._filters = dict(filters or {})
        self._is_proven = is_proven
        self._begin(remembered, IdSet())
        self._pages_again = 0
        self.is_complete = False

    def _begin(self, remembered: Dialect | None, earlier: IdSet) -> None:
        self._state = ListState(*self._parts, remembered, self._filters, earlier)
        self._following = Following(self._state)
        self._detection = Detection(self._state, self._following)
        self._looks_in_vain = 0

    @property
    def dialect(self) -> Dialect | None:
        """The way of paging that was found to work; None while nothing is known."""
        return self._state.known_dialect

    @property
    def seen(self) -> IdSet:
        """Ids of all rows that came."""
        return self._state.seen

    @property
    def totals(self) -> Totals:
        """How many sessions the API says there are."""
        return self._state.totals

    @property
    def shifted(self) -> bool:
        """Whether rows moved while they were read."""
        return self._state.shifted

    @property
    def end(self) -> Proof | None:
        """How the end of the list is known; None when it was not reached."""
        return self._state.end if self.is_complete else None

    @property
    def is_end_assumed(self) -> bool:
        """Whether the end is known only because no known way of paging brings more."""
        return self.end in ASSUMED

    @property
    def pages_read(self) -> int:
        """Answers that were pages, second looks and second readings included."""
        return self._state.requests.sent + self._pages_again

    @property
    def page_rows(self) -> int:
        """The most rows that a page of this reading held."""
        return self._state.largest

    @property
    def bytes_read(self) -> int:
        """Size of the answers so far, except those of second readings."""
        return self._state.requests.bytes_read

    @property
    def sessions_seen(self) -> int:
        """Distinct ids so far, second readings included."""
        return len(self._state.seen)

    @property
    def is_short_of_total(self) -> bool:
        """Whether fewer sessions were seen than there must have been."""
        return self._state.is_short_of_total

    async def pages(self) -> AsyncIterator[Page]:
        """Every page to the end. Raises PagingError when the end is not beyond doubt."""
        state = self._state
        envelope = await state.open()
        yield state.note(envelope)
        while True:
            step = await self._next(envelope)
            if isinstance(step, str):
                break
            if isinstance(step, Envelope):
                envelope = state.begin(step)
                yield state.note(envelope)
                continue
            attempt, following = step
            again = await self._second_look(envelope, following)
            if again is not None:
                yield again
            envelope = following
            state.advance(attempt, envelope)
            yield state.note(envelope)
        for page in state.strays():
            yield page
        state.remember_size()
        self.is_complete = True

    async def head_again(self) -> AsyncIterator[Page]:
        """The first pages once more, up to one that holds nothing new: what moved there while reading."""
        async for page in self.once_more():
            yield page
            if page.fresh == 0:
                break

    async def once_more(self) -> AsyncIterator[Page]:
        """The whole list again, from the first page; what was seen stays known."""
        reader = SessionList(*self._parts, self.dialect, self._filters)
        reader._begin(self.dialect, self.seen)
        async for page in reader.pages():
            self._pages_again += 1
            self.totals.take_over(reader.totals)
            self.seen.add(page.ids)
            yield page

    async def _next(self, page: Envelope) -> Step:
        state = self._state
        is_first = state.at.index == 0
        if state.settings.paging == "none":
            return state.ended("ZENHIRE_PAGING=none says so")
        is_known = not is_first or (state.remembered is not None and state.remembered.style != "none")
        more = more_follows(page, state.first, state.at, state.dialect if is_known else None)
        if more is not True and is_first and self._detection.is_known_whole(page):
            return state.ended("it holds no more sessions than when it was proven whole")
        known = continuation(state.dialect, page, state.at) if is_known else None
        if more is False:
            return await self._prove(page, is_known=is_known)
        if known is not None and (page.rows or not is_first):
            step = await self._following.follow(known, more)
            if step != "unfit":
                return step
        if is_first:
            return await self._detection.prove_whole(page)
        if more and state.totals.latest is None:
            raise paging_errors.more_without_a_way()
        return state.ended("its last page names no next one, as those before it did")

    async def _prove(self, page: Envelope, *, is_known: bool) -> Step:
        """Whether a page that says it is the last one is that."""
        state = self._state
        is_counted = is_known and state.dialect.style in COUNTED
        if is_counted:
            known = continuation(state.dialect, page, state.at)
            if known is not None and (self._is_proven or not 0 < page.distinct < state.longest):
                step = await self._following.behind(known)
                return await self._detection.prove_whole(page) if step == "unfit" else step
        elif state.at.index == 0 and (self._is_proven or not is_known):
            return await self._detection.prove_whole(page)
        elif state.at.index > 0:
            return state.ended("its last page names no next one, as those before it did")
        return state.ended("it says so, as it did when that was proven")

    async def _second_look(self, page: Envelope, following: Envelope) -> Page | None:
        """The current page again, if rows may have slipped onto it from the next one, or were left out."""
        state = self._state
        may_be_left_out = self._looks_in_vain < SECOND_LOOKS
        # A server may have shorter pages than it had: one look in vain, and tonight's pages are the measure.
        longest = state.largest if self._looks_in_vain else state.longest
        is_short = may_be_left_out and is_too_short(page, following, longest)
        if not (is_short or has_shrunk(page, following)):
            return None
        again = await state.ask(state.current)
        fresh = again is not None and not all(session_id in state.seen for session_id in again.ids)
        if is_short:
            # Servers that filter behind their pages send short ones all the time.
            self._looks_in_vain = 0 if fresh else self._looks_in_vain + 1
        return state.note(again) if fresh and again is not None else None
