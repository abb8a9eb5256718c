"""Reading one answer of the session list, whatever its shape. Pure.

Nothing about the envelope is documented ("Not known" in the API contract), so every common spelling is
recognised, snake or camel case, at top level or under ``pagination``, ``meta``, ``page_info``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from zenhire_schemas.list_row import TypedRows
from zenhire_schemas.session import canonical_id
from zenhire_sync.api.answers import count_in
from zenhire_sync.api.paging.next_page import (
    ECHO_FIELDS,
    NEXT_FIELDS,
    is_only_page,
    links_of,
    may_lead_on,
    read_next,
)
from zenhire_sync.api.paging.rows_in_body import (
    ROWS_FIELDS,
    WRAPPERS,
    find_rows,
    names_without_rows,
    not_a_list,
    snake,
)

_INFO_FIELDS = (
    "pagination",
    "paging",
    "meta",
    "metadata",
    "response_metadata",
    "page_info",
    "page_meta",
    "result_info",
    "pager",
    "paginator",
    "pageable",
    "page",
    "cursors",
    "links",
    "_links",
)
_PAGING_WORDS = frozenset(("meta", "metadata", "paging", "pagination", "pager"))
_LINKS_FIELDS = ("links", "_links", "link")
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
_PAGE_FIELDS = ("page", "current_page", "page_number", "page_index", "page_no", "number")
_OFFSET_FIELDS = ("offset", "skip", "start")
# (Not "size" and "count": also what the page holds.)
_SIZE_FIELDS = ("limit", "page_size", "per_page", "items_per_page", "results_per_page", "max_results", "take")
_MORE_FIELDS = (
    "has_more",
    "has_next",
    "has_next_page",
    "has_more_pages",
    "has_more_results",
    "more",
    "more_available",
    "is_truncated",
    "truncated",
    "incomplete",
    "partial",
)
_LAST_FIELDS = ("is_last", "is_last_page", "last")
# A number counts rows if its name is made of these words alone, one of the first among them.
_COUNTING = frozenset(("count", "total", "totals", "found", "hits", "matches", "matched", "matching"))
_COUNTED = frozenset(
    (
        "elements",
        "interviews",
        "items",
        "number",
        "num",
        "of",
        "records",
        "results",
        "rows",
        "sessions",
        "size",
    )
)
_FLAGS = {"true": True, "false": False}
_DEEPEST_INFO = 4


@dataclass(frozen=True)
class Envelope:
    """One page and what it says about the next. Fields are None where the answer does not say.

    ``size`` is the most rows that a page may hold, ``counted`` the largest number that seems to count rows,
    and ``unread`` are fields that may lead on.
    """

    rows: list[Any]
    token: str | None = None
    token_field: str | None = None
    next_number: int | None = None
    next_url: str | None = None
    says_last: bool = False
    says_more: bool = False
    may_be_echo: bool = False
    has_more: bool | None = None
    page: int | None = None
    total_pages: int | None = None
    offset: int | None = None
    size: int | None = None
    total: int | None = None
    counted: int | None = None
    unread: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    @cached_property
    def sent_ids(self) -> list[str]:
        """Ids of the rows that have one, in their order, as sent: these go into requests."""
        if isinstance(self.rows, TypedRows):
            return self.rows.ids
        return [row["id"] for row in self.rows if isinstance(row, dict) and isinstance(row.get("id"), str)]

    @cached_property
    def ids(self) -> list[str]:
        """Ids of the rows that have one, in their order and in their one form, whatever spelling was sent."""
        return [canonical_id(sent) for sent in self.sent_ids]

    @property
    def distinct(self) -> int:
        """How many sessions it shows: its rows, those that are on it twice counted once.

        An offset that counted both would skip a session, where the server counts sessions.
        """
        return len(self.rows) - len(self.ids) + len(set(self.ids))

    @property
    def last_sent_id(self) -> str | None:
        """The id of the last row that has one, as sent."""
        return self.sent_ids[-1] if self.sent_ids else None

    @property
    def is_silent(self) -> bool:
        """Whether it says nothing of the end. A total does not, nor a name that may repeat the request."""
        says_end = self.says_last and not self.may_be_echo
        return self.has_more is None and self.total_pages is None and not says_end


def read_envelope(body: Any, links: Mapping[str, str], rows_field: str | None = None) -> Envelope:
    """The page in ``body``; ``links`` are those of the Link header by their rel.

    Raises ApiAnswerError when no list of rows is found.
    """
    if isinstance(body, list):
        return Envelope(rows=body, next_url=links.get("next"), says_last=is_only_page(links))
    if not isinstance(body, dict) or body.get("error") or body.get("errors"):
        raise not_a_list(body)
    level, rows = find_rows(body, rows_field)
    return _read_level(level, rows, links, rows_field)


def read_empty(body: Any, links: Mapping[str, str], expected: tuple[str, ...] | None) -> Envelope | None:
    """The page without rows that an answer without a list may be; None when it cannot be one.

    Go writes an empty slice as null, others leave it out. ``expected`` are the names on the first page; None
    for the first page itself, where all names must be known. A message in the place of rows is no page.
    """
    if body is None:
        return Envelope(rows=[])
    if not isinstance(body, dict) or body.get("error") or body.get("errors"):
        return None
    names = names_without_rows(body)
    known = {*_KNOWN_NAMES, *ROWS_FIELDS, *WRAPPERS, *(expected or ())}
    return None if names is None or names - known else _read_level(body, [], links)


def _read_level(
    level: Mapping[str, Any], rows: list[Any], links: Mapping[str, str], rows_field: str | None = None
) -> Envelope:
    spelled: dict[str, str] = {}
    info = _collect_info({name: value for name, value in level.items() if name != rows_field}, spelled)
    for name in _LINKS_FIELDS:
        links = {**links_of(_value_of(level, name)), **links}
    following = read_next(info, links)
    return Envelope(
        rows=rows,
        token=following.token,
        token_field=following.token_field,
        next_number=following.number,
        next_url=following.url,
        says_last=following.says_last,
        says_more=following.says_more,
        may_be_echo=following.may_be_echo,
        has_more=_flag(info),
        page=_number(info, _PAGE_FIELDS),
        total_pages=_number(info, _TOTAL_PAGES_FIELDS),
        offset=_number(info, _OFFSET_FIELDS),
        size=_number(info, _SIZE_FIELDS),
        total=_number(info, _TOTAL_FIELDS),
        counted=max((number for number in map(_counted, info.items()) if number is not None), default=None),
        unread={
            spelled.get(name, name): value
            for name, value in info.items()
            if name not in _KNOWN_NAMES and may_lead_on(name, value)
        },
        names=tuple(sorted(map(snake, level))),
    )


def _value_of(level: Mapping[str, Any], wanted: str) -> Any:
    """What stands under a name, at the top or where answers tell about paging."""
    for name, value in level.items():
        if snake(name) == wanted and value:
            return value
    inner = (
        value for name, value in level.items() if snake(name) in _INFO_FIELDS and isinstance(value, dict)
    )
    return next(
        (value[name] for value in inner for name in value if snake(name) == wanted and value[name]), None
    )


def _collect_info(body: Mapping[str, Any], spelled: dict[str, str], depth: int = 0) -> dict[str, Any]:
    """Values about paging by their snake-case name; the outer level wins over the inner ones.

    ``spelled`` is given the names as they were sent.
    """
    found: dict[str, Any] = {}
    inner: list[Mapping[str, Any]] = []
    for name, value in body.items():
        key = snake(name)
        if _tells_of_pages(key) and isinstance(value, dict) and depth < _DEEPEST_INFO:
            inner.append(value)
        elif key not in ROWS_FIELDS and key not in WRAPPERS and not _are_rows(value):
            found.setdefault(key, value)
            spelled.setdefault(key, name)
    for mapping in inner:
        for name, value in _collect_info(mapping, spelled, depth + 1).items():
            if found.get(name) is None:
                found[name] = value
    return found


def _tells_of_pages(name: str) -> bool:
    """Whether an object under this name (snake case) tells of paging."""
    return name in _INFO_FIELDS or not _PAGING_WORDS.isdisjoint(name.strip("_@.").split("_"))


def _are_rows(value: Any) -> bool:
    """Whether a value is a list of objects: rows, or something else that leads nowhere."""
    if isinstance(value, TypedRows):
        return True
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _counted(item: tuple[str, Any]) -> int | None:
    """How many rows a number seems to count, by its name."""
    name, value = item
    words = set(name.strip("_@.").split("_"))
    return count_in(value) if words & _COUNTING and words <= _COUNTING | _COUNTED else None


def _number(info: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((number for number in map(count_in, map(info.get, names)) if number is not None), None)


def _flag(info: Mapping[str, Any]) -> bool | None:
    for name in (*_MORE_FIELDS, *_LAST_FIELDS):
        value = info.get(name)
        value = _FLAGS.get(value.lower()) if isinstance(value, str) else value
        if isinstance(value, bool):
            return value if name in _MORE_FIELDS else not value
    return None


_KNOWN_NAMES = frozenset(
    (
        *NEXT_FIELDS,
        *ECHO_FIELDS,
        *_TOTAL_FIELDS,
        *_TOTAL_PAGES_FIELDS,
        *_PAGE_FIELDS,
        *_OFFSET_FIELDS,
        *_MORE_FIELDS,
        *_LAST_FIELDS,
        *_INFO_FIELDS,
    )
)
