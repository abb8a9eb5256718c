"""Tests of the connection: reachable, clock, key and permission, rate limit, credits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from zenhire_sync.api.answers import error_text, limit_per_minute, request_id, retry_after_seconds
from zenhire_sync.api.client import ApiClient
from zenhire_sync.api.credit_balance import find_balance
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.check.probe import Probe
from zenhire_sync.errors import ZenhireError
from zenhire_sync.settings import Settings
from zenhire_sync.sync.session_sync import NO_LIST_THERE
from zenhire_sync.warehouse.finding import Finding, failed, ok, warning

# The header counts whole seconds and the way takes some; below this nothing here can tell.
_LARGEST_CLOCK_DIFFERENCE = timedelta(seconds=60)
_RATE_HEADER = re.compile(r"(x-)?rate-?limit(-\w+)*", re.IGNORECASE)
_LONGEST_VALUE = 40


def reach_finding(settings: Settings, health: Probe) -> Finding:
    """Whether the API answers at all. P: /health needs no key."""
    where = urlsplit(settings.base_url)
    server = f"{where.scheme}://{where.netloc}"
    if health.failure is not None:
        return failed(
            "reachable",
            f"{server}: {health.failure}",
            "check ZENHIRE_BASE_URL, the network and its proxies (HTTPS_PROXY, NO_PROXY), the trusted "
            "certificates (SSL_CERT_FILE)",
            is_configuration=health.is_configuration,
        )
    if health.status != 200:
        return warning(
            "reachable",
            f"{server} answers, but HTTP {health.status} to /health{_via(settings)}",
            "it should be 200: is ZENHIRE_BASE_URL the interview API's?",
        )
    return ok("reachable", f"{server} answers in {health.seconds * 1000:,.0f} ms{_via(settings)}")


def _via(settings: Settings) -> str:
    return "" if settings.proxy is None else f", through the proxy {settings.proxy}"


def clock_finding(answer: Probe) -> Finding:
    """How far our clock and the server's are apart."""
    theirs = _date_of(answer.headers or {})
    if theirs is None or answer.received_at is None:
        return ok("clock", "the server does not tell its time")
    difference = answer.received_at - theirs
    seconds = difference.total_seconds()
    if abs(difference) <= _LARGEST_CLOCK_DIFFERENCE:
        return ok("clock", f"{abs(seconds):,.0f} s apart from ZenHire's, which is within what can be seen")
    return warning(
        "clock",
        f"ours is {abs(seconds):,.0f} s {'ahead of' if seconds > 0 else 'behind'} ZenHire's",
        "set it (NTP): cursors stop at our own now, so sessions would come later than they could",
    )


def permission_finding(key: ApiKey, answer: Probe) -> Finding:
    """Whether the API takes the key, and lets it read interviews."""
    name = f"access {key.name}"
    told = f" {error_text(answer.body)}".rstrip()
    asked_for = "" if request_id(answer.body) is None else f" (requestId {request_id(answer.body)})"
    match answer.status:
        case 200:
            return ok(name, "the key is accepted and may read interviews")
        case 401:
            advice = (
                "the key is wrong, revoked or of another environment: take it anew from the ZenHire console"
            )
            return failed(name, f"refused: 401{told}{asked_for}", advice, is_configuration=True)
        case 403:
            advice = "ask ZenHire for the interview permission of this client"
            return failed(name, f"not permitted: 403{told}{asked_for}", advice, is_configuration=True)
        case 429 | 503:
            seconds = retry_after_seconds(answer.headers or {}, answer.body)
            wait = "a minute" if seconds is None else f"{seconds:,.0f} s"
            return failed(name, f"not now: {answer.status}{told}{asked_for}", f"check again in {wait}")
        case 0:
            return failed(name, answer.failure or "no answer", "check again")
    return failed(
        name,
        f"HTTP {answer.status}{told}{asked_for}",
        "is ZENHIRE_BASE_URL the interview API's?",
        is_configuration=answer.status in NO_LIST_THERE,
    )


def rate_finding(settings: Settings, answer: Probe) -> Finding:
    """What the server says about the key's rate. P: 500 a minute by default, adjustable."""
    ours = settings.rate_limit_per_minute
    told = {name: value for name, value in (answer.headers or {}).items() if _RATE_HEADER.fullmatch(name)}
    if not told:
        return ok("rate limit", f"the API does not tell it; {ours:,} a minute are used")
    shown = ", ".join(f"{name}: {value[:_LONGEST_VALUE]}" for name, value in told.items())
    limit = limit_per_minute(told)
    if limit is not None and limit < ours:
        return warning(
            "rate limit",
            f"{shown}; {ours:,} a minute are used",
            f"set ZENHIRE_RATE_LIMIT_PER_MINUTE={limit}: every 429 costs a pause",
        )
    return ok("rate limit", f"{shown}; {ours:,} a minute are used")


async def credits_finding(client: ApiClient) -> Finding:
    """Whether the balance is found. P: GET /credits; its shape is not known."""
    advice = "credit_balance will be empty; the credits of sessions do not depend on it"
    try:
        answer = await client.get(client.platform_url("credits"), reason="credits", attempts=1)
    except ZenhireError as error:
        return warning("credits", f"not read: {error}", advice)
    balance = find_balance(answer.body) if answer.ok else None
    if balance is None:
        return warning("credits", f"HTTP {answer.status}, and no balance in the answer", advice)
    return ok("credits", f"balance of {balance:,.0f}")


def _date_of(headers: Mapping[str, str]) -> datetime | None:
    try:
        moment = parsedate_to_datetime(headers["Date"])
    except (KeyError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None
