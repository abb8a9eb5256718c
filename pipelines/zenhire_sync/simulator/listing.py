"""Which sessions a list request is about: order and filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from zlib import crc32

from zenhire_sync.simulator.behaviour import ALL_FILTERS, Behaviour, Filter, Order
from zenhire_sync.simulator.responses import invalid
from zenhire_sync.simulator.snapshot import Snapshot
from zenhire_sync.simulator.timeline import DAY_MS, MINUTE_MS, SessionTimeline, to_ms

SortKey: TypeAlias = tuple[int, int, str]
_Keep: TypeAlias = Callable[[SessionTimeline], bool]

JITTER_MS = 10 * MINUTE_MS
# a key that sees only the sessions without a project
NO_PROJECT = "no-project"
_STATUSES = ("initiated", "active", "completed", "failed")


@dataclass(frozen=True, slots=True)
class Listing:
    """Sessions in the order of their keys, which run side by side."""

    keys: list[SortKey]
    sessions: list[SessionTimeline]


def sort_key(order: Order, snapshot: Snapshot, session: SessionTimeline, salt: int) -> SortKey:
    """The place of a session in an order; ``salt`` only stirs unstable ties."""
    created_ms, scatter = session.created_ms, _scatter(session.id)
    ended_ms = session.state_at(snapshot.moment_ms).ended_ms
    places: dict[Order, tuple[int, int]] = {
        "newest_first": (-created_ms, 0),
        "oldest_first": (created_ms, 0),
        "by_completed_at": (0, 0) if ended_ms is None else (1, -ended_ms),
        "unordered": (scatter, 0),
        "newest_first_with_jitter": (-created_ms + scatter % (2 * JITTER_MS) - JITTER_MS, 0),
        "newest_first_with_ties": (-(created_ms // MINUTE_MS), scatter),
        "newest_first_unstable_ties": (-(created_ms // MINUTE_MS), _scatter(f"{salt}{session.id}")),
        "shuffled_in_a_day": (-(created_ms // DAY_MS), scatter),
        "by_id": (0, 0),
    }
    return (*places[order], session.id)


def _scatter(text: str) -> int:
    return crc32(text.encode())


def list_sessions(
    snapshot: Snapshot, behaviour: Behaviour, project: str | None, query: Mapping[str, str], salt: int
) -> Listing:
    """All sessions a request can page through. ``project`` None: of the whole company."""
    sessions = snapshot.shown if behaviour.deleted_stays_listed else snapshot.visible
    if project is not None:
        wanted = None if project == NO_PROJECT else project
        sessions = [session for session in sessions if session.project_id == wanted]
    for keep in _filters(snapshot, behaviour, query):
        sessions = [session for session in sessions if keep(session)]
    keyed = [(sort_key(behaviour.order, snapshot, session, salt), session) for session in sessions]
    keyed.sort(key=lambda pair: pair[0])
    return Listing([key for key, _ in keyed], [session for _, session in keyed])


def filters_in(behaviour: Behaviour, query: Mapping[str, str]) -> dict[Filter, str]:
    """Filters of a request that this dialect knows, with their values."""
    known = ALL_FILTERS if behaviour.filters_lie or behaviour.filters_refused else behaviour.filters
    return {
        name: query[behaviour.filter_param(name)]
        for name in sorted(known)
        if behaviour.filter_param(name) in query
    }


def _filters(snapshot: Snapshot, behaviour: Behaviour, query: Mapping[str, str]) -> list[_Keep]:
    given = filters_in(behaviour, query)
    if behaviour.filters_refused:
        for name in given:
            raise invalid(f"{behaviour.filter_param(name)} is no parameter of this list", parameter=name)
    if behaviour.filters_lie:
        # What it bounds from above is bounded, or the lie would be seen on the first row.
        bounds = [
            _filter(snapshot, behaviour, name, value)
            for name, value in given.items()
            if name == "created_before"
        ]
        return [lambda session: _scatter(f"lie{session.id}") % 3 > 0, *bounds] if given else []
    return [_filter(snapshot, behaviour, name, value) for name, value in given.items()]


def _filter(snapshot: Snapshot, behaviour: Behaviour, name: Filter, value: str) -> _Keep:
    now_ms = snapshot.moment_ms
    if name == "status":
        if value not in _STATUSES:
            raise invalid(f"status must be one of {', '.join(_STATUSES)}", parameter=name)
        return lambda session: session.state_at(now_ms).status == value
    instant_ms, grace_ms = _instant_ms(name, value), 1 if behaviour.is_filter_inclusive else 0
    if name == "created_before":
        return lambda session: session.created_ms < instant_ms + grace_ms
    after_ms = instant_ms - grace_ms
    if name == "created_after":
        return lambda session: session.created_ms > after_ms
    return lambda session: (session.state_at(now_ms).ended_ms or 0) > after_ms


def _instant_ms(name: str, value: str) -> int:
    try:
        return to_ms(datetime.fromisoformat(value))
    except ValueError:
        raise invalid(f"{name} must be an ISO 8601 date-time with a zone", parameter=name) from None
