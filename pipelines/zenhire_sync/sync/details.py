"""Asks for planned session details, a few at a time under the key's budget.

Data flow: GET /sessions/{id} -> Details: rows of sessions with persona and survey, gone ones, rejections.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any
from urllib.parse import quote

from zenhire_sync.api.body import NOT_JSON
from zenhire_sync.api.client import Answer, ApiClient
from zenhire_sync.errors import ApiAnswerError, ApiUnreachableError, KeyRefusedError, ZenhireError
from zenhire_sync.plan.details import PlannedDetail
from zenhire_sync.rows.detail_rows import DetailRows
from zenhire_sync.rows.door import DETAIL_ENDPOINT, Rejection
from zenhire_sync.sync.reading import WINDOW_BYTES

# After this many failed calls in a row it is not the sessions that are broken.
HOPELESS = 20


@dataclass(slots=True)
class Details:
    """What one window of detail calls brought; ``unasked`` is what its time or size did not suffice for."""

    rows: DetailRows = field(default_factory=DetailRows)
    gone: list[str] = field(default_factory=list)
    unasked: list[PlannedDetail] = field(default_factory=list)
    size: int = 0

    @property
    def rejected(self) -> list[Rejection]:
        """What was set aside: broken details, and calls that failed."""
        return self.rows.rejected

    def add(self, other: Details) -> None:
        """Takes in what another window part brought."""
        self.rows.extend(other.rows)
        self.gone.extend(other.gone)
        self.unasked.extend(other.unasked)


async def fetch_details(
    client: ApiClient,
    planned: Sequence[PlannedDetail],
    in_flight: int,
    on_done: Callable[[], None],
    *,
    deadline: float = inf,
    known_to_fail: Container[str] = (),
) -> Details:
    """One call per planned detail; a call that keeps failing sets its session aside and the rest goes on.

    After ``deadline`` (of ``time.monotonic``, seconds), or with as many bytes as a window may hold, no call
    is begun, but each task makes one at least.

    Raises KeyRefusedError at once, and ApiUnreachableError when many calls in a row fail. Sessions that are
    ``known_to_fail`` do not count there: an API that fails for them alone is not down.
    """
    details = Details()
    # By the random end of their ids: those of one bad day at ZenHire would be many in a row.
    queue = iter(sorted(planned, key=lambda plan: plan.session_id[::-1]))
    failures_in_a_row = 0

    async def work() -> None:
        nonlocal failures_in_a_row
        for plan in queue:
            try:
                answer = await client.get(_path(plan.session_id), reason=plan.reason)
                _require_the_apis_own(answer)
            except (ApiUnreachableError, ApiAnswerError, KeyRefusedError) as error:
                failures_in_a_row += plan.session_id not in known_to_fail
                if isinstance(error, KeyRefusedError) and error.is_certain:
                    raise
                if failures_in_a_row >= HOPELESS:
                    raise _given_up(client, error) from None
                details.rejected.append(_failed(plan.session_id, error))
            else:
                failures_in_a_row = 0
                details.size += answer.size
                _sort(answer, plan.session_id, details)
            on_done()
            if time.monotonic() > deadline or details.size > WINDOW_BYTES:
                details.unasked.extend(queue)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(in_flight, max(len(planned), 1))):
                group.create_task(work())
    except* ZenhireError as failed:
        raise failed.exceptions[0] from None
    details.rows.close()
    return details


def _path(session_id: str) -> str:
    return f"sessions/{quote(session_id, safe='')}"


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
    if answer.status in {404, 410}:
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
