"""Asks for planned session details, a few at a time under the key's budget.

Data flow: GET /sessions/{id} -> Details: rows of sessions with persona and survey, gone ones, rejections.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Container, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import Any
from urllib.parse import quote

from zenhire_sync.api.body import NOT_JSON
from zenhire_sync.api.client import Answer, ApiClient, back_off_seconds
from zenhire_sync.errors import (
    ApiAnswerError,
    ApiUnreachableError,
    KeyRefusedError,
    PagingError,
    ZenhireError,
)
from zenhire_sync.plan.detail_plan import PlannedDetail
from zenhire_sync.rows.contract import DETAIL_ENDPOINT, Rejection
from zenhire_sync.rows.detail_rows import DetailRows
from zenhire_sync.settings import Settings
from zenhire_sync.sync.list_reader import WINDOW_BYTES

# After this many failed calls in a row it is not the sessions that are broken.
HOPELESS = 20
# After this many answers in a row that stayed no sessions, asking again is no help.
CHANGED_SHAPE = 3
# Sessions that a list which does not page has lost, and that are asked for: one that is there is enough.
MOST_LOOKED_FOR = 3


GONE = frozenset({404, 410})
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Spellings:
    """How the API spells ids, for requests: an API that compares ids as text must not seem to have lost them.

    ``sent`` are the ids that it last sent in another form than the one kept here. Where ``has_capitals``
    (it was seen to send some), an id in capitals is tried before a session is taken for gone.
    """

    sent: Mapping[str, str] = field(default_factory=dict)
    has_capitals: bool = False

    def of(self, session_id: str) -> list[str]:
        """Spellings to ask with, likeliest first."""
        others = [session_id.upper()] if self.has_capitals else []
        return list(dict.fromkeys((self.sent.get(session_id, session_id), session_id, *others)))


ONE_SPELLING = Spellings()


@dataclass(slots=True)
class Details:
    """What one window of detail calls brought; there was no time or memory left to ask for the ``unasked``.

    ``ended_by`` is what cut it short: to be raised once what came until then is committed.
    """

    rows: DetailRows = field(default_factory=DetailRows)
    gone: list[str] = field(default_factory=list)
    unasked: list[PlannedDetail] = field(default_factory=list)
    size: int = 0
    ended_by: ZenhireError | asyncio.CancelledError | None = None

    @property
    def rejected(self) -> list[Rejection]:
        """What was set aside: broken details, and calls that failed."""
        return self.rows.rejected

    @property
    def answered(self) -> int:
        """Calls that are settled, well or not."""
        return len(self.rows.ids) + len(self.gone) + len(self.rejected)

    def end(self, error: ZenhireError | asyncio.CancelledError) -> None:
        """Notes what cut it short. Where the API is down, it is not these sessions: they stay due."""
        self.ended_by = error
        if isinstance(error, ApiUnreachableError):
            self.rows.rejected = [r for r in self.rejected if r.payload is not None]

    def add(self, other: Details) -> None:
        """Takes in what another window part brought."""
        self.rows.extend(other.rows)
        self.gone.extend(other.gone)
        self.unasked.extend(other.unasked)
        self.ended_by = self.ended_by or other.ended_by


async def fetch_details(
    client: ApiClient,
    planned: Sequence[PlannedDetail],
    settings: Settings,
    on_done: Callable[[], None] = lambda: None,
    *,
    spellings: Spellings = ONE_SPELLING,
    deadline: float = inf,
    known_to_fail: Container[str] = (),
) -> Details:
    """One call per planned detail; a call that keeps failing sets its session aside and the rest goes on.

    After ``deadline`` (of ``time.monotonic``, seconds), or with as many bytes as a window may hold, no call
    is begun, but each task makes one at least.
    It is ``ended_by`` a KeyRefusedError at once, by an ApiUnreachableError when many calls in a row fail, and
    by the CancelledError of a signal. Sessions that are ``known_to_fail`` do not count in a row: an API that
    fails for them alone is not down.
    """
    details = Details()
    calls = _Calls(client, settings, spellings, known_to_fail)
    # By the random end of their ids: those of one bad day at ZenHire would be many in a row.
    queue = iter(sorted(planned, key=lambda plan: plan.session_id[::-1]))

    async def work() -> None:
        for plan in queue:
            await calls.settle(plan, details)
            on_done()
            if time.monotonic() > deadline or details.size > WINDOW_BYTES:
                details.unasked.extend(queue)

    try:
        await _side_by_side(work, min(settings.requests_in_flight, max(len(planned), 1)))
    except (ZenhireError, asyncio.CancelledError) as error:
        details.end(error)
        details.unasked.extend(queue)
    details.rows.close()
    return details


async def still_there(
    client: ApiClient, settings: Settings, ids: Sequence[str], spellings: Spellings = ONE_SPELLING
) -> list[str]:
    """Those of the sessions that answer when they are asked for. Raises what ended the asking early."""
    planned = [PlannedDetail(session_id, "missing") for session_id in ids]
    details = await fetch_details(client, planned, settings, spellings=spellings)
    if details.ended_by is not None:
        raise details.ended_by
    return details.rows.ids


async def require_listed(client: ApiClient, settings: Settings, unseen: Sequence[str], seed: str) -> None:
    """A list that never pages shows every session there is. One that is known, not shown and still there
    means that it was one page of several: raises PagingError, or what the client raises.

    What is gone is left to ``reconcile``. Other ``unseen`` sessions are asked for with each ``seed``, so that
    deleted ones do not hide one that is there.
    """
    drawn = Random(seed).sample(unseen, min(len(unseen), MOST_LOOKED_FOR))  # noqa: S311 - guards nothing
    if there := await still_there(client, settings, drawn):
        raise not_shown(there[0])


def not_shown(session_id: str) -> PagingError:
    """A list leaves out a session that is known and answers when it is asked for."""
    return PagingError(
        f"/sessions does not show session {session_id}, which it did before and which is still there: "
        "it shows a part of the sessions, and no known way of paging brings the others; run again, "
        "or set ZENHIRE_PAGING and ZENHIRE_PAGING_PARAM by hand (ZENHIRE_PAGING=none if it was deleted)"
    )


async def _side_by_side(work: Callable[[], Coroutine[None, None, None]], tasks: int) -> None:
    """Raises the first error of a task, when all have ended."""
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(tasks):
                group.create_task(work())
    except* ZenhireError as failed:
        raise failed.exceptions[0] from None


class _Calls:
    """Single calls, made until they bring a session or it is plain that there is none to be had."""

    def __init__(
        self, client: ApiClient, settings: Settings, spellings: Spellings, known_to_fail: Container[str]
    ) -> None:
        self._client = client
        self._settings = settings
        self._spellings = spellings
        self._known_to_fail = known_to_fail
        self._failures_in_a_row = 0
        self._odd_in_a_row = 0

    async def settle(self, plan: PlannedDetail, details: Details) -> None:
        """Asks for one session and sorts what came, or its failure, into the details.

        Raises KeyRefusedError when that is certain, and it or ApiUnreachableError
        when so many calls in a row failed that the next ones would too.
        """
        try:
            answer = await self.ask(plan)
        except (ApiUnreachableError, ApiAnswerError, KeyRefusedError) as error:
            self._failures_in_a_row += plan.session_id not in self._known_to_fail
            if isinstance(error, KeyRefusedError) and error.is_certain:
                raise
            if self._failures_in_a_row >= HOPELESS:
                raise _given_up(self._client, error) from None
            details.rejected.append(_failed(plan.session_id, error))
        else:
            self._failures_in_a_row = 0
            _sort(answer, plan.session_id, details)

    async def ask(self, plan: PlannedDetail) -> Answer:
        """The answer for one session: 404 and 410 only if every spelling of its id has none."""
        likeliest, *others = self._spellings.of(plan.session_id)
        answer = await self._session(likeliest, plan.reason)
        while answer.status in GONE and others:
            answer = await self._session(others.pop(0), plan.reason)
        return answer

    async def _session(self, spelling: str, reason: str) -> Answer:
        """An answer that holds no session (null, an empty list) is asked for again, as all garbage is."""
        attempt = 0
        while True:
            attempt += 1
            answer = await self._client.get(_path(spelling), reason=reason)
            _require_the_apis_own(answer)
            if not answer.ok or _holds_a_session(answer.body):
                self._odd_in_a_row = 0
                return answer
            if attempt >= self._settings.request_attempts or self._odd_in_a_row >= CHANGED_SHAPE:
                # It is set aside for what it is.
                self._odd_in_a_row += 1
                return answer
            log.info("a detail without a session", extra={"attempt": attempt})
            await asyncio.sleep(back_off_seconds(attempt, self._settings.retry_base_seconds))


def _path(spelling: str) -> str:
    return f"sessions/{quote(spelling, safe='')}"


def _holds_a_session(body: Any) -> bool:
    session = _unwrapped(body)
    return isinstance(session, dict) and "id" in session


def _require_the_apis_own(answer: Answer) -> None:
    """P: every refusal of the API is JSON. A page of a proxy does not prove that a session is gone."""
    if answer.body is NOT_JSON and answer.size:
        raise ApiAnswerError(f"HTTP {answer.status} and a page that is not the API's", status=answer.status)


def _given_up(
    client: ApiClient, error: ApiUnreachableError | ApiAnswerError | KeyRefusedError
) -> ZenhireError:
    """The news is the API, not the session that happened to be asked for last."""
    if isinstance(error, KeyRefusedError):
        return error
    what = error.fault if isinstance(error, ApiUnreachableError) else f"HTTP {error.status}"
    return ApiUnreachableError(
        f"the API stopped answering after {client.requests_sent:,} requests: {HOPELESS} session details in a "
        f"row failed, the last with: {what}; check the API's status, then run again: nothing is lost",
        request_id=error.request_id,
    )


def _failed(session_id: str, error: ZenhireError) -> Rejection:
    request_id = error.request_id if isinstance(error, ApiAnswerError | ApiUnreachableError) else None
    return Rejection(DETAIL_ENDPOINT, session_id, f"the call failed: {error}"[:500], None, request_id)


def _sort(answer: Answer, session_id: str, details: Details) -> None:
    details.size += answer.size
    if answer.status in GONE:
        details.gone.append(session_id)
        return
    if not answer.ok:
        details.rejected.append(
            Rejection(DETAIL_ENDPOINT, session_id, f"the call failed: HTTP {answer.status}", None)
        )
        return
    details.rows.add(session_id, _unwrapped(answer.body))


def _unwrapped(body: Any) -> Any:
    """The session itself, should the answer carry it in an envelope as lists do."""
    if isinstance(body, dict) and "id" not in body:
        for name in ("data", "session"):
            if isinstance(body.get(name), dict):
                return body[name]
    return body
