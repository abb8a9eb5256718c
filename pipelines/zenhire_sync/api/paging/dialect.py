"""A way of paging: what can be concluded from an answer under it, and the next request it asks for. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from zenhire_sync.api.paging.envelope import Envelope
from zenhire_sync.api.paging.next_page import is_object, token_text

Style = Literal["cursor", "fields", "url", "offset", "page", "keyset", "none"]
# Styles that need no word of the answer.
COUNTED: frozenset[Style] = frozenset(("page", "offset", "keyset"))

SIZE_PARAMS = ("limit", "page_size", "per_page", "pageSize")


@dataclass(frozen=True, slots=True)
class Dialect:
    """A way of paging that was found to work, or is tried, and what was found out about its answers.

    ``first_page`` is the number of page one; ``token_field`` the field that the token stands in, where no
    rule reads it; ``granted`` the most rows that one answer held; ``total_lies`` and ``more_lies`` when there
    was more than a total or a flag told. A list that does not page was proven whole with ``whole_rows`` rows
    of ``whole_ids``.
    """

    style: Style
    param: str | None = None
    size_params: tuple[str, ...] = ()
    size: int | None = None
    first_page: int = 1
    token_field: str | None = None
    granted: int = 0
    total_lies: bool = False
    more_lies: bool = False
    whole_rows: int = 0
    whole_ids: str | None = None

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
    """Where the reader stands after a page: its place from 0, the offset behind it, its last id.

    ``asked`` is the token or address that led there.
    """

    index: int
    offset: int
    last_id: str | None
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request for a next page under one dialect. ``url`` is set for the style ``url`` only."""

    dialect: Dialect
    value: str
    url: str | None = None

    def params(self) -> dict[str, str]:
        """Query parameters beside the page size."""
        if self.dialect.style == "fields":
            return {name: token_text(value) for name, value in json.loads(self.value).items()}
        return {} if self.dialect.param is None else {self.dialect.param: self.value}


def more_follows(
    page: Envelope, first: Envelope, at: Position, dialect: Dialect | None = None
) -> bool | None:
    """Whether the answer says that more sessions follow; None when it does not say.

    ``dialect`` is the one that is known to work: what looks like a token is none where pages are numbered.
    """
    is_counted = dialect is not None and dialect.style in COUNTED
    if page.has_more or (page.has_more is False and not (dialect is not None and dialect.more_lies)):
        return page.has_more
    if page.says_more or (page.next_number is not None and not _stands_still(page, at, dialect)):
        return True
    if not is_counted and _leads_on(page, at, dialect):
        return True
    if page.total_pages is not None:
        reached = at.index + 1 if page.page is None or first.page is None else page.page - first.page + 1
        return reached < page.total_pages
    # A total below what came is no witness.
    if (
        page.total is not None
        and page.total >= at.offset
        and not (dialect is not None and dialect.total_lies)
    ):
        return at.offset < page.total
    is_echo = page.may_be_echo and (dialect is None or dialect.style in COUNTED or dialect.style == "none")
    says_last = page.says_last or page.token is not None or page.next_url is not None
    return False if says_last and not is_echo and not (is_counted and not page.says_last) else None


def _leads_on(page: Envelope, at: Position, dialect: Dialect | None) -> bool:
    """Whether a token or an address is there, of the kind that is followed if one is by now."""
    style = "none" if dialect is None else dialect.style
    has_token = style != "url" and token_of(page, at, dialect) is not None
    return has_token or (style not in {"cursor", "fields"} and url_of(page, at) is not None)


def token_of(page: Envelope, at: Position, dialect: Dialect | None) -> str | None:
    """The token of the next page; None where there is none, or only the one that was asked with."""
    field = None if dialect is None else dialect.token_field
    token = page.token
    if token is None and page.next_number is not None and dialect is not None and dialect.style == "cursor":
        token = str(page.next_number)
    if field is not None:
        token = token_text(page.unread[field]) if field in page.unread else None
    return None if token == at.asked else token


def url_of(page: Envelope, at: Position) -> str | None:
    """The address of the next page; None where there is none, or only the one that was asked for."""
    return None if page.next_url == at.asked else page.next_url


def _stands_still(page: Envelope, at: Position, dialect: Dialect | None) -> bool:
    """Whether the number of the next page, or its offset, is the page's own."""
    if dialect is None or page.next_number is None or at.index == 0:
        return False
    if dialect.style == "page":
        return page.next_number <= dialect.first_page + at.index
    return dialect.style == "offset" and page.next_number <= at.offset - len(page.rows)


def continuation(dialect: Dialect, page: Envelope, at: Position) -> Attempt | None:
    """The next request under a dialect that is known; None when the answer does not carry what it needs."""
    if dialect.style == "url":
        url = url_of(page, at)
        return None if url is None else Attempt(dialect, url, url=url)
    if dialect.style in {"cursor", "fields"}:
        token = token_of(page, at, dialect)
        is_usable = token is not None and (dialect.style == "cursor" or is_object(token))
        return Attempt(dialect, token) if token is not None and is_usable else None
    if dialect.style == "keyset":
        return None if at.last_id is None else Attempt(dialect, at.last_id)
    if dialect.style == "page":
        if at.index == 0 and page.page is not None:
            # A remembered dialect does not outvote what the first page says of itself.
            dialect = replace(dialect, first_page=page.page)
        return Attempt(dialect, str(dialect.first_page + at.index + 1))
    return Attempt(dialect, str(at.offset)) if dialect.style == "offset" else None
