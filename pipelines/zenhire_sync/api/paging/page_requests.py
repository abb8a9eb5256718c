"""Asks for pages of the session list: the page size under every spelling, the next page as a dialect says.

Data flow: GET /sessions -> Envelope.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from zenhire_sync.api.body import parse
from zenhire_sync.api.client import Answer, ApiClient, back_off_seconds
from zenhire_sync.api.paging.dialect import SIZE_PARAMS, Attempt, Dialect
from zenhire_sync.api.paging.envelope import Envelope, read_empty, read_envelope
from zenhire_sync.api.paging.page_body import page_parser
from zenhire_sync.errors import ApiAnswerError
from zenhire_sync.settings import Settings

log = logging.getLogger(__name__)

PATH = "sessions"
REASON = "list"
# Requests that prove the end of the list, under a reason of their own in the bill.
PROOF = "end"
SMALLER_SIZES = (50, 20)
# How often an answer without any list is looked at before the account counts as one without sessions.
EMPTY_LOOKS = 3


class PageRequests:
    """Requests of one reading, all with the same filters. ``sent`` counts the answers that were pages."""

    def __init__(self, client: ApiClient, settings: Settings, filters: Mapping[str, str]) -> None:
        self._client = client
        self._settings = settings
        self._filters = dict(filters)
        # Each row of a filtered list is held against the filter, by its model: types would be read in vain.
        self._parser = parse if self._filters else page_parser(settings.rows_field)
        self._latest_status = 0
        self._names: tuple[str, ...] | None = None
        self._may_be_empty = False
        self.sent = 0
        self.bytes_read = 0

    async def first(self, remembered: Dialect | None) -> tuple[Dialect, Envelope]:
        """The first page, and under which page size it was granted.

        Raises ApiAnswerError when the server refuses every way of asking.
        """
        refused: list[Dialect] = []
        # Where an earlier run was given rows, an answer without any list is an accident.
        self._may_be_empty = remembered is None
        for dialect in self._first_tries(remembered):
            envelope = await self._envelope(PATH, self._params(dialect))
            if envelope is not None:
                self._names = envelope.names
                return await self._larger_page(dialect, envelope, refused)
            refused.append(dialect)
        raise ApiAnswerError(
            f"/sessions answers HTTP {self._latest_status} to every way of asking; check ZENHIRE_BASE_URL",
            status=self._latest_status,
        )

    async def _larger_page(
        self, dialect: Dialect, envelope: Envelope, refused: list[Dialect]
    ) -> tuple[Dialect, Envelope]:
        """A name that was refused may be the right one with too large a size: half of it may be granted."""
        smaller = SMALLER_SIZES[0]
        for tried in refused:
            if (
                len(envelope.rows) >= smaller
                or len(tried.size_params) != 1
                or tried.size != self._settings.page_size
            ):
                continue
            halved = replace(tried, size=smaller)
            larger = await self._envelope(PATH, self._params(halved))
            if larger is not None and len(larger.rows) > len(envelope.rows):
                return halved, larger
        return dialect, envelope

    async def page(self, attempt: Attempt | None, dialect: Dialect, reason: str) -> Envelope | None:
        """The page of an attempt (the first page for None); None when the server refuses it."""
        if attempt is None:
            return await self._envelope(PATH, self._params(dialect), reason=reason)
        if attempt.url is not None:
            return await self._envelope(own_address(attempt.url), reason=reason, is_first=False)
        params = {**self._params(attempt.dialect), **attempt.params()}
        return await self._envelope(PATH, params, reason=reason, is_first=False)

    async def smaller(self, dialect: Dialect, size: int) -> Envelope | None:
        """The first page with at most ``size`` rows, where the server honours that; to prove an end."""
        return await self._envelope(PATH, self._params(replace(dialect, size=size)), reason=PROOF)

    async def _envelope(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        reason: str = REASON,
        is_first: bool = True,
    ) -> Envelope | None:
        """None when the server refuses. An answer without a list is asked for again, as all garbage is.

        Behind the first page it may be a page without rows, and an account without sessions has nothing else.
        """
        attempt = 0
        while True:
            attempt += 1
            answer = await self._client.get(path, params, reason=reason, parser=self._parser)
            self._latest_status = answer.status
            if answer.status == 204:
                self.sent += 1
                return Envelope(rows=[])
            if not answer.ok:
                return None
            is_last_try = attempt >= self._settings.request_attempts
            try:
                return self._read(answer)
            except ApiAnswerError:
                empty = self._empty(answer, is_first=is_first)
                if empty is not None and (not is_first or is_last_try or attempt >= EMPTY_LOOKS):
                    return empty
                if is_last_try:
                    raise
                log.warning("an answer without a list of sessions; asked again", extra={"attempt": attempt})
            await asyncio.sleep(back_off_seconds(attempt, self._settings.retry_base_seconds))

    def _empty(self, answer: Answer, *, is_first: bool) -> Envelope | None:
        if is_first and not self._may_be_empty:
            return None
        return read_empty(answer.body, answer.links, None if is_first else self._names)

    def _first_tries(self, remembered: Dialect | None) -> list[Dialect]:
        if self._filters and remembered is not None:
            # A refusal is then the filter's, and an answer to the question.
            return [remembered]
        size = self._settings.page_size
        if self._settings.page_size_param is not None:
            names: list[tuple[str, ...]] = [(self._settings.page_size_param,)]
        else:
            # All spellings at once cost one request; a server that refuses unknown names costs a few, once.
            names = [SIZE_PARAMS, *((name,) for name in SIZE_PARAMS)]
        sizes = [size, *(smaller for smaller in SMALLER_SIZES if smaller < size)]
        tries = [Dialect("none", size_params=params, size=number) for number in sizes for params in names]
        return [*([] if remembered is None else [remembered]), *tries, Dialect("none")]

    def _params(self, dialect: Dialect) -> dict[str, str]:
        return {**dict.fromkeys(dialect.size_params, str(dialect.size)), **self._filters}

    def _read(self, answer: Answer) -> Envelope:
        self.sent += 1
        self.bytes_read += answer.size
        page = read_envelope(answer.body, answer.links, self._settings.rows_field)
        counts = [count for count in (page.counted, answer.counted) if count is not None]
        return replace(page, counted=max(counts)) if counts else page


def own_address(next_url: str) -> str:
    """The address of a next page as we may ask for it.

    Behind a proxy the vendor may name a host that is not ours to send a key to; the query is what counts.
    """
    try:
        parts = urlsplit(next_url)
    except ValueError:
        # No address at all: the client says so.
        return next_url
    is_list = parts.path == "" or parts.path.rstrip("/").endswith("/" + PATH)
    return f"{PATH}?{parts.query}" if is_list else next_url
