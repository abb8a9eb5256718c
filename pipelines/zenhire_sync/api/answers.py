"""Reading the vendor's error envelope and waiting times (P). Pure; never raises."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST_TEXT = 200
RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"  # P: error.code of a 429
# What an error with status 200 means when nothing tells more.
WRONG_ANSWER = -1
# Where an answer holds what was asked for.
_CONTENT = ("data", "session", "sessions", "items", "results", "records", "rows")
# Old and new names of the limit, as the draft of RateLimit headers has them; the window is in seconds.
_LIMIT_HEADER = re.compile(r"(x-)?rate-?limit(-limit|-policy)", re.IGNORECASE)
_QUOTA = re.compile(r"(?:^|[;,\s])(?:q=)?(\d{1,9})(?=[;,\s]|$)")
_WINDOW = re.compile(r"w=(\d{1,6})")
_LONGEST_COUNT = 16  # digits; longer texts count nothing


def shown(text: str) -> str:
    """A server's words as one short line that any terminal, log and database takes.

    Escape sequences and halves of characters become blanks: these words are shown and kept.
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text[:LONGEST_TEXT]).split())


def _error(body: Any) -> Mapping[str, Any]:
    """What an answer says went wrong: the vendor's envelope (P), or what gateways put in its place."""
    if not isinstance(body, dict):
        return {}
    error = body.get("error") or body.get("errors")
    if isinstance(error, list):
        error = error[0]
    if isinstance(error, str):
        error = {"message": error}
    if isinstance(error, dict):
        return error
    return body if body.get("success") is False else {}


def status_meant(status: int, body: Any, told: float | None) -> int:
    """The status that an answer means: gateways and busy APIs send errors with 200.

    ``told`` is how long the answer asks to wait. WRONG_ANSWER when no other status says it.
    """
    if status != 200 or not _is_error(body):
        return status
    if error_code(body) == RATE_LIMIT_EXCEEDED:
        return 429
    return WRONG_ANSWER if told is None else 503


def _is_error(body: Any) -> bool:
    if not isinstance(body, dict):
        return False
    says_so = body.get("error") or body.get("errors") or body.get("success") is False
    # A session may have a field of that name, and a list may come with warnings.
    return bool(says_so) and "id" not in body and not any(body.get(name) for name in _CONTENT)


def error_code(body: Any) -> str | None:
    """``error.code``, such as RATE_LIMIT_EXCEEDED or MISSING_PERMISSION."""
    code = _error(body).get("code")
    return shown(code) if isinstance(code, str) else None


def error_text(body: Any) -> str:
    """``code: message`` in one short line; empty when the answer has no envelope."""
    message = _error(body).get("message")
    parts = [error_code(body), message if isinstance(message, str) else None]
    return shown(": ".join(part for part in parts if part))


def request_id(body: Any) -> str | None:
    """What the vendor's support asks for; none when the request was refused before the handler."""
    value = _error(body).get("requestId")
    return shown(value) if isinstance(value, str) else None


def retry_after_seconds(headers: Mapping[str, str], body: Any) -> float | None:
    """How long the API asks to wait: Retry-After (seconds or a date) or error.retryAfterSeconds."""
    for told in (headers.get("Retry-After"), _error(body).get("retryAfterSeconds")):
        seconds = _seconds(told)
        if seconds is not None:
            return max(0.0, seconds)
    return None


def limit_per_minute(headers: Mapping[str, str]) -> int | None:
    """Requests a minute that the server's headers allow; a limit without a window is a minute's."""
    for name, value in headers.items():
        quota = _QUOTA.search(value) if _LIMIT_HEADER.fullmatch(name) else None
        if quota is None:
            continue
        window = _WINDOW.search(value)
        seconds = 60 if window is None else int(window[1])
        if seconds and (limit := int(quota[1]) * 60 // seconds):
            return limit
    return None


def _seconds(told: Any) -> float | None:
    if isinstance(told, bool) or told is None:
        return None
    try:
        seconds = float(told)
    except (TypeError, ValueError):
        return _seconds_until(told)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None


def _seconds_until(told: Any) -> float | None:
    try:
        moment = parsedate_to_datetime(str(told))
    except (ValueError, OverflowError):
        return None
    return (moment - datetime.now(UTC)).total_seconds() if moment.tzinfo else None


def count_in(value: Any) -> int | None:
    """The number, not below zero, that a value of an answer is or spells."""
    if isinstance(value, str):
        digits = value.strip()
        value = (
            int(digits) if digits.isascii() and digits.isdigit() and len(digits) < _LONGEST_COUNT else None
        )
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
