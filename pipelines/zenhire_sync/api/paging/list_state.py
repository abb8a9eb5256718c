"""Where one reading of the session list stands: what was asked, what came, and what it says of the end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from zenhire_sync.api.client import ApiClient
from zenhire_sync.api.id_set import IdSet
from zenhire_sync.api.paging.dialect import Attempt, Dialect, Position
from zenhire_sync.api.paging.envelope import Envelope
from zenhire_sync.api.paging.page_doubts import Verdict, judge
from zenhire_sync.api.paging.page_requests import PROOF, REASON, PageRequests
from zenhire_sync.api.paging.totals import Totals
from zenhire_sync.settings import Settings

# How the end of a list is known, in words for an operator.
Proof = Literal[
    "nothing comes behind its last page",
    "its last page names no next one, as those before it did",
    "it announces more where there is more, and does not here",
    "it says so, as it did when that was proven",
    "it holds no more sessions than when it was proven whole",
    "no known way of paging brings others",
    "ZENHIRE_PAGING=none says so",
]
# All that a server says which gives one page, whatever it is asked.
ASSUMED: frozenset[Proof] = frozenset(
    (
        "no known way of paging brings others",
        "it holds no more sessions than when it was proven whole",
    )
)
# The next page and how it was asked for; the first page as it is by now; the end; or: this way does not fit.
Step = tuple[Attempt, Envelope] | Envelope | Literal["end", "unfit"]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as the API sent them, the ids of those that have one, and how many are new in this reading.

    ``repeated`` are the ids of those that were seen before.
    """

    rows: list[Any]
    ids: list[str]
    fresh: int
    repeated: frozenset[str] = frozenset()


class ListState:
    """What the steps of one reading share. ``seen`` are the ids of all its rows, second readings included."""

    def __init__(
        self,
        client: ApiClient,
        settings: Settings,
        remembered: Dialect | None,
        filters: Mapping[str, str],
        earlier: IdSet,
    ) -> None:
        self.settings = settings
        self.remembered = remembered
        self.requests = PageRequests(client, settings, filters)
        self.is_filtered = bool(filters)
        self.seen = IdSet()
        self.totals = Totals()
        self.known_dialect = remembered
        self.first = Envelope(rows=[])
        self.at = Position(index=0, offset=0, last_id=None)
        self.current: Attempt | None = None
        self.largest = 0
        self.unnamed = 0
        self.shifted = False
        self.end: Proof | None = None
        self._earlier = earlier
        self._latest_rows: list[Any] = []
        self._answers: list[Envelope] = []

    @property
    def dialect(self) -> Dialect:
        """The way of paging that is known, or that of a list which does not page."""
        return self.known_dialect or Dialect("none")

    @property
    def longest(self) -> int:
        """The most sessions that a page of this list held, tonight or before."""
        return max(self.largest, self.dialect.granted)

    @property
    def is_short_of_total(self) -> bool:
        """Whether fewer sessions were seen than there must have been."""
        return self.totals.exceed(len(self.seen) + self.unnamed)

    async def open(self) -> Envelope:
        """The first page. Raises ApiAnswerError when the server refuses every way of asking."""
        self.known_dialect, envelope = await self.requests.first(self.remembered)
        return self.begin(envelope)

    async def first_again(self) -> Envelope | None:
        """The first page as it is by now, to prove an end."""
        return await self.ask(None, PROOF)

    def begin(self, envelope: Envelope) -> Envelope:
        """Takes a first page; also when rows arrived before its next one was found."""
        self.shifted |= self.totals.watch(envelope.total)
        self.first = envelope
        self.at = Position(0, envelope.distinct, envelope.last_sent_id)
        return envelope

    async def ask(self, attempt: Attempt | None, reason: str = REASON) -> Envelope | None:
        """The page of an attempt (the first page for None); None when the server refuses it."""
        envelope = await self.requests.page(attempt, self.dialect, reason)
        if envelope is not None:
            self.shifted |= self.totals.watch(envelope.total)
            self._answers = [answer for answer in (*self._answers, envelope) if self._shows_more(answer)]
        return envelope

    def strays(self) -> Iterator[Page]:
        """Pages that were asked for to prove something, with rows that none that was followed had.

        They came out of turn, and tell nothing of the order.
        """
        for answer in filter(self._shows_more, self._answers):
            fresh = self.seen.add(answer.ids)
            yield Page(answer.rows, answer.ids, len(fresh), frozenset(answer.ids))

    def _shows_more(self, answer: Envelope) -> bool:
        return any(session_id not in self.seen for session_id in answer.ids)

    def judge(self, page: Envelope) -> Verdict:
        """Whether a page brings anything new; to the first page, while its way of paging is a guess."""
        on_trial = self.at.index == 0
        known = set(self.first.ids) if on_trial else self.seen
        return judge(page, known, self._latest_rows, on_trial=on_trial)

    def note(self, envelope: Envelope) -> Page:
        """Takes the rows of a page."""
        ids = set(envelope.ids)
        fresh = self.seen.add(ids)
        # A row that was on an earlier page means that rows moved while we read.
        self.shifted |= len(ids) > len(fresh)
        self.largest = max(self.largest, envelope.distinct)
        self._latest_rows = envelope.rows
        # Rows without an id, and ids twice on one page: the API counts them, we cannot tell them apart.
        self.unnamed += len(envelope.rows) - len(ids)
        repeated = frozenset(ids.difference(fresh))
        if self._earlier:
            fresh = [session_id for session_id in fresh if session_id not in self._earlier]
        return Page(envelope.rows, envelope.ids, len(fresh), repeated)

    def advance(self, attempt: Attempt, envelope: Envelope) -> None:
        """Stands behind a page that was followed."""
        offset = self.at.offset + envelope.distinct
        asked = attempt.value if attempt.dialect.style in {"cursor", "fields", "url"} else None
        last_id = envelope.last_sent_id or self.at.last_id
        self.at = Position(self.at.index + 1, offset, last_id, asked)
        self.current = attempt
        self.known_dialect = replace(
            attempt.dialect, total_lies=self.dialect.total_lies, whole_rows=0, whole_ids=None
        )

    def distrust_total(self) -> None:
        """There was more than the total said: no end is taken from it any more."""
        self.known_dialect = replace(self.dialect, total_lies=True)

    def ended(self, proof: Proof) -> Literal["end"]:
        """Notes how the end is known."""
        self.end = proof
        return "end"

    def remember_size(self) -> None:
        """Notes the page size that was granted; what was found stays."""
        if self.known_dialect is not None:
            self.known_dialect = replace(self.known_dialect, granted=self.longest)


def fingerprint(page: Envelope) -> str:
    """The ids of a page as one short text, whatever their order."""
    return hashlib.blake2b("\n".join(sorted(page.ids)).encode(), digest_size=8).hexdigest()
