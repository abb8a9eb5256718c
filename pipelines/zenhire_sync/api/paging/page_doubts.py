"""What makes a page of the list doubtful: repeated, empty, too short, or perhaps not all there is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal

from zenhire_sync.api.id_set import IdSet
from zenhire_sync.api.paging.dialect import Attempt
from zenhire_sync.api.paging.envelope import Envelope

Verdict = Literal["fresh", "empty", "repeated"]
# Page sizes of servers that have their own; larger ones are multiples of the last.
_SMALL_PAGES, _PAGES_ARE_OF = (10, 15, 20, 25, 30, 40), 50
# Empty pages in a row that are followed because each leads to another one.
MOST_EMPTY = 10


def judge(page: Envelope, seen: IdSet | set[str], latest_rows: list[Any], *, on_trial: bool) -> Verdict:
    """Whether a page brings sessions that were not ``seen``; ``on_trial`` while its dialect is a guess."""
    if not page.rows:
        return "empty"
    ids = set(page.ids)
    if not ids:
        # Rows that cannot be told apart by an id: at least they must not be the same ones again.
        return "repeated" if page.rows == latest_rows else "fresh"
    known = sum(session_id in seen for session_id in ids)
    # While a dialect is on trial, a first page that was asked for in vain may still hold a session that
    # arrived in between; afterwards a page may well hold many that moved down from the one before.
    allowed = len(ids) // 2 if on_trial else len(ids) - 1
    return "repeated" if known > allowed else "fresh"


def may_be_cut(rows: int, asked: int | None) -> bool:
    """Whether there are as many rows as were asked for, or as servers grant by themselves."""
    return rows > 0 and (rows in (asked, *_SMALL_PAGES) or rows % _PAGES_ARE_OF == 0)


def wordless(page: Envelope, unread: Mapping[str, Any]) -> Envelope:
    """The page without what it says of the end; ``unread`` are the fields that may still lead on."""
    return replace(
        page, says_last=False, says_more=False, has_more=None, total_pages=None, total=None, unread=unread
    )


def is_newest_first(rows: Sequence[Any]) -> bool:
    """Whether no row was created after the one before it; times are compared as the API writes them."""
    created: list[Any] = [
        row.get("created_at") if isinstance(row, dict) else getattr(row, "created_at", None) for row in rows
    ]
    if not all(isinstance(moment, str) for moment in created):
        return False
    return all(later <= earlier for earlier, later in pairwise(created))


def after_empty(
    page: Envelope, attempt: Attempt, empty_in_a_row: int, *, more: bool | None
) -> Literal["on", "end", "doubt"]:
    """What a page means that stays empty although the one before it seemed to promise more.

    Some servers give a token with every full page, or with every page at all: the end is then where nothing
    comes and nothing new leads on.
    """
    style = attempt.dialect.style
    leads_to = {"cursor": page.token, "fields": page.token, "url": page.next_url}.get(style)
    if leads_to not in {None, attempt.value} and empty_in_a_row < MOST_EMPTY:
        return "on"
    if style in {"cursor", "fields", "url"} and not page.has_more:
        return "end"
    # Where pages are counted it must not say itself that more follows.
    return "doubt" if more else "end"


def has_shrunk(page: Envelope, following: Envelope) -> bool:
    """Whether sessions were deleted between the two answers, so that later rows moved up."""
    return page.total is not None and following.total is not None and following.total < page.total


def is_too_short(page: Envelope, following: Envelope, largest: int) -> bool:
    """Whether a page is shorter than others although rows follow it."""
    return bool(following.rows) and 0 < page.distinct < max(largest, following.distinct)
