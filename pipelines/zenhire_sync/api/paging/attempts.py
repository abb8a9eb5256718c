"""Which next request to try while it is not known how the session list pages. Pure.

A dialect is never trusted because it looks plausible. Each candidate here is a guess in order of
likelihood; the search keeps the first one whose answer holds sessions that were not seen before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from zenhire_sync.api.paging.dialect import Attempt, Dialect, Position
from zenhire_sync.api.paging.envelope import Envelope
from zenhire_sync.api.paging.next_page import camel, is_object, token_text
from zenhire_sync.settings import PagingStyle

Params = tuple[str, ...]

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
# What the token of a field is likely to be sent back as.
_PARAMS_OF_FIELD: dict[str, Params] = {
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
    "last_evaluated_key": ("last_evaluated_key", "exclusive_start_key", "lastEvaluatedKey"),
    "next_marker": ("marker", "next_marker"),
    "next_continuation_token": ("continuation_token", "continuation-token", "continuationToken"),
}
# What a token is sent back as, beside the name of its field, where no rule reads that field.
_UNREAD_PARAMS = (
    "cursor",
    "next",
    "after",
    "page_token",
    "next_token",
    "token",
    "starting_after",
    "start_key",
)


def attempts(
    base: Dialect, page: Envelope, at: Position, style: PagingStyle, param: str | None
) -> Iterator[Attempt]:
    """Next requests to try, likeliest first, none twice. ``base`` carries the page size that was granted.

    A ``param`` that was set by hand is used instead of every other name.
    """
    tried: set[tuple[bool, str | None, str]] = set()
    for guess in _GUESSES:
        if style not in {"auto", guess.style} or not guess.fits(page, at):
            continue
        for attempt in guess.make(base, page, at, guess.params if param is None else (param,)):
            request = (attempt.dialect.style == "fields", attempt.dialect.param, attempt.value)
            if request not in tried:
                tried.add(request)
                yield attempt


def _by_address(base: Dialect, page: Envelope, _at: Position, _params: Params) -> Iterator[Attempt]:
    if page.next_url is not None:
        yield Attempt(replace(base, style="url"), page.next_url, url=page.next_url)


def _by_token(base: Dialect, page: Envelope, _at: Position, params: Params) -> Iterator[Attempt]:
    token, field = page.token if page.next_number is None else str(page.next_number), page.token_field
    if token is not None and field:
        known = (*_PARAMS_OF_FIELD.get(field, ()), *_TOKEN_PARAMS, field.removeprefix("next_"), field)
        yield from _with_token(base, token, params or (*known, camel(field)))


def _by_unread_field(base: Dialect, page: Envelope, _at: Position, params: Params) -> Iterator[Attempt]:
    for field, value in page.unread.items():
        names = params or (field, camel(field), *_UNREAD_PARAMS)
        yield from _with_token(replace(base, token_field=field), token_text(value), names)


def _with_token(base: Dialect, token: str, names: Params) -> Iterator[Attempt]:
    if is_object(token):
        # Its fields may be parameters of their own.
        yield Attempt(replace(base, style="fields"), token)
    for name in filter(None, dict.fromkeys(names)):
        yield Attempt(replace(base, style="cursor", param=name), token)


def _by_page(base: Dialect, page: Envelope, at: Position, params: Params) -> Iterator[Attempt]:
    # Without a page number in the answer the first guess is page=1: on a server that counts from 0 it is
    # the second page, on one that counts from 1 it repeats the first, and nothing is skipped either way.
    starts: tuple[int, ...] = (0, 1)
    if page.page is not None:
        starts = (page.page - at.index,)
    elif page.next_number is not None:
        starts = (page.next_number - at.index - 1,)
    for name in params:
        for first_page in starts:
            dialect = replace(base, style="page", param=name, first_page=first_page)
            yield Attempt(dialect, str(first_page + at.index + 1))


def _by_offset(base: Dialect, _page: Envelope, at: Position, params: Params) -> Iterator[Attempt]:
    for name in params:
        yield Attempt(replace(base, style="offset", param=name), str(at.offset))


def _by_last_id(base: Dialect, page: Envelope, at: Position, params: Params) -> Iterator[Attempt]:
    if at.last_id and page.token is None:
        for name in params:
            yield Attempt(replace(base, style="keyset", param=name), at.last_id)


def _always(_page: Envelope, _at: Position) -> bool:
    return True


def _next_is_the_offset(page: Envelope, at: Position) -> bool:
    return page.next_number == at.offset


def _has_a_number(page: Envelope, _at: Position) -> bool:
    return page.page is not None


def _pages_are_numbered(page: Envelope, at: Position) -> bool:
    names_next = page.next_number is not None and page.next_number < at.offset
    return names_next or (page.page is not None and page.token is None and page.next_url is None)


@dataclass(frozen=True, slots=True)
class _Guess:
    """Requests of one kind. ``style`` is the value of ZENHIRE_PAGING that asks for them alone."""

    style: Literal["cursor", "offset", "page"]
    make: Callable[[Dialect, Envelope, Position, Params], Iterator[Attempt]]
    params: Params = ()
    fits: Callable[[Envelope, Position], bool] = _always


# Likeliest first: what the page hints at, its tokens, then what needs no word of the answer.
_GUESSES = (
    _Guess("offset", _by_offset, OFFSET_PARAMS, _next_is_the_offset),
    _Guess("page", _by_page, PAGE_PARAMS, _pages_are_numbered),
    _Guess("cursor", _by_address),
    _Guess("cursor", _by_token),
    _Guess("cursor", _by_unread_field),
    _Guess("page", _by_page, PAGE_PARAMS, _has_a_number),
    _Guess("offset", _by_offset, OFFSET_PARAMS[:1]),
    _Guess("page", _by_page, PAGE_PARAMS[:1]),
    _Guess("cursor", _by_last_id, KEYSET_PARAMS),
    _Guess("offset", _by_offset, OFFSET_PARAMS[1:]),
    _Guess("page", _by_page, PAGE_PARAMS[1:]),
)
