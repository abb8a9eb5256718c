"""Sessions that come and go while the list is read; pass one as ``Behaviour.on_request``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from zenhire_sync.simulator.company import Company
from zenhire_sync.simulator.request_log import RequestRecord


@dataclass(slots=True, eq=False)
class Arrivals:
    """Counts list requests from 1 and changes the company before they are answered.

    ``every``: a session arrives before each so-manieth request (0: never); ``bulk``: so many at once before
    the requests named; ``deleted``: sessions that go before them. Arrivals are created at ``clock()``, in
    ``project_id``.
    """

    company: Company
    clock: Callable[[], datetime]
    every: int = 0
    bulk: Mapping[int, int] = field(default_factory=dict)
    deleted: Mapping[int, str] = field(default_factory=dict)
    project_id: str | None = None
    arrived: list[str] = field(default_factory=list)
    requests: int = 0

    def __call__(self, record: RequestRecord) -> None:
        """Called in the serving thread with each request."""
        if record.endpoint != "list":
            return
        self.requests += 1
        is_turn = self.every > 0 and self.requests % self.every == 0
        for _ in range(is_turn + self.bulk.get(self.requests, 0)):
            self.arrived.append(self.company.add_session(self.clock(), project_id=self.project_id))
        if self.requests in self.deleted:
            self.company.delete_session(self.deleted[self.requests], self.clock())
