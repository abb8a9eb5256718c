"""A plain client that knows the dialect it speaks, and small companies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from zenhire_sync.simulator import DEFAULT_KEY, Behaviour, Company, CompanySpec, SimulatorServer


@dataclass
class Reply:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]


@dataclass
class Client:
    """Blocking requests with a key; walks any dialect it is told about."""

    server: SimulatorServer
    key: str | None = DEFAULT_KEY
    walked_pages: list[list[str]] = field(default_factory=list)

    def ask(self, url: str, method: str = "GET", body: str | None = None, timeout: float = 5) -> Reply:
        parts = urlsplit(url if url.startswith("http") else self.server.origin + url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
        headers = {"X-API-Key": self.key} if self.key else {}
        try:
            connection.request(method, f"{parts.path}?{parts.query}".rstrip("?"), body, headers)
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.headers), answer.read())
        finally:
            connection.close()

    def sessions(self, **query: Any) -> Reply:
        return self.ask(f"{self.server.base_url}/sessions?{urlencode(query)}")

    def detail(self, session_id: str) -> Reply:
        return self.ask(f"{self.server.base_url}/sessions/{session_id}")

    def walk(self, size: int | None = None, **query: Any) -> list[str]:
        """All ids in the order they came; ``walked_pages`` holds them page by page."""
        said = self.server.behaviour
        if size and said.size_param:
            query[said.size_param] = size
        url: str | None = f"{self.server.base_url}/sessions?{urlencode(query)}"
        self.walked_pages = []
        while url:
            reply = self.ask(url)
            assert reply.status == 200, reply.body
            rows = reply.json if said.rows_key is None else reply.json[said.rows_key]
            self.walked_pages.append([row["id"] for row in rows])
            url = self._next_url(said, reply, query)
        return [session_id for page in self.walked_pages for session_id in page]

    def _next_url(self, said: Behaviour, reply: Reply, query: dict[str, Any]) -> str | None:
        if said.link_header:
            found = re.search(r'<(.+?)>; rel="next"', reply.headers.get("Link", ""))
            return found.group(1) if found else None
        value = self._next_value(said, reply)
        if value is None or value == "":
            return None
        if said.next_form != "value":
            return str(value)
        return f"{self.server.base_url}/sessions?{urlencode({**query, said.page_param: value})}"

    def _next_value(self, said: Behaviour, reply: Reply) -> Any:
        info = {} if said.rows_key is None else reply.json
        info = info.get(said.spelled(said.info_at), {}) if said.info_at else info
        if said.has_more_key and not info[said.spelled(said.has_more_key)]:
            return None
        if said.next_key:
            return info.get(said.spelled(said.next_key))
        last_page, seen = self.walked_pages[-1], sum(map(len, self.walked_pages))
        if said.paging == "everything" or not last_page:
            return None
        if said.total_key and seen >= info[said.spelled(said.total_key)]:
            return None
        if said.total_pages_key and len(self.walked_pages) >= info[said.spelled(said.total_pages_key)]:
            return None
        numbers = {"offset": seen, "page": said.first_page + len(self.walked_pages), "cursor": last_page[-1]}
        return numbers[said.paging]


@pytest.fixture(scope="session")
def company() -> Company:
    """A company nobody changes: 130 sessions, so that 20 a page end with a short page."""
    return Company(CompanySpec(seed=11, sessions=130, days=20, sessions_deleted_share=0.05))


@pytest.fixture
def server(company: Company) -> Iterator[SimulatorServer]:
    """The unchanging company after its last event, without a limit that could be hit."""
    with SimulatorServer(company, now=company.settled_at, rate_limit_per_minute=100_000) as running:
        yield running


@pytest.fixture
def client(server: SimulatorServer) -> Client:
    return Client(server)


@pytest.fixture
def tiny_company() -> Company:
    """One persona and no session; tests script the rest."""
    return Company(CompanySpec(sessions=0, personas=1, personas_deleted=0, edits_per_persona=0))


@pytest.fixture
def tiny_client(tiny_company: Company) -> Iterator[Client]:
    """A client of the tiny company at its start."""
    start = tiny_company.spec.start
    with SimulatorServer(tiny_company, now=start, rate_limit_per_minute=100_000) as running:
        yield Client(running)
