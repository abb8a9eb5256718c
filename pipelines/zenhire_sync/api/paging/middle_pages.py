"""Pages from a place in the middle of the list, for a list whose way of paging is known.

Data flow: GET /sessions -> Page. Nothing is proven here: a server that counts otherwise than expected brings
other rows, which whoever asks tells by their ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from zenhire_sync.api.client import ApiClient
from zenhire_sync.api.id_set import IdSet
from zenhire_sync.api.paging.dialect import Attempt, Dialect, Position, continuation
from zenhire_sync.api.paging.envelope import Envelope
from zenhire_sync.api.paging.list_state import Page
from zenhire_sync.api.paging.page_requests import PageRequests
from zenhire_sync.settings import Settings

# The reason of these requests in the bill.
VERIFY = "verify"


class MiddlePages:
    """Pages of one list, all with the same filters. ``seen`` are the ids of their rows."""

    def __init__(
        self,
        client: ApiClient,
        settings: Settings,
        dialect: Dialect,
        filters: Mapping[str, str] | None = None,
    ) -> None:
        self._requests = PageRequests(client, settings, filters or {})
        self._dialect = dialect
        self._at = Position(0, 0, None)
        self._latest = Envelope(rows=[])
        self.seen = IdSet()
        self.pages_read = 0

    async def at(self, offset: int, size: int) -> tuple[Page, int]:
        """The page that holds a row by its place from 0, with the place of the page's first row.

        ``size`` is the length of a page. What the list refuses has no rows. Of styles page and offset alone.
        """
        index = offset // size
        if self._dialect.style == "page":
            attempt, offset = Attempt(self._dialect, str(self._dialect.first_page + index)), index * size
        else:
            attempt = Attempt(self._dialect, str(offset))
        return await self._ask(attempt, Position(index, offset, None)) or Page([], [], 0), offset

    async def behind(self, sent_id: str) -> Page | None:
        """The page that follows a session, of style keyset alone; None where the list refuses it."""
        return await self._ask(Attempt(self._dialect, sent_id), Position(1, 0, sent_id))

    async def first(self) -> Page | None:
        """The first page, of what the filters leave; None where the list refuses them."""
        return await self._ask(None, self._at)

    async def following(self) -> Page | None:
        """The page after the latest one; None at the end of the list, or where it is refused."""
        attempt = continuation(self._dialect, self._latest, self._at)
        if attempt is None:
            return None
        return await self._ask(attempt, replace(self._at, index=self._at.index + 1, asked=attempt.value))

    async def _ask(self, attempt: Attempt | None, at: Position) -> Page | None:
        envelope = await self._requests.page(attempt, self._dialect, VERIFY)
        if envelope is None:
            return None
        self.pages_read += 1
        last_id = envelope.last_sent_id or at.last_id
        self._at = replace(at, offset=at.offset + envelope.distinct, last_id=last_id)
        self._latest = envelope
        fresh = self.seen.add(envelope.ids)
        return Page(envelope.rows, envelope.ids, len(fresh))
