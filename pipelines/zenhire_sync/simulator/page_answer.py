"""Words the answer to a list request in a dialect: the envelope, what leads on, what stands at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from zenhire_sync.simulator.behaviour import Behaviour
from zenhire_sync.simulator.paging import PageSlice, Token, next_value
from zenhire_sync.simulator.responses import Refusal, RefusedError, Response
from zenhire_sync.simulator.snapshot import to_json

_BEYOND_ERRORS = {
    "400": Refusal(400, "VALIDATION_ERROR", "There is no such page."),
    "404": Refusal(404, "NOT_FOUND", "There is no such page."),
    "416": Refusal(416, "RANGE_NOT_SATISFIABLE", "There is no such page."),
}


def answer_page(
    page: PageSlice, behaviour: Behaviour, rows_json: Sequence[str], url: str, query: Mapping[str, str]
) -> Response:
    """The answer to a list request made at ``url``, given its rows as JSON texts.

    Raises RefusedError where the dialect has an error beyond the last page.
    """
    asked = _asked(page, behaviour, url, query)
    headers = {}
    if behaviour.link_header and asked.next_url is not None and not page.is_last:
        headers["Link"] = f"<{asked.next_url}>; {behaviour.link_relation}"
    rows: str | None = f"[{','.join(rows_json)}]"
    # an empty page by accident keeps its place in the list; only where nothing is, the end is spelled
    if page.start >= page.places and not rows_json:
        if page.start > 0 and behaviour.beyond in _BEYOND_ERRORS:
            raise RefusedError(_BEYOND_ERRORS[behaviour.beyond])
        if behaviour.beyond == "no_content":
            return Response(204, "", headers)
        rows = {"null": "null", "absent": None}.get(behaviour.beyond, rows)
    if behaviour.rows_key is None:
        return Response(200, rows or "[]", headers)
    parts = [] if rows is None else [f"{to_json(behaviour.rows_key)}:{rows}"]
    beside = to_json(_beside(page, behaviour, asked))[1:-1]
    body = f"{{{','.join([*parts, beside] if beside else parts)}}}"
    if behaviour.wrapped_in is not None:
        body = f"{{{to_json(behaviour.wrapped_in)}:{body}}}"
    return Response(200, body, headers)


class _Asked(NamedTuple):
    """The request that is answered, and what leads on from it."""

    url: str
    query: Mapping[str, str]
    value: Token | None
    next_url: str | None


def _asked(page: PageSlice, behaviour: Behaviour, url: str, query: Mapping[str, str]) -> _Asked:
    value = next_value(page, behaviour)
    if value is None:
        return _Asked(url, query, None, None)
    text = to_json(value) if isinstance(value, dict | list) else str(value)
    return _Asked(url, query, value, _with_param(url, behaviour.page_param, text))


def _beside(page: PageSlice, behaviour: Behaviour, asked: _Asked) -> dict[str, Any]:
    """Everything beside the rows."""
    info = _echoes(behaviour, asked.query) | _info(page, behaviour) | _next_info(page, behaviour, asked)
    beside = info
    if behaviour.info_at:
        beside = {behaviour.spelled(behaviour.info_at): info} if info else {}
    if "query" in behaviour.echoes:
        beside = {**beside, "request": dict(asked.query)}
    if behaviour.links_key is not None:
        links = _links(behaviour, asked.url, None if page.is_last else asked.next_url)
        beside = {**beside, behaviour.links_key: links}
    return beside


def _echoes(behaviour: Behaviour, query: Mapping[str, str]) -> dict[str, Any]:
    if "null_cursor" in behaviour.echoes:
        return {"cursor": None}
    if "asked_cursor" in behaviour.echoes:
        return {behaviour.page_param: query.get(behaviour.page_param)}
    return {}


def _info(page: PageSlice, behaviour: Behaviour) -> dict[str, Any]:
    info: dict[str, Any] = {}
    if behaviour.echoes_position:
        at = page.start if behaviour.paging == "offset" else page.start // page.size + behaviour.first_page
        info[behaviour.page_param] = at
        info[behaviour.size_param or "limit"] = page.size
    if behaviour.has_more_key:
        more = not page.is_last
        said = {"flag": more, "text": str(more).lower(), "number": int(more)}[behaviour.has_more_form]
        info[behaviour.spelled(behaviour.has_more_key)] = said
    if behaviour.total_key:
        info[behaviour.spelled(behaviour.total_key)] = _total(page, behaviour)
    if behaviour.total_pages_key:
        info[behaviour.spelled(behaviour.total_pages_key)] = -(-page.places // page.size)
    return info


def _total(page: PageSlice, behaviour: Behaviour) -> int:
    return {
        "right": page.total,
        "page": len(page.sessions),
        "zero": 0,
        "capped": min(page.total, behaviour.total_amount),
        "low": max(page.total - behaviour.total_amount, 0),
        "high": page.total + behaviour.total_amount,
        "shrinks": max(page.total - page.start, 0),
        "zero_at_end": 0 if page.is_last else page.total,
    }[behaviour.total_form]


def _next_info(page: PageSlice, behaviour: Behaviour, asked: _Asked) -> dict[str, Any]:
    if behaviour.next_key is None:
        return {}
    key = behaviour.spelled(behaviour.next_key)
    if behaviour.next_form == "flag":
        return {key: not page.is_last}
    leads_on = {"kept": True, "leads_to_empty": bool(page.sessions)}
    if page.is_last and not leads_on.get(behaviour.next_at_end, False):
        endings = {"empty": "", "zero": 0, "false": False, "asked": asked.query.get(behaviour.page_param)}
        return {} if behaviour.next_at_end == "absent" else {key: endings.get(behaviour.next_at_end)}
    return {key: _lead(behaviour, asked)}


def _lead(behaviour: Behaviour, asked: _Asked) -> Token | None:
    if asked.next_url is None or behaviour.next_form not in {"url", "relative_url"}:
        return asked.value
    return asked.next_url if behaviour.next_form == "url" else _relative(asked.next_url)


def _links(behaviour: Behaviour, url: str, next_url: str | None) -> Any:
    links = {"self": url} | ({} if next_url is None else {"next": next_url})
    if behaviour.links_form == "list":
        return [{"rel": rel, "href": href} for rel, href in links.items()]
    return {rel: {"href": href} for rel, href in links.items()} if behaviour.links_form == "hal" else links


def _relative(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(("", "", parts.path, parts.query, ""))


def _with_param(url: str, name: str, value: str) -> str:
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    return urlunsplit(parts._replace(query=urlencode([*query, (name, value)])))
