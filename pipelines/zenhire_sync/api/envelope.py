"""Reading one answer of the session list, whatever its shape. Pure.

Nothing about the envelope is documented ("Not known" in the API contract), so every common spelling is
recognised, snake or camel case, at top level or under ``pagination``, ``meta``, ``page_info``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zenhire_schemas.list_row import TypedRows
from zenhire_schemas.session import canonical_id
from zenhire_sync.api.answers import shown
from zenhire_sync.errors import ApiAnswerError

ROWS_FIELDS = ("data", "items", "results", "sessions", "records", "rows")
# What a list may be wrapped in, beside the names that it has itself.
_WRAPPERS = ("data", "result", "response", "payload", "body")
_INFO_FIELDS = ("pagination", "paging", "meta", "page_info", "links", "_links")
_TOKEN_FIELDS = (
    "next_cursor",
    "next_page_token",
    "next_token",
    "continuation_token",
    "end_cursor",
    "next_url",
    "next_link",
    "next_page",
    "next_offset",
    "next",
    "page_token",
    "after",
    "cursor",
)
_TOTAL_FIELDS = (
    "total",
    "total_count",
    "total_items",
    "total_results",
    "total_records",
    "total_elements",
    "total_rows",
    "total_sessions",
)
_TOTAL_PAGES_FIELDS = ("total_pages", "page_count", "pages", "last_page", "num_pages")
_PAGE_FIELDS = ("page", "current_page", "page_number", "page_index")
_OFFSET_FIELDS = ("offset", "skip", "start")
_MORE_FIELDS = ("has_more", "has_next", "has_next_page", "more")
_LAST_FIELDS = ("is_last", "is_last_page", "last")
_FLAGS = {"true": True, "false": False}
_DEEPEST_INFO = 4
_DEEPEST_ROWS = 3
_LONGEST_NUMBER = 16  # digits; longer texts count nothing
_NEXT = re.compile(r"(?:^|[.@])next(?:_page|_results)?(?:_(?:url|uri|link|href|path|token|cursor|key))?$")
_ADDRESS = re.compile(r"[\w.~%/-]*\?\S+=")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One page and what it says about the next. Fields are None where the answer does not say."""

    rows: list[Any]
    token: str | None = None
    token_field: str | None = None
    next_number: int | None = None
    next_url: str | None = None
    says_last: bool = False
    has_more: bool | None = None
    page: int | None = None
    total_pages: int | None = None
    offset: int | None = None
    total: int | None = None


def read_envelope(body: Any, links: Mapping[str, str], rows_field: str | None = None) -> Envelope:
    """The page in ``body``; ``links`` are those of the Link header by their rel.

    Raises ApiAnswerError when no list of rows is found.
    """
    if isinstance(body, list):
        return Envelope(rows=body, next_url=links.get("next"), says_last=_is_only_page(links))
    if not isinstance(body, dict) or body.get("error") or body.get("errors"):
        raise _not_a_list(body)
    level, rows = _find_rows(body, rows_field)
    info = _collect_info(level)
    token = _read_next(info, links)
    return Envelope(
        rows=rows,
        has_more=_flag(info),
        page=_number(info, _PAGE_FIELDS),
        total_pages=_number(info, _TOTAL_PAGES_FIELDS),
        offset=_number(info, _OFFSET_FIELDS),
        total=_number(info, _TOTAL_FIELDS),
        **token,
    )


def _not_a_list(body: Any) -> ApiAnswerError:
    found = type(body).__name__
    if isinstance(body, dict):
        found = f"fields {', '.join(shown(name)[:40] for name in sorted(body)[:8])}"
    return ApiAnswerError(
        f"/sessions: an answer without a list of sessions (found {found}); "
        "check ZENHIRE_BASE_URL, or name the list's field in ZENHIRE_ROWS_FIELD"
    )


def _find_rows(body: dict[str, Any], rows_field: str | None) -> tuple[dict[str, Any], list[Any]]:
    found = _find_named(body, (rows_field,) if rows_field else ROWS_FIELDS)
    if found is not None:
        return found
    lists = (
        [] if rows_field else [v for v in body.values() if isinstance(v, list) and _looks_like_sessions(v)]
    )
    if len(lists) == 1:
        return body, lists[0]
    raise _not_a_list(body)


def _find_named(
    body: Mapping[str, Any], names: tuple[str, ...], depth: int = 0
) -> tuple[dict[str, Any], list[Any]] | None:
    """The level that holds the list, with what the levels around it say; the outermost list first."""
    for name in names:
        if isinstance(body.get(name), list):
            return dict(body), body[name]
    for name in (*names, *_WRAPPERS) if depth < _DEEPEST_ROWS else ():
        value = body.get(name)
        found = _find_named(value, (*names, *ROWS_FIELDS), depth + 1) if isinstance(value, dict) else None
        if found is not None:
            level, rows = found
            return {**body, **level}, rows
    return None


def _looks_like_sessions(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(row, dict) and "id" in row for row in value)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).replace("-", "_").lower()


def _collect_info(body: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """Scalars about paging by their snake-case name; the outer level wins over the inner ones."""
    found: dict[str, Any] = {}
    inner: list[Mapping[str, Any]] = []
    for name, value in body.items():
        key = _snake(name)
        if key in _INFO_FIELDS and isinstance(value, dict) and depth < _DEEPEST_INFO:
            inner.append(value)
        elif not isinstance(value, list):
            found.setdefault(key, value)
    for mapping in inner:
        for name, value in _collect_info(mapping, depth + 1).items():
            if found.get(name) is None:
                found[name] = value
    return found


def _read_next(info: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Any]:
    if "next" in links:
        return {"next_url": links["next"]}
    named = [field for field in _TOKEN_FIELDS if field in info]
    # Such as next_page_url, or @odata.nextLink.
    named += [field for field in info if _NEXT.search(field) and field not in named]
    for field in named:
        value = info[field]
        if isinstance(value, dict):
            value = value.get("href") or value.get("url") or value.get("cursor")
        if isinstance(value, bool) or value in (None, ""):
            continue
        if isinstance(value, int) and field in {"next", "next_page", "next_offset"}:
            return {"next_number": value, "token_field": field}
        if isinstance(value, str) and _is_url(value):
            return {"next_url": value}
        if isinstance(value, int | str):
            return {"token": str(value), "token_field": field}
    return {"says_last": bool(named) or _is_only_page(links)}


def _is_only_page(links: Mapping[str, str]) -> bool:
    # Links may be about anything, or leave the next page out: only a last page that is the first says so.
    return "next" not in links and "last" in links and links["last"] == links.get("first")


def _is_url(value: str) -> bool:
    # A base64 cursor may hold slashes too; an address of a next page always carries a query.
    return value.startswith(("http://", "https://")) or _ADDRESS.match(value) is not None


def _number(info: Mapping[str, Any], fields: tuple[str, ...]) -> int | None:
    for field in fields:
        value = info.get(field)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _LONGEST_NUMBER:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None


def _flag(info: Mapping[str, Any]) -> bool | None:
    for field in (*_MORE_FIELDS, *_LAST_FIELDS):
        value = info.get(field)
        value = _FLAGS.get(value.lower()) if isinstance(value, str) else value
        if isinstance(value, bool):
            return value if field in _MORE_FIELDS else not value
    return None


def ids_of(rows: list[Any]) -> list[str]:
    """Ids of the rows that have one, in their order and in their one form, whatever spelling was sent."""
    return [canonical_id(sent) for sent in _sent_ids(rows)]


def last_id_of(rows: list[Any]) -> str | None:
    """The id of the last row that has one, as sent: it goes into requests."""
    ids = _sent_ids(rows)
    return ids[-1] if ids else None


def _sent_ids(rows: list[Any]) -> list[str]:
    if isinstance(rows, TypedRows):
        return rows.ids
    return [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]
