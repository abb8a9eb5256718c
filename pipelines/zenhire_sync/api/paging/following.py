"""The next page under a way of paging that is known, and what there is behind the last one."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from zenhire_sync.api.client import back_off_seconds
from zenhire_sync.api.paging import paging_errors
from zenhire_sync.api.paging.dialect import COUNTED, Attempt, continuation, more_follows
from zenhire_sync.api.paging.envelope import Envelope
from zenhire_sync.api.paging.list_state import ListState, Step
from zenhire_sync.api.paging.page_doubts import Verdict, after_empty
from zenhire_sync.api.paging.page_requests import PROOF, REASON
from zenhire_sync.errors import ApiAnswerError, ApiUnreachableError

log = logging.getLogger(__name__)

# How often a page that makes no sense is asked for again before the run gives up on it.
SECOND_LOOKS = 3
# Pages of known rows that are passed in a row: so many sessions may arrive between two pages.
MOST_REPEATED = 50


class Following:
    """Follows one list from page to page."""

    def __init__(self, state: ListState) -> None:
        self._state = state
        self._empty_in_a_row = 0
        self._repeated_in_a_row = 0
        self._latest_repeated: list[str] | None = None

    async def follow(self, attempt: Attempt, more: bool | None, reason: str = REASON) -> Step:
        """The next page under a known dialect. A senseless page is asked for again.

        Raises PagingError when a page in the middle is refused or stays senseless.
        """
        state = self._state
        verdict: Verdict | str = ""
        page = Envelope(rows=[])
        for look in range(1 if self._empty_in_a_row else SECOND_LOOKS):
            base = state.settings.retry_base_seconds
            await asyncio.sleep(back_off_seconds(look, base) if look else 0)
            answered = await state.ask(attempt, reason)
            if answered is None:
                return await self._refused(attempt, more)
            page, verdict = answered, state.judge(answered)
            if verdict == "fresh":
                self._empty_in_a_row = self._repeated_in_a_row = 0
                return attempt, page
            if verdict == "empty" and more is None:
                return await self.beyond(attempt, page)
            log.warning(
                "a list page came empty or held only known sessions; it is asked for again",
                extra={"verdict": verdict, "page": state.at.index + 2},
            )
        step = self._after_empty(attempt, page) if verdict == "empty" else None
        if step is not None:
            return step
        if state.at.index == 0:
            return "unfit"
        if verdict == "repeated":
            return self._step_on(attempt, page, more)
        raise paging_errors.senseless(state.at.index + 2, verdict, SECOND_LOOKS)

    def _after_empty(self, attempt: Attempt, page: Envelope) -> Step | None:
        """What a page means that stays empty; None when it makes no sense."""
        self._empty_in_a_row += 1
        at = replace(self._state.at, index=self._state.at.index + 1, asked=attempt.value)
        more = more_follows(page, self._state.first, at, attempt.dialect)
        meaning = after_empty(page, attempt, self._empty_in_a_row, more=more)
        if meaning == "on":
            return attempt, page
        if meaning == "end" or self._state.totals.latest is not None:
            # The caller holds it against the total.
            return self._state.ended("nothing comes behind its last page")
        return None

    def forget_empty(self) -> None:
        """A way of paging that was on trial is given up."""
        self._empty_in_a_row = 0

    def _step_on(self, attempt: Attempt, page: Envelope, more: bool | None) -> Step:
        """Rows only move on: a page of known rows means that as many arrived, or that the list is over.

        Servers that give their last page for every number beyond it give the same rows again and again.
        """
        state = self._state
        is_same_again = page.ids == self._latest_repeated
        self._latest_repeated = page.ids
        self._repeated_in_a_row += 1
        offset = state.at.offset + page.distinct
        further = replace(state.at, index=state.at.index + 1, offset=offset, asked=attempt.value)
        leads_on = continuation(attempt.dialect, page, further)
        is_tail = page.distinct < state.largest and self._repeated_in_a_row > 1
        if (
            (is_same_again or is_tail or self._is_first_again(page))
            and not more
            and attempt.dialect.style in COUNTED
        ):
            return state.ended("nothing comes behind its last page")
        if leads_on is None and not more_follows(page, state.first, further, attempt.dialect):
            return state.ended("its last page names no next one, as those before it did")
        if leads_on is None or leads_on.value == attempt.value or self._repeated_in_a_row > MOST_REPEATED:
            raise paging_errors.senseless(state.at.index + 2, "repeated", SECOND_LOOKS)
        if is_same_again and self._repeated_in_a_row > SECOND_LOOKS:
            raise paging_errors.senseless(state.at.index + 2, "repeated", SECOND_LOOKS)
        return attempt, page

    def _is_first_again(self, page: Envelope) -> bool:
        """Whether behind the end comes the first page, perhaps with what arrived on its top.

        What arrives cannot push it so far as behind the second.
        """
        first = self._state.first.ids
        if self._state.at.index == 0 or not first or first[0] not in page.ids:
            return False
        known = page.ids[page.ids.index(first[0]) :]
        return len(known) > len(page.ids) // 2 and known == first[: len(known)]

    async def _refused(self, attempt: Attempt, more: bool | None) -> Step:
        state = self._state
        if state.at.index == 0:
            return "unfit"
        if more is None and await self._is_refused_beyond(attempt):
            return state.ended("nothing comes behind its last page")
        raise paging_errors.refused(state.at.index + 2, attempt.dialect.param)

    async def _is_refused_beyond(self, attempt: Attempt) -> bool:
        """Whether this page and the next, which were not announced, are refused while the last one is not."""
        if attempt.dialect.style not in COUNTED:
            return False
        after = self._page_after(attempt, Envelope(rows=[]))
        if after is None:
            return False
        if after != attempt and await self._state.ask(after, PROOF) is not None:
            return False
        return await self._state.ask(self._state.current, PROOF) is not None

    def _page_after(self, attempt: Attempt, page: Envelope) -> Attempt | None:
        """The one behind the attempt's page, which brought nothing."""
        at = self._state.at
        step = max(self._state.largest, 1)
        further = replace(at, index=at.index + 1, offset=at.offset + step, asked=attempt.value)
        return continuation(attempt.dialect, page, further)

    async def beyond(self, attempt: Attempt, empty: Envelope) -> Step:
        """Whether an empty page that was not announced is the end: only if the one after it is empty too."""
        after = self._page_after(attempt, empty)
        page = None if after is None or after.value == attempt.value else await self._state.ask(after, PROOF)
        if page is None or self._state.judge(page) != "fresh":
            return self._state.ended("nothing comes behind its last page")
        return await self.follow(attempt, more=True)

    async def behind(self, attempt: Attempt, *, is_guess: bool = False) -> Step:
        """One question behind a page that says it is the last. Rows that come prove it wrong, and lead on.

        Known rows mean that as many arrived; but under a guess, that it was not understood.
        """
        state = self._state
        try:
            page = await state.ask(attempt, PROOF)
        except (ApiAnswerError, ApiUnreachableError) as error:
            # Behind the end some servers fail. What the list says of itself is all there is then.
            log.warning("the end of the list could not be proven", extra={"why": str(error)})
            return state.ended("it says so, as it did when that was proven")
        verdict = "empty" if page is None else state.judge(page)
        if page is not None and self._is_first_again(page):
            return state.ended("nothing comes behind its last page")
        if page is not None and verdict == "fresh":
            state.distrust_total()
            return attempt, page
        if page is not None and verdict == "repeated" and not is_guess:
            # Behind a first page, the way that an earlier run knew may not be understood any more.
            return "unfit" if state.at.index == 0 else self._step_on(attempt, page, more=None)
        return state.ended("nothing comes behind its last page")
