"""Finds out how the list pages, on its first page; and proves that a list of one page is whole.

The end of a list is proven, not assumed: what looks like one page may be the first of many, from a server
that names its next page as no other does. So a part of the page is asked for, where more must follow and the
answer shows how it says so; and every known way of asking for a second page is tried before the first is
believed.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from zenhire_sync.api.paging import paging_errors
from zenhire_sync.api.paging.attempts import attempts
from zenhire_sync.api.paging.dialect import COUNTED, Attempt, Position, continuation, more_follows
from zenhire_sync.api.paging.envelope import Envelope
from zenhire_sync.api.paging.following import Following
from zenhire_sync.api.paging.list_state import ListState, Proof, Step, fingerprint
from zenhire_sync.api.paging.page_doubts import is_newest_first, may_be_cut, wordless
from zenhire_sync.api.paging.page_requests import PROOF, REASON
from zenhire_sync.errors import ApiAnswerError, ApiUnreachableError, PagingError, ZenhireError

log = logging.getLogger(__name__)

# How often the search begins anew because the first page changed meanwhile.
ROUNDS = 3
# Fewer rows than this may look ordered by chance.
FEWEST_ORDERED = 8


class Detection:
    """The search for a list's second page."""

    def __init__(self, state: ListState, following: Following) -> None:
        self._state = state
        self._following = following
        self._rounds = 0
        self._is_second_search = False
        # of a first page, where the server gives as few rows as it is asked for: it pages
        self._part: Envelope | None = None
        self._failure: ZenhireError | None = None

    def is_known_whole(self, page: Envelope) -> bool:
        """Whether an earlier run proved that so many sessions come at once, or these very ones."""
        known = self._state.remembered
        if known is None or not page.is_silent or page.unread or not page.rows:
            return False
        if known.style == "none" and len(page.rows) < known.whole_rows:
            return True
        is_same = fingerprint(page) == known.whole_ids
        return is_same and len(page.rows) >= FEWEST_ORDERED and is_newest_first(page.rows)

    async def prove_whole(self, page: Envelope) -> Step:
        """Whether a first page that leads to no other is all there is. Raises as ``find`` does."""
        state = self._state
        leads_on = more_follows(page, page, state.at)
        if not page.rows and not (leads_on and (page.token or page.next_url)):
            return await self._still_empty()
        if leads_on:
            return await self.find(page, more=True)
        part = await self._part_of(page)
        if part is not None:
            if self._is_announced(page, part):
                return self._whole(page, "it announces more where there is more, and does not here")
            # Where more must follow it says nothing, or the opposite: its words are worth nothing here too.
            # What is the same on every page tells nothing of the next one.
            self._part = part
            unread = {n: value for n, value in page.unread.items() if part.unread.get(n) != value}
            state.known_dialect = replace(
                state.dialect,
                more_lies=state.dialect.more_lies or part.has_more is False,
                total_lies=state.dialect.total_lies
                or (part.total is not None and part.total <= part.distinct),
            )
            return await self.find(wordless(page, unread), None)
        if not page.is_silent and not page.unread:
            return await self._one_guess(page)
        return await self.find(page, None)

    def _is_announced(self, page: Envelope, part: Envelope) -> bool:
        """Whether a part of a page says that more follows; where a page is full, a total may lag behind."""
        if part.counted == page.counted and (page.counted or 0) > len(page.rows):
            # A count that is the same beside a part is none of the page: a row is missing.
            return False
        at = replace(self._state.at, offset=len(part.rows))
        by_words = more_follows(replace(part, total=None), part, at) is True
        by_field = any(name not in page.unread for name in part.unread)
        by_total = part.total is not None and part.total > len(part.rows)
        return by_words or by_field or (by_total and not may_be_cut(len(page.rows), self._state.dialect.size))

    async def find(self, page: Envelope, more: bool | None) -> Step:
        """The second page, under the first way of asking that brings one; the end where none of them does.

        Raises PagingError when more is promised, or may well be there, and no known way brings it.
        """
        state, settings = self._state, self._state.settings
        base = replace(state.dialect, style="none", param=None, token_field=None)
        reason = REASON if more else PROOF
        for attempt in attempts(base, page, state.at, settings.paging, settings.paging_param):
            step = await self._try(attempt, more, reason)
            if step != "unfit":
                return step
        return await self._nothing_works(page, more)

    async def _try(self, attempt: Attempt, more: bool | None, reason: str) -> Step:
        state = self._state
        try:
            answered = await state.ask(attempt, reason)
        except (ApiAnswerError, ApiUnreachableError) as error:
            # Some servers fail over a parameter that means something else to them. This raises if all fails.
            await state.first_again()
            self._failure = error
            return "unfit"
        if answered is None:
            return await self._refused(attempt, more)
        verdict = state.judge(answered)
        if verdict == "empty":
            return await self._empty(attempt, answered, more)
        if verdict == "repeated":
            is_tail = self._is_tail(answered) and not await self._is_first_now(answered)
            return (attempt, answered) if is_tail else "unfit"
        if await self._is_the_first_page(answered):
            return "unfit"
        log.info("the list pages", extra={"style": attempt.dialect.style, "param": attempt.dialect.param})
        return attempt, answered

    async def _empty(self, attempt: Attempt, page: Envelope, more: bool | None) -> Step:
        """What an empty page means under a way of asking that is on trial."""
        if more is not None:
            return await self._once_more_on_trial(attempt, more)
        if not await self._is_understood(attempt, page):
            return "unfit"
        self._state.known_dialect = attempt.dialect
        return await self._following.beyond(attempt, page)

    async def _is_understood(self, attempt: Attempt, empty: Envelope) -> bool:
        """Whether an empty page is an end in this way of asking: it brings a part that is there.

        A parameter of another meaning, such as a date to which no id compares, matches nothing at all.
        """
        state, dialect, sent = self._state, attempt.dialect, self._state.first.sent_ids
        if dialect.token_field is not None:
            return dialect.token_field not in empty.unread
        if len(sent) < 2 or dialect.style not in COUNTED:
            return True
        if dialect.style == "page":
            return await self._brings_the_first_page(Attempt(dialect, str(dialect.first_page)))
        before = sent[-2] if dialect.style == "keyset" else str(state.at.offset - 1)
        page = await state.ask(Attempt(dialect, before), PROOF)
        found = () if page is None else page.sent_ids
        return sent[-1] in found and sent[0] not in found

    def _is_tail(self, page: Envelope) -> bool:
        """Whether these are the last rows of the first page: what arrived pushed them on to the second."""
        ids, first = page.ids, self._state.first.ids
        known = sum(session_id in first for session_id in ids)
        return 0 < known < len(first) and ids[:known] == first[-known:]

    async def _is_first_now(self, page: Envelope) -> bool:
        """Whether it is the first page as it is by now: sessions may have come onto its top, or gone."""
        again = await self._state.first_again()
        # Not by what both hold: a tail is on a first page too that is not full.
        return again is not None and again.ids[:1] == page.ids[:1]

    async def _refused(self, attempt: Attempt, more: bool | None) -> Step:
        """A server that refuses a second page, but takes the same words for the first, has no second page."""
        state, dialect = self._state, attempt.dialect
        if more is not None or dialect.style not in {"page", "offset"}:
            return "unfit"
        first = "0" if dialect.style == "offset" else str(dialect.first_page)
        if not await self._brings_the_first_page(Attempt(dialect, first)):
            return "unfit"
        state.known_dialect = dialect
        return state.ended("nothing comes behind its last page")

    async def _brings_the_first_page(self, attempt: Attempt) -> bool:
        page = await self._state.ask(attempt, PROOF)
        return page is not None and self._state.judge(page) == "repeated" and await self._is_first_now(page)

    async def _is_the_first_page(self, page: Envelope) -> bool:
        """Whether a server that did not understand sent its first page, with other sessions on it by now."""
        if not is_newest_first([*page.rows[:1], *self._state.first.rows[:1]]):
            return False
        again = await self._state.first_again()
        if again is None:
            return False
        both = set(page.ids).intersection(again.ids)
        return len(both) > len(page.rows) // 2

    async def _once_more_on_trial(self, attempt: Attempt, more: bool | None) -> Step:
        """A page that came empty under a dialect on trial: by accident, or since the list ends there."""
        step = await self._following.follow(attempt, more)
        if not isinstance(step, str):
            return step
        self._following.forget_empty()
        # A number of a next page is a promise of the server's own; a guess that comes back empty keeps none.
        is_guess = attempt.dialect.style in COUNTED and self._state.first.next_number is None
        if step == "unfit" or is_guess or self._state.is_short_of_total:
            return "unfit"
        self._state.known_dialect = attempt.dialect
        return step

    async def _nothing_works(self, page: Envelope, more: bool | None) -> Step:
        state = self._state
        self._rounds += 1
        again = await state.first_again() if self._rounds < ROUNDS and page.rows else None
        if again is not None and set(again.ids).difference(page.ids):
            # What arrived meanwhile pushed the rows of the first page onto the ones that were tried.
            return again
        problem = self._failure or self._problem_with(page, more)
        if problem is None:
            return self._whole(page, "no known way of paging brings others")
        way = None if self._part is None else await self._way_of_parts(page, self._part)
        if way is not None:
            self._remember_whole(page)
            return await self._following.behind(way, is_guess=True)
        if self._is_second_search:
            raise problem
        # An answer may have gone wrong just then: one more search, before a run ends over it.
        self._is_second_search, self._failure = True, None
        return await self.find(page, more)

    async def _way_of_parts(self, page: Envelope, part: Envelope) -> Attempt | None:
        """What is behind the page, asked for in the way that brings its second part after the first.

        None where there is no such way.
        """
        state, settings = self._state, self._state.settings
        base = replace(state.dialect, style="none", param=None, token_field=None, size=len(page.rows) // 2)
        at = Position(0, part.distinct, part.last_sent_id)
        for attempt in attempts(base, part, at, settings.paging, settings.paging_param):
            second = await state.ask(attempt, PROOF)
            ids = set[str]() if second is None else set(second.ids)
            is_second_part = bool(ids) and ids.isdisjoint(part.ids) and ids <= set(page.ids)
            if is_second_part and attempt.dialect.style in COUNTED:
                state.known_dialect = replace(attempt.dialect, size=state.dialect.size)
                return continuation(state.known_dialect, page, state.at)
        return None

    def _problem_with(self, page: Envelope, more: bool | None) -> PagingError | None:
        """Why a first page, which no way of asking leads on from, may not be all there is."""
        rows, settings = len(page.rows), self._state.settings
        if more and rows:
            return paging_errors.no_way_works()
        if page.unread and settings.paging == "auto":
            return paging_errors.unread_field(rows, sorted(page.unread))
        if page.counted is not None and page.counted > rows and settings.paging == "auto":
            return paging_errors.counts_more(rows, page.counted)
        # A server that gives as few rows as it is asked for does page. One that never does, whatever it is
        # asked, gives everything at once; where no size can be asked for, it may be either.
        may_be_page = not self._state.dialect.size_params and may_be_cut(rows, self._state.dialect.size)
        says_full = rows > 0 and page.size == rows
        is_certain = not page.is_silent or page.total == rows
        is_cut = self._part is not None or ((may_be_page or says_full) and not is_certain)
        return paging_errors.perhaps_cut(rows) if is_cut else None

    async def _still_empty(self) -> Step:
        state = self._state
        again = await state.first_again()
        if again is not None and again.rows:
            return again
        # Nothing is known of how it pages.
        state.known_dialect = None
        return state.ended("nothing comes behind its last page")

    async def _part_of(self, page: Envelope) -> Envelope | None:
        """A part of the first page, where the server gives as few rows as it is asked for."""
        state = self._state
        dialect, rows = state.dialect, len(page.rows)
        if rows < 2 or not dialect.size_params:
            return None
        part = await state.requests.smaller(dialect, rows // 2)
        return part if part is not None and 0 < part.distinct < page.distinct else None

    async def _one_guess(self, page: Envelope) -> Step:
        """A page that says that it is the last: one question, in the likeliest way, may prove it wrong."""
        state, settings = self._state, self._state.settings
        base = replace(state.dialect, style="none", param=None)
        tries = attempts(
            base, replace(page, token=None, next_url=None), state.at, settings.paging, settings.paging_param
        )
        attempt = next(tries, None)
        if attempt is None:
            return self._whole(page, "it says so, as it did when that was proven")
        step = await self._following.behind(attempt, is_guess=True)
        if isinstance(step, tuple) and not await self._is_the_first_page(step[1]):
            return step
        return self._whole(page, "nothing comes behind its last page")

    def _whole(self, page: Envelope, proof: Proof) -> Step:
        self._remember_whole(page)
        return self._state.ended(proof)

    def _remember_whole(self, page: Envelope) -> None:
        known = self._state.dialect
        if known.style in {"none", *COUNTED}:
            self._state.known_dialect = replace(known, whole_rows=len(page.rows), whole_ids=fingerprint(page))
