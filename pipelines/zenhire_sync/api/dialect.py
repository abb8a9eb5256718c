"""How the session list pages: what can be concluded from an answer, and which next request to try. Pure.

A dialect is never trusted because it looks plausible. Each candidate here is a guess in order of
likelihood; the pager keeps the first one whose answer holds sessions that were not seen before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from zenhire_sync.api.envelope import Envelope
from zenhire_sync.settings import PagingStyle

Style = Literal["cursor", "url", "offset", "page", "keyset", "none"]

SIZE_PARAMS = ("limit", "page_size", "per_page", "pageSize")
PAGE_PARAMS = ("page", "page_number", "pageNumber")
OFFSET_PARAMS = ("offset", "skip", "start")
KEYSET_PARAMS = ("after", "starting_after", "cursor")
_TOKEN_PARAMS = (
    "cursor",
    "after",
    "page_token",
    "pageToken",
    "next_cursor",
    "nextCursor",
    "starting_after",
    "next",
    "next_token",
    "nextToken",
    "token",
    "continuation_token",
    "continuationToken",
    "page",
)
_LIKELY_TOKEN_PARAMS: dict[str, tuple[str, ...]] = {
    "next_cursor": ("cursor", "next_cursor", "nextCursor"),
    "cursor": ("cursor",),
    "next_page_token": ("page_token", "pageToken", "next_page_token"),
    "page_token": ("page_token", "pageToken"),
    "next_token": ("next_token", "nextToken", "token"),
    "continuation_token": ("continuation_token", "continuationToken"),
    "end_cursor": ("after", "cursor"),
    "after": ("after",),
    "next": ("cursor", "next", "after", "page_token"),
    "next_page": ("page_token", "page", "cursor"),
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """A way of paging that was found to work, or is tried. ``first_page`` is the number of page one."""

    style: Style
    param: str | None = None
    size_params: tuple[str, ...] = ()
    size: int | None = None
    first_page: int = 1

    def to_json(self) -> dict[str, Any]:
        """Plain values, for sync_runs.paging."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> Dialect | None:
        """The remembered dialect, or None when it cannot be used: it is then detected anew."""
        try:
            return cls(**{**value, "size_params": tuple(value["size_params"])})
        except (TypeError, KeyError):
            return None


@dataclass(frozen=True, slots=True)
class Position:
    """Where the reader stands after a page: its place from 0, the offset behind it, its last id."""

    index: int
    offset: int
    last_id: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request for a next page under one dialect. ``url`` is set for the style ``url`` only."""

    dialect: Dialect
    value: str
    url: str | None = None

    def params(self) -> dict[str, str]:
        """Query parameters beside the page size."""
        return {} if self.dialect.param is None else {self.dialect.param: self.value}


def more_follows(page: Envelope, first: Envelope, at: Position, style: Style | None = None) -> bool | None:
    """Whether the answer says that more sessions follow; None when it does not say.

    ``style`` is the one that is known to work: what looks like a token is none where pages are numbered.
    """
    if page.has_more is not None:
        return page.has_more
    follows_token = style not in {"page", "offset", "keyset"}
    if page.next_number is not None or (follows_token and (page.next_url or page.token)):
        return True
    if page.total_pages is not None:
        reached = at.index + 1 if page.page is None or first.page is None else page.page - first.page + 1
        return reached < page.total_pages
    if page.total is not None:
        return at.offset < page.total
    return False if page.says_last else None


def attempts(
    base: Dialect, page: Envelope, at: Position, style: PagingStyle, param: str | None
) -> Iterator[Attempt]:
    """Next requests to try, likeliest first, none twice. ``base`` carries the page size that was granted."""
    tried: set[tuple[str | None, str]] = set()
    for attempt in _guesses(base, page, at, style, param):
        request = (attempt.dialect.param, attempt.value)
        if request not in tried:
            tried.add(request)
            yield attempt


def _guesses(
    base: Dialect, page: Envelope, at: Position, style: PagingStyle, param: str | None
) -> Iterator[Attempt]:
    by_page, by_offset = style in {"auto", "page"}, style in {"auto", "offset"}
    if style in {"auto", "cursor"}:
        yield from _by_token(base, page, param)
    if by_page and page.page is not None:
        yield from _by_page(base, page, at, PAGE_PARAMS if param is None else (param,))
    if by_offset:
        yield from _by_offset(base, at, OFFSET_PARAMS[:1] if param is None else (param,))
    if by_page:
        yield from _by_page(base, page, at, PAGE_PARAMS[:1] if param is None else (param,))
    if style in {"auto", "cursor"} and at.last_id and page.token is None:
        for name in KEYSET_PARAMS if param is None else (param,):
            yield Attempt(replace(base, style="keyset", param=name), at.last_id)
    if by_offset and param is None:
        yield from _by_offset(base, at, OFFSET_PARAMS[1:])
    if by_page and param is None:
        yield from _by_page(base, page, at, PAGE_PARAMS[1:])


def _by_token(base: Dialect, page: Envelope, param: str | None) -> Iterator[Attempt]:
    if page.next_url is not None:
        yield Attempt(replace(base, style="url"), page.next_url, url=page.next_url)
    if page.token is not None:
        field = page.token_field or ""
        names = (*_LIKELY_TOKEN_PARAMS.get(field, ()), *_TOKEN_PARAMS, field.removeprefix("next_"), field)
        for name in (param,) if param else filter(None, dict.fromkeys(names)):
            yield Attempt(replace(base, style="cursor", param=name), page.token)


def _by_page(base: Dialect, page: Envelope, at: Position, names: tuple[str, ...]) -> Iterator[Attempt]:
    # Without a page number in the answer the first guess is page=1: on a server that counts from 0 it is
    # the second page, on one that counts from 1 it repeats the first, and nothing is skipped either way.
    if page.page is not None:
        starts: tuple[int, ...] = (page.page - at.index,)
    elif page.next_number is not None:
        starts = (page.next_number - at.index - 1,)
    else:
        starts = (0, 1)
    for name in names:
        for first_page in starts:
            dialect = replace(base, style="page", param=name, first_page=first_page)
            yield Attempt(dialect, str(first_page + at.index + 1))


def _by_offset(base: Dialect, at: Position, names: tuple[str, ...]) -> Iterator[Attempt]:
    for name in names:
        yield Attempt(replace(base, style="offset", param=name), str(at.offset))


def continuation(dialect: Dialect, page: Envelope, at: Position) -> Attempt | None:
    """The next request under a dialect that is known; None when the answer does not carry what it needs."""
    if dialect.style == "url":
        return None if page.next_url is None else Attempt(dialect, page.next_url, url=page.next_url)
    if dialect.style == "cursor":
        return None if page.token is None else Attempt(dialect, page.token)
    if dialect.style == "keyset":
        return None if at.last_id is None else Attempt(dialect, at.last_id)
    if dialect.style == "page":
        if at.index == 0 and page.page is not None:
            # A remembered dialect does not outvote what the first page says of itself.
            dialect = replace(dialect, first_page=page.page)
        return Attempt(dialect, str(dialect.first_page + at.index + 1))
    return Attempt(dialect, str(at.offset)) if dialect.style == "offset" else None
