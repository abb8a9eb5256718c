"""Answers and their one error envelope (P)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from zenhire_sync.simulator.snapshot import to_json
from zenhire_sync.simulator.timeline import to_iso, to_ms

JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Response:
    """Status, body and headers, before any fault gets at them."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an error envelope says."""

    status: int
    code: str
    message: str
    details: Mapping[str, Any] | None = None
    retry_after_header: str | None = None
    retry_after_seconds: float | None = None
    # P: a rejection before the handler (a bad key) has no requestId
    has_request_id: bool = True

    def answer(self, now: datetime, request_number: int) -> Response:
        """The envelope as the vendor sends it."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, "timestamp": to_iso(to_ms(now))}
        if self.has_request_id:
            error["requestId"] = f"req_{request_number:08d}"
        if self.details is not None:
            error["details"] = dict(self.details)
        if self.retry_after_seconds is not None:
            error["retryAfterSeconds"] = self.retry_after_seconds
        headers = {} if self.retry_after_header is None else {"Retry-After": self.retry_after_header}
        return Response(self.status, to_json({"error": error}), headers)


class RefusedError(Exception):
    """Ends a request with an error envelope."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.status} {refusal.code}")
        self.refusal = refusal


def rate_limited(retry_after_header: str | None, retry_after_seconds: float | None) -> Refusal:
    """P: 429 RATE_LIMIT_EXCEEDED."""
    return Refusal(
        429,
        "RATE_LIMIT_EXCEEDED",
        "Too many requests for this key.",
        retry_after_header=retry_after_header,
        retry_after_seconds=retry_after_seconds,
    )


def warming(retry_after_header: str | None, retry_after_seconds: float | None) -> Refusal:
    """P: 503 while the service warms up."""
    return Refusal(
        503,
        "SERVICE_WARMING",
        "The service is warming up.",
        retry_after_header=retry_after_header,
        retry_after_seconds=retry_after_seconds,
    )


def bad_key() -> Refusal:
    """P: 401 without a valid key."""
    return Refusal(401, "UNAUTHORIZED", "Missing or invalid API key.", has_request_id=False)


def missing_permission() -> Refusal:
    """P: 403 when the client has no interview permission."""
    return Refusal(403, "MISSING_PERMISSION", "The client has no interview permission.")


def invalid(message: str, **details: str) -> RefusedError:
    """400 for a parameter the API cannot make sense of; to be raised."""
    return RefusedError(Refusal(400, "VALIDATION_ERROR", message, details))


def no_session(session_id: str, status: int = 404) -> Refusal:
    """404 (or 410) for a session that is not there."""
    code = "GONE" if status == 410 else "NOT_FOUND"
    return Refusal(status, code, "Session not found.", {"sessionId": session_id})


def html_error(status: int) -> Response:
    """What a proxy in front of the API answers: no JSON at all."""
    phrase = HTTPStatus(status).phrase
    body = f"<html><head><title>{status} {phrase}</title></head><body><h1>{phrase}</h1></body></html>"
    return Response(status, body, content_type="text/html")
