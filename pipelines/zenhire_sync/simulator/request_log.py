"""What was asked, kept for tests that count requests. Holds a key's fingerprint, never the key."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import Any, Literal, TypeAlias

Endpoint: TypeAlias = Literal["list", "detail", "personas", "credits", "health", "other"]

# a demo left running must not grow without end
KEPT_REQUESTS = 200_000


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request. ``status`` is 0 while it is answered and when no answer was sent."""

    number: int
    received_at: datetime
    now: datetime
    method: str
    path: str
    endpoint: Endpoint
    session_id: str | None
    query: Mapping[str, str]
    key_name: str | None
    status: int = 0
    fault: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The record with its times as ISO text."""
        times = {"received_at": self.received_at.isoformat(), "now": self.now.isoformat()}
        return {**asdict(self), **times}


def key_name(raw_key: str) -> str:
    """A fingerprint that tells keys apart and reveals none."""
    return f"key-{sha256(raw_key.encode()).hexdigest()[:8]}"


class RequestLog:
    """Records in order of arrival; safe to read while the server writes."""

    def __init__(self) -> None:
        self._records: deque[RequestRecord] = deque(maxlen=KEPT_REQUESTS)
        self._lock = Lock()

    def add(self, record: RequestRecord) -> None:
        """Keep one record."""
        with self._lock:
            self._records.append(record)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._records.clear()

    def records(self) -> tuple[RequestRecord, ...]:
        """All records, in order of their answers."""
        with self._lock:
            return tuple(self._records)

    def count(self, endpoint: Endpoint, status: int | None = None) -> int:
        """How many requests went to an endpoint, optionally with one status only."""
        return sum(
            record.endpoint == endpoint and status in (None, record.status) for record in self.records()
        )
