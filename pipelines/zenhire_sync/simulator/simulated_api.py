"""The simulated API without its transport: a request in, an answer out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any

from zenhire_sync.simulator.behaviour import DEFAULT, Behaviour
from zenhire_sync.simulator.company import Company
from zenhire_sync.simulator.faults import NO_FAULTS, Fault, FaultInjector, FaultPlan
from zenhire_sync.simulator.gate import DEFAULT_RATE_LIMIT_PER_MINUTE, KeyRing, RateLimiter
from zenhire_sync.simulator.listing import NO_PROJECT, Listing, list_sessions
from zenhire_sync.simulator.page_answer import answer_page
from zenhire_sync.simulator.paging import PageSlice, check_params, cut_page, last_seen_key
from zenhire_sync.simulator.request_log import Endpoint, RequestLog
from zenhire_sync.simulator.responses import (
    Refusal,
    RefusedError,
    Response,
    bad_key,
    html_error,
    missing_permission,
    no_session,
    rate_limited,
    warming,
)
from zenhire_sync.simulator.snapshot import Snapshot, to_json
from zenhire_sync.simulator.spelling import respelled
from zenhire_sync.simulator.timeline import SessionTimeline

# accepted when a simulator is started without keys of its own
DEFAULT_KEY = "zh_api_simulator"


@dataclass(frozen=True, slots=True)
class Request:
    """What the transport hands over. ``path`` is below the base, without a slash in front."""

    number: int
    endpoint: Endpoint
    path: str
    session_id: str | None
    query: Mapping[str, str]
    url: str
    raw_key: str | None


class Simulator:
    """A company, a clock and a behaviour, all of which may change at any time.

    A key among ``others`` belongs to another client (P), which sees its own sessions and balance alone.
    """

    def __init__(
        self,
        company: Company,
        now: datetime,
        *,
        behaviour: Behaviour = DEFAULT,
        faults: FaultPlan = NO_FAULTS,
        keys: Mapping[str, str | None] | None = None,
        limiter: RateLimiter | None = None,
        others: Mapping[str, Company] | None = None,
    ) -> None:
        self.company = company
        # other clients of ZenHire, each by its key
        self.others = dict(others or {})
        self.now = now
        self.behaviour = behaviour
        own_keys = {DEFAULT_KEY: None} if keys is None else keys
        self.key_ring = KeyRing({**dict.fromkeys(self.others), **own_keys})
        self.limiter = limiter or RateLimiter(DEFAULT_RATE_LIMIT_PER_MINUTE)
        self.log = RequestLog()
        self.injector = FaultInjector(faults)
        self._listings: dict[object, Listing] = {}
        self._listings_of: Snapshot | None = None
        self._last_rows: list[str] = []

    @property
    def now(self) -> datetime:
        """The company's clock."""
        return self._now

    @now.setter
    def now(self, moment: datetime) -> None:
        """Raises ValueError for a time without a zone."""
        if moment.tzinfo is None:
            raise ValueError("the simulator's clock needs a zone-aware datetime")
        self._now = moment

    @property
    def faults(self) -> FaultPlan:
        """The plan of accidents; setting it starts its counts anew."""
        return self.injector.plan

    @faults.setter
    def faults(self, plan: FaultPlan) -> None:
        self.injector = FaultInjector(plan)

    def answer(self, request: Request, fault: Fault | None) -> Response:
        """The answer to a request, with every fault but those of the transport."""
        try:
            project = self._admit(request)
            if fault is not None:
                struck = _struck(fault)
                if struck is not None:
                    return struck
            return self._handle(request, project, fault)
        except RefusedError as refused:
            return refused.refusal.answer(datetime.now(UTC), request.number)

    def _admit(self, request: Request) -> str | None:
        """The project the request may see. Raises ``RefusedError``."""
        if request.endpoint == "health":
            return None
        if request.raw_key is None or not self.key_ring.knows(request.raw_key):
            raise RefusedError(bad_key())
        wait_sec = self.limiter.wait_sec(request.raw_key, time.monotonic())
        if wait_sec > 0:
            seconds = max(1, ceil(wait_sec))
            raise RefusedError(rate_limited(str(seconds), seconds))
        if not self.behaviour.has_permission:
            raise RefusedError(missing_permission())
        return self.key_ring.project(request.raw_key)

    def _handle(self, request: Request, project: str | None, fault: Fault | None) -> Response:
        company = self.others.get(request.raw_key or "", self.company)
        handlers: dict[Endpoint, Callable[[], Response]] = {
            "list": lambda: self._list(company, request, project, fault),
            "detail": lambda: self._detail(company, request, project),
            "personas": lambda: Response(200, to_json({"data": company.at(self.now).personas()})),
            "credits": lambda: Response(200, to_json(self._credits(company))),
            "health": lambda: Response(200, to_json({"status": "ok"})),
        }
        handle = handlers.get(request.endpoint)
        if handle is None:
            raise RefusedError(Refusal(404, "NOT_FOUND", f"No such path: {request.path}"))
        return handle()

    def _list(self, company: Company, request: Request, project: str | None, fault: Fault | None) -> Response:
        behaviour, snapshot, query = self.behaviour, company.at(self.now), request.query
        check_params(behaviour, query)
        listing = self._listing(snapshot, behaviour, request, project)
        named = company.find(query.get(behaviour.page_param, ""))
        page = cut_page(listing, behaviour, query, last_seen_key(snapshot, behaviour, query, named))
        rows = [self._row_json(snapshot, session) for session in page.sessions]
        sent, page = self._spoiled(rows, page, fault)
        self._last_rows = rows
        self.now += behaviour.advance_per_list_request
        return answer_page(page, behaviour, sent, request.url, query)

    def _listing(
        self, snapshot: Snapshot, behaviour: Behaviour, request: Request, project: str | None
    ) -> Listing:
        """Sorted once for all pages of one moment; unstable orders are sorted anew."""
        if self._listings_of is not snapshot:
            self._listings, self._listings_of = {}, snapshot
        if behaviour.order == "newest_first_unstable_ties":
            return list_sessions(snapshot, behaviour, project, request.query, request.number)
        filters = {name: value for name, value in request.query.items() if name != behaviour.page_param}
        key = (behaviour, project, tuple(sorted(filters.items())))
        if key not in self._listings:
            self._listings[key] = list_sessions(snapshot, behaviour, project, request.query, 0)
        return self._listings[key]

    def _row_json(self, snapshot: Snapshot, session: SessionTimeline) -> str:
        rendered = snapshot.rendered(session)
        row, text = respelled(self.behaviour, rendered.row, rendered.json_text)
        return self.injector.row_json(row, text, "list")

    def _spoiled(self, rows: list[str], page: PageSlice, fault: Fault | None) -> tuple[list[str], PageSlice]:
        half = len(rows) // 2
        match fault.kind if fault else None:
            case "empty_page":
                rows = []
            case "false_end":
                rows, page = (
                    [],
                    PageSlice([], page.start, page.size, page.start, None, page.start, page.start),
                )
            case "repeated_page":
                rows = self._last_rows
            case "short_page":
                rows = rows[:half]
            case "row_left_out" if not page.is_last:
                rows = [*rows[:half], *rows[half + 1 :]]
            case "row_twice":
                rows = [*rows[:half], *rows[half:][:1], *rows[half:]]
        return rows, page

    def _detail(self, company: Company, request: Request, project: str | None) -> Response:
        session_id = request.session_id or ""
        snapshot, session = company.at(self.now), company.find(session_id)
        if session is None or not snapshot.is_shown(session) or not _may_see(project, session):
            raise RefusedError(no_session(session_id))
        if not snapshot.is_visible(session) and self.behaviour.deleted_answer != 200:
            raise RefusedError(no_session(session_id, self.behaviour.deleted_answer))
        row = snapshot.detail_of(session)
        if self.behaviour.personas_flap and request.number % 2:
            row["persona"] = snapshot.earlier_persona_of(session) or row["persona"]
        if self.behaviour.detail_role_fields == "null":
            row |= {"role_name": None, "language": None}
        row, text = respelled(self.behaviour, row, to_json(row))
        return Response(200, self.injector.row_json(row, text, "detail"))

    def _credits(self, company: Company) -> Any:
        content: Any = company.spec.credits_bought - company.at(self.now).credits_charged()
        for name in reversed(self.behaviour.credits_path):
            content = {name: content}
        return content if self.behaviour.credits_path else {}


def _may_see(project: str | None, session: SessionTimeline) -> bool:
    if project is None:
        return True
    return session.project_id == (None if project == NO_PROJECT else project)


_SERVER_ERROR = Refusal(500, "INTERNAL_ERROR", "Something went wrong.")
_INSTEAD: dict[str, Response | Refusal] = {
    "unauthorized": bad_key(),
    "forbidden": missing_permission(),
    "internal_error": _SERVER_ERROR,
    "html_500": html_error(500),
    "html_502": html_error(502),
    "not_json": Response(200, "<!doctype html><p>Please sign in", content_type="text/html"),
    "wrong_shape": Response(200, to_json({"ok": True, "payload": {"unexpected": [1, 2, 3]}})),
    "words_for_rows": Response(200, to_json({"data": {"message": "the index is made anew"}})),
    "error_in_200": Response(200, to_json({"error": {"code": "INTERNAL_ERROR", "message": "It failed."}})),
}


def _struck(fault: Fault) -> Response | None:
    """What a fault answers instead of the truth; None when it only spoils the answer."""
    header, seconds = fault.retry_after_header, fault.retry_after_seconds
    if fault.kind == "rate_limited":
        raise RefusedError(rate_limited(header, seconds))
    if fault.kind == "warming":
        raise RefusedError(warming(header, seconds))
    instead = _INSTEAD.get(fault.kind)
    if isinstance(instead, Refusal):
        raise RefusedError(instead)
    return instead
