"""One key's HTTP client: paced, retried, and quiet about the key.

Data flow: https://.../sessions, /sessions/{id}, /credits, /health -> Answer (status, parsed body).
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
from yarl import URL

from zenhire_sync.api.answers import (
    WRONG_ANSWER,
    error_code,
    error_text,
    limit_per_minute,
    request_id,
    retry_after_seconds,
    shown,
    status_meant,
)
from zenhire_sync.api.body import NOT_JSON, parse
from zenhire_sync.api.content_encoding import unknown_encoding
from zenhire_sync.api.ledger import RequestLedger
from zenhire_sync.api.rate import RateBudget
from zenhire_sync.api.redirects import REDIRECTS, same_but_for_a_slash, where_to
from zenhire_sync.api.transport import FailedTry, KeptConnectionLostError, Transport, counted_by, links_of
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.errors import ApiAnswerError, ApiUnreachableError, KeyRefusedError
from zenhire_sync.settings import Settings

log = logging.getLogger(__name__)

KEY_HEADER = "X-API-Key"  # P
MISSING_PERMISSION = "MISSING_PERMISSION"  # P: error.code of a 403
LONGEST_BACK_OFF_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 300.0
UNTOLD_PAUSE_SECONDS = 2.0  # after a 429 that does not say how long
# How often one request is repeated because the API said when to come back.
PATIENCE = 40
# How often one request is sent on to where a redirect points.
MOST_HOPS = 3
# What an address may hold as it stands, escapes included; a blank would end the request line.
_URL_CHARACTERS = "%/:?#[]@!$&'()*+,;=~"
# What needs no second look: below the base URL, nothing to escape.
_PLAIN_PATH = re.compile(r"\w[\w-]*(?:/[\w-]+)*", re.ASCII)
_HANDED_BACK = {204, 400, 404, 410, 416, 422}  # the caller knows what these mean

Parser = Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """A final answer: 200 with its JSON, or a status for the caller; ``counted`` rows in all, by a header."""

    status: int
    body: Any
    links: Mapping[str, str]
    size: int
    counted: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the API answered what was asked."""
        return self.status == 200


class _WrongAnswer(FailedTry):
    """Status 200 with an error in place of what was asked for."""


class ApiClient:
    """Sends GET requests with one key. Use as an async context manager."""

    def __init__(self, settings: Settings, key: ApiKey, ledger: RequestLedger) -> None:
        self._settings = settings
        self._key = key
        self._ledger = ledger
        self._budget = RateBudget(settings.rate_limit_per_minute)
        self._base = settings.base_url.rstrip("/") + "/"
        self._with_slash: set[str] = set()
        self._told_rate: int | None = None
        headers = {"Accept": "application/json", KEY_HEADER: key.value.get_secret_value()}
        self._transport = Transport(settings, headers, settings.request_timeout_seconds)

    @property
    def key_name(self) -> str:
        """Under which name the key may be logged."""
        return self._key.name

    @property
    def pace(self) -> RateBudget:
        """How fast the key lets requests go, for the display of progress."""
        return self._budget

    @property
    def requests_sent(self) -> int:
        """How many requests this run has sent so far, under whichever key."""
        return self._ledger.total

    @property
    def found_rate(self) -> int | None:
        """Requests a minute that the key allows, told or found, where that is less than the setting."""
        found = self._told_rate or self._budget.found_per_minute
        return found if found is not None and found < self._settings.rate_limit_per_minute else None

    async def __aenter__(self) -> Self:
        """Raises ConfigurationError for a proxy that cannot be used."""
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    def platform_url(self, path: str) -> str:
        """Address of a call at the platform root, beside the interview API (P: /health, /credits)."""
        root = self._base.removesuffix("/").removesuffix("/interview")
        return f"{root}/{path}"

    async def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        reason: str,
        attempts: int | None = None,
        parser: Parser = parse,
    ) -> Answer:
        """The answer of ``path`` (below the base URL) or of an absolute URL of the same origin.

        ``parser`` reads the body of an answer that is good, and gives NOT_JSON for what is no JSON.
        Raises KeyRefusedError (401, 403), ApiUnreachableError (no answer after every retry) and
        ApiAnswerError (an answer that is not the API's, or an error with status 200 after every retry).
        """
        url = self._own_address(path)
        self._ledger.by_reason[reason] += 1
        most = attempts or self._settings.request_attempts
        faults = 0
        waits = 0
        while True:
            try:
                return await self._asked(url, params, parser)
            except FailedTry as fault:
                # Being told to wait is not a failure of the request; it is bounded on its own.
                faults, waits = (faults + 1, waits) if fault.pause is None else (faults, waits + 1)
                is_last = faults >= most or waits >= PATIENCE
                await self._before_retry(path, faults + waits, fault, is_last=is_last)

    def _own_address(self, path: str) -> str:
        return self._plain_base + path if _PLAIN_PATH.fullmatch(path) else self._checked_address(path)

    @cached_property
    def _plain_base(self) -> str:
        return self._checked_address("x").removesuffix("x")

    def _checked_address(self, path: str) -> str:
        try:
            url = urljoin(self._base, path)
            is_ours = urlsplit(url)[:2] == urlsplit(self._base)[:2]
        except ValueError:  # half a bracket
            is_ours = False
        if not is_ours:
            said = f"{shown(path)!r} leads to another server; the key is sent only to the base URL"
            raise ApiAnswerError(said)
        return quote(url, safe=_URL_CHARACTERS)

    async def _before_retry(self, path: str, attempt: int, fault: FailedTry, *, is_last: bool) -> None:
        if is_last or self._ledger.retries >= self._settings.retry_budget:
            said = (
                f"{self._base}{path.split('?')[0]}: {fault} after {attempt} tries; "
                "check ZENHIRE_BASE_URL and the API's status, then run again: nothing is lost"
            )
            if isinstance(fault, _WrongAnswer):
                raise ApiAnswerError(said, request_id=fault.vendor_id)
            raise ApiUnreachableError(said, request_id=fault.vendor_id, fault=str(fault))
        self._ledger.retries += 1
        if fault.pause is None:
            await asyncio.sleep(back_off_seconds(attempt, self._settings.retry_base_seconds))
        log.info(
            "a request failed and is sent again",
            extra={"path": path.partition("?")[0], "attempt": attempt, "fault": str(fault)},
        )

    async def _asked(self, url: str, params: Mapping[str, str] | None, parser: Parser) -> Answer:
        """One try, wherever its answer has to be fetched from: on a fresh connection, behind a slash.

        Each of these is a request of its own, under the key's rate and in the bill.
        """
        fresh, hops = False, 0
        while True:
            await self._budget.acquire()
            # Sent as it stands: a next-page address must not be quoted a second time.
            address = self._known_spelling(url)
            try:
                response, body = await self._transport.get(
                    URL(address, encoded=True) if params is None else address, params, fresh=fresh
                )
            except KeptConnectionLostError:
                self._ledger.by_reason["reconnect"] += 1
                fresh = True
                continue
            # Servers repeat what they were sent; messages are shown and rows are kept.
            body = body.replace(self._key.value.get_secret_value().encode(), b"(hidden)")
            if response.status in REDIRECTS:
                url, hops = self._redirected(address, response, hops), hops + 1
                self._ledger.by_reason["redirect"] += 1
                continue
            return self._judge(response, body, parser)

    def _redirected(self, asked: str, response: aiohttp.ClientResponse, hops: int) -> str:
        """The same address with or without its last slash, which it keeps from now on."""
        location = response.headers.get("Location")
        target = same_but_for_a_slash(asked, location) if hops < MOST_HOPS else None
        if target is None:
            path = asked.removeprefix(self._base).partition("?")[0]
            told = where_to(asked, location, path).replace(self._key.value.get_secret_value(), "(hidden)")
            raise ApiAnswerError(
                f"{response.url.path}: HTTP {response.status} leads elsewhere: {told}", status=response.status
            )
        if urlsplit(target).path.endswith("/"):
            self._with_slash.add(_folder(asked))
        else:
            self._with_slash.discard(_folder(asked))
        return target

    def _known_spelling(self, url: str) -> str:
        if not self._with_slash or _folder(url) not in self._with_slash:
            return url
        path, mark, query = url.partition("?")
        return f"{path.rstrip('/')}/{mark}{query}"

    def _judge(self, response: aiohttp.ClientResponse, body: bytes, parser: Parser) -> Answer:
        links = links_of(response)
        parsed = (parser if response.status == 200 else parse)(body)
        vendor_id, told = request_id(parsed), retry_after_seconds(response.headers, parsed)
        status = status_meant(response.status, parsed, told)
        if status == WRONG_ANSWER:
            raise _WrongAnswer(f"HTTP 200 and an error ({error_text(parsed)})", vendor_id=vendor_id)
        if status == 429:
            self._told_rate = limit_per_minute(response.headers) or self._told_rate
        if status in {429, 503}:
            raise self._told_to_wait(status, told, vendor_id)
        if status in {401, 403}:
            is_certain = status == 401 or error_code(parsed) == MISSING_PERMISSION
            raise KeyRefusedError(self._refusal(status, parsed, vendor_id), is_certain=is_certain)
        if status >= 500 or status == 408:
            raise FailedTry(f"HTTP {status} {error_code(parsed) or ''}".strip(), vendor_id=vendor_id)
        if status == 200 and parsed is NOT_JSON:
            packed = unknown_encoding(response.headers.get("Content-Encoding", ""))
            how = "" if packed is None else f" (packed as {shown(packed)!r}, which is not known here)"
            raise FailedTry(f"an answer that is not JSON{how}; is ZENHIRE_BASE_URL the ZenHire API?")
        if status == 200 or status in _HANDED_BACK:
            return Answer(status, parsed, links, len(body), counted_by(response.headers))
        raise ApiAnswerError(
            f"{response.url.path}: HTTP {status} {error_text(parsed)}; is ZENHIRE_BASE_URL right?",
            status=status,
            request_id=vendor_id,
        )

    def _told_to_wait(self, status: int, told: float | None, vendor_id: str | None) -> FailedTry:
        air = random.uniform(0, 0.25)  # noqa: S311 - spreads load, guards nothing
        pause = None if told is None else min(told, LONGEST_PAUSE_SECONDS) + air
        if status == 429:
            self._ledger.rate_limited += 1
            pause = UNTOLD_PAUSE_SECONDS if pause is None else pause
            self._budget.slow_down(pause)
        elif pause is not None:
            self._budget.pause(pause)
        return FailedTry(f"HTTP {status}", pause=pause, vendor_id=vendor_id)

    def _refusal(self, status: int, parsed: Any, vendor_id: str | None) -> str:
        said, suffix = error_text(parsed), f" (requestId {vendor_id})" if vendor_id else ""
        remedy = "ask ZenHire for the interview permission"
        if status == 401:
            remedy = "check the variable that holds it, ZENHIRE_API_KEY unless the profile names another"
            return f"the API refused key {self.key_name!r} (401 {said}); {remedy}{suffix}"
        return f"key {self.key_name!r} may not read interviews (403 {said}); {remedy}{suffix}"


def _folder(url: str) -> str:
    """What an address stands under: the list and each detail have folders of their own."""
    return url.partition("?")[0].rstrip("/").rpartition("/")[0]


def back_off_seconds(attempt: int, base: float) -> float:
    """Full jitter: a random wait up to ``base`` doubled with each attempt (from 1), at most 30 s."""
    ceiling = min(LONGEST_BACK_OFF_SECONDS, base * 2.0**attempt)
    return random.uniform(ceiling / 4, ceiling)  # noqa: S311 - spreads load, guards nothing
