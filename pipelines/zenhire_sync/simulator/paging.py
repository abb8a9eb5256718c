"""Cuts a listing into pages, and says what leads to the page after one."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from zenhire_sync.simulator.behaviour import ALL_FILTERS, Behaviour
from zenhire_sync.simulator.listing import Listing, SortKey, sort_key
from zenhire_sync.simulator.responses import invalid
from zenhire_sync.simulator.snapshot import Snapshot, to_json
from zenhire_sync.simulator.timeline import SessionTimeline, to_iso

# what a client sends to get a page: a text, an offset or page number, or JSON of its own
Token: TypeAlias = str | int | float | dict[str, Any] | list[Any]


@dataclass(frozen=True, slots=True)
class PageSlice:
    """One page: ``sessions`` from place ``start`` up to ``end`` of ``places``, of which ``total`` are rows.

    ``size`` is what was asked for at most.
    """

    sessions: list[SessionTimeline]
    start: int
    size: int
    total: int
    last_key: SortKey | None
    end: int
    places: int

    @property
    def is_last(self) -> bool:
        """Whether nothing follows."""
        return self.end >= self.places


def check_params(behaviour: Behaviour, query: Mapping[str, str]) -> None:
    """Refuse parameters a strict dialect does not know."""
    if behaviour.unknown_params == "ignore":
        return
    takes_all = behaviour.filters_lie or behaviour.filters_refused
    names = ALL_FILTERS if takes_all else behaviour.filters
    known = {behaviour.size_param, *(behaviour.filter_param(name) for name in names)}
    if behaviour.paging != "everything":
        known.add(behaviour.page_param)
    for name in query:
        if name not in known:
            raise invalid(f"unknown query parameter {name}", parameter=name)


def cut_page(
    listing: Listing, behaviour: Behaviour, query: Mapping[str, str], last_seen: SortKey | None
) -> PageSlice:
    """The page a request asks for; ``last_seen`` is the place of a ``last_id`` cursor."""
    total, ghost = len(listing.sessions), behaviour.ghost_slot
    has_ghost = ghost is not None and 0 < ghost < total
    places = total + has_ghost
    if behaviour.paging == "everything":
        size = min(max(places, 1), behaviour.capped_at or places + 1)
        places = min(places, size)
    else:
        size = _size(behaviour, query)
    start = _start(listing, behaviour, query, size, last_seen)
    if start >= places and behaviour.paging in {"page", "offset"}:
        again = {"first_page": 0, "last_page": max(places - 1, 0) // size * size}
        start = again.get(behaviour.beyond, start)
    end = max(min(start + size, places), start)
    first, last = (
        (place - 1 if has_ghost and ghost is not None and place > ghost else place) for place in (start, end)
    )
    sessions = listing.sessions[first:last]
    last_key = listing.keys[first + len(sessions) - 1] if sessions else None
    return PageSlice(sessions, start, size, total, last_key, end, places)


def last_seen_key(
    snapshot: Snapshot, behaviour: Behaviour, query: Mapping[str, str], found: SessionTimeline | None
) -> SortKey | None:
    """Where the row named by a ``last_id`` cursor stands, even when it was deleted meanwhile."""
    if behaviour.cursor_holds != "last_id" or not query.get(behaviour.page_param):
        return None
    if found is None:
        raise invalid("the cursor names no session", parameter=behaviour.page_param)
    return sort_key(behaviour.order, snapshot, found, 0)


def _size(behaviour: Behaviour, query: Mapping[str, str]) -> int:
    if behaviour.size_param is None or behaviour.size_param not in query:
        return behaviour.default_page_size
    size = _number(query[behaviour.size_param], behaviour.size_param, 1)
    if size > behaviour.largest_page and behaviour.oversize == "reject":
        message = f"{behaviour.size_param} must be at most {behaviour.largest_page}"
        raise invalid(message, parameter=behaviour.size_param)
    return min(size, behaviour.largest_page)


def _start(
    listing: Listing,
    behaviour: Behaviour,
    query: Mapping[str, str],
    size: int,
    last_seen: SortKey | None,
) -> int:
    value = query.get(behaviour.page_param, "")
    if behaviour.paging == "everything" or not value:
        return 0
    if behaviour.paging == "offset":
        return _number(value, behaviour.page_param, 0)
    if behaviour.paging == "page":
        number = _number(value, behaviour.page_param, behaviour.first_page)
        return (number - behaviour.first_page) * size
    place = _read_token(value, behaviour) if last_seen is None else last_seen
    if isinstance(place, int):
        return place
    row, ghost = bisect_right(listing.keys, place), behaviour.ghost_slot
    return row if ghost is None or row <= ghost else row + 1


def _number(value: str, name: str, lowest: int) -> int:
    if not value.isascii() or not value.isdigit() or int(value) < lowest:
        raise invalid(f"{name} must be a whole number from {lowest}", parameter=name)
    return int(value)


def _token(content: Sequence[int | str]) -> str:
    return urlsafe_b64encode(to_json(list(content)).encode()).decode().rstrip("=")


def _read_token(token: str, behaviour: Behaviour) -> int | SortKey:
    refused = invalid("the cursor is not one of ours", parameter=behaviour.page_param)
    try:
        match behaviour.next_form:
            case "number" | "fraction":
                return int(float(token))
            case "object":
                return int(json.loads(token)["n"])
            case "list":
                return int(json.loads(token)[1])
        content = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        raise refused from None
    match content:
        case [int(offset)] if behaviour.cursor_holds == "offset" and offset >= 0:
            return offset
        case [int(first), int(second), str(session_id)] if behaviour.cursor_holds == "position":
            return (first, second, session_id)
        case _:
            raise refused


def next_value(page: PageSlice, behaviour: Behaviour) -> Token | None:
    """What a client must send to get the page after this one; None when there are no rows to go from."""
    if behaviour.paging == "everything":
        return None
    if behaviour.paging == "offset":
        return page.end
    if behaviour.paging == "page":
        return page.start // page.size + 1 + behaviour.first_page
    if page.last_key is None:
        return None
    return _cursor(page, behaviour)


def _cursor(page: PageSlice, behaviour: Behaviour) -> Token:
    match behaviour.next_form:
        case "number":
            return page.end
        case "fraction":
            return page.end + 0.5
        case "object":
            return {"created_at": to_iso(page.sessions[-1].created_ms), "n": page.end}
        case "list":
            return [page.sessions[-1].id, page.end]
    if behaviour.cursor_holds == "last_id":
        return page.sessions[-1].id
    return _token([page.end] if behaviour.cursor_holds == "offset" else page.last_key or ())
