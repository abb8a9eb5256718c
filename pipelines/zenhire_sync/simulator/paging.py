"""Cuts a listing into pages and words the answer in a dialect."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from zenhire_sync.simulator.answers import Answer, invalid
from zenhire_sync.simulator.behaviour import ALL_FILTERS, Behaviour
from zenhire_sync.simulator.listing import Listing, SortKey, sort_key
from zenhire_sync.simulator.snapshot import Snapshot, to_json
from zenhire_sync.simulator.timeline import SessionTimeline


@dataclass(frozen=True, slots=True)
class Page:
    """One page: ``sessions`` from place ``start`` of ``total``; ``size`` is what was asked for at most."""

    sessions: list[SessionTimeline]
    start: int
    size: int
    total: int
    last_key: SortKey | None

    @property
    def end(self) -> int:
        """The place after the last row."""
        return self.start + len(self.sessions)

    @property
    def is_last(self) -> bool:
        """Whether nothing follows."""
        return self.end >= self.total


def check_params(behaviour: Behaviour, query: Mapping[str, str]) -> None:
    """Refuse parameters a strict dialect does not know."""
    if behaviour.unknown_params == "ignore":
        return
    names = ALL_FILTERS if behaviour.filters_lie else behaviour.filters
    known = {behaviour.size_param, *(behaviour.filter_param(name) for name in names)}
    if behaviour.paging != "everything":
        known.add(behaviour.page_param)
    for name in query:
        if name not in known:
            raise invalid(f"unknown query parameter {name}", parameter=name)


def cut_page(
    listing: Listing, behaviour: Behaviour, query: Mapping[str, str], last_seen: SortKey | None
) -> Page:
    """The page a request asks for; ``last_seen`` is the place of a ``last_id`` cursor."""
    total = len(listing.sessions)
    size = max(total, 1) if behaviour.paging == "everything" else _size(behaviour, query)
    start = _start(listing, behaviour, query, size, last_seen)
    sessions = listing.sessions[start : start + size]
    last_key = listing.keys[start + len(sessions) - 1] if sessions else None
    return Page(sessions, start, size, total, last_key)


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
    if last_seen is not None:
        return bisect_right(listing.keys, last_seen)
    place = _read_token(value, behaviour)
    return place if isinstance(place, int) else bisect_right(listing.keys, place)


def _number(value: str, name: str, lowest: int) -> int:
    if not value.isascii() or not value.isdigit() or int(value) < lowest:
        raise invalid(f"{name} must be a whole number from {lowest}", parameter=name)
    return int(value)


def _token(content: Sequence[int | str]) -> str:
    return urlsafe_b64encode(to_json(list(content)).encode()).decode().rstrip("=")


def _read_token(token: str, behaviour: Behaviour) -> int | SortKey:
    refused = invalid("the cursor is not one of ours", parameter=behaviour.page_param)
    try:
        content = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError:
        raise refused from None
    match content:
        case [int(offset)] if behaviour.cursor_holds == "offset" and offset >= 0:
            return offset
        case [int(first), int(second), str(session_id)] if behaviour.cursor_holds == "position":
            return (first, second, session_id)
        case _:
            raise refused


def next_value(page: Page, behaviour: Behaviour) -> str | int | None:
    """What a client must send to get the page after this one; None when there are no rows to go from."""
    if behaviour.paging == "everything":
        return None
    if behaviour.paging == "offset":
        return page.end
    if behaviour.paging == "page":
        return page.start // page.size + 1 + behaviour.first_page
    if page.last_key is None:
        return None
    if behaviour.cursor_holds == "last_id":
        return page.sessions[-1].id
    return _token([page.end] if behaviour.cursor_holds == "offset" else page.last_key)


def answer_page(page: Page, behaviour: Behaviour, rows_json: Sequence[str], url: str) -> Answer:
    """The answer to a list request made at ``url``, given its rows as JSON texts."""
    value = next_value(page, behaviour)
    next_url = None if value is None else _with_param(url, behaviour.page_param, str(value))
    headers = {}
    if behaviour.link_header and next_url is not None and not page.is_last:
        headers["Link"] = f"<{next_url}>; {behaviour.link_relation}"
    rows = f"[{','.join(rows_json)}]"
    if behaviour.rows_key is None:
        return Answer(200, rows, headers)
    info = _info(page, behaviour, value, next_url)
    if behaviour.info_at:
        info = {behaviour.spelled(behaviour.info_at): info} if info else {}
    rest = f",{to_json(info)[1:-1]}" if info else ""
    return Answer(200, f"{{{to_json(behaviour.rows_key)}:{rows}{rest}}}", headers)


def _info(page: Page, behaviour: Behaviour, value: str | int | None, next_url: str | None) -> dict[str, Any]:
    info: dict[str, Any] = {}
    if behaviour.echoes_position:
        at = page.start if behaviour.paging == "offset" else page.start // page.size + behaviour.first_page
        info[behaviour.page_param] = at
        info[behaviour.size_param or "limit"] = page.size
    if behaviour.has_more_key:
        info[behaviour.spelled(behaviour.has_more_key)] = not page.is_last
    if behaviour.total_key:
        info[behaviour.spelled(behaviour.total_key)] = page.total
    if behaviour.total_pages_key:
        info[behaviour.spelled(behaviour.total_pages_key)] = -(-page.total // page.size)
    return info | _next_info(page, behaviour, value, next_url)


def _next_info(
    page: Page, behaviour: Behaviour, value: str | int | None, next_url: str | None
) -> dict[str, Any]:
    if behaviour.next_key is None:
        return {}
    key = behaviour.spelled(behaviour.next_key)
    if page.is_last and behaviour.next_at_end != "kept":
        endings: dict[str, dict[str, Any]] = {"null": {key: None}, "empty": {key: ""}, "absent": {}}
        return endings[behaviour.next_at_end]
    if next_url is None or behaviour.next_form == "value":
        return {key: value}
    if behaviour.next_form == "relative_url":
        parts = urlsplit(next_url)
        return {key: urlunsplit(("", "", parts.path, parts.query, ""))}
    return {key: next_url}


def _with_param(url: str, name: str, value: str) -> str:
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    return urlunsplit(parts._replace(query=urlencode([*query, (name, value)])))
