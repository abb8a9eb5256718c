"""What a run says when it cannot be sure that it read the whole list."""

from __future__ import annotations

from zenhire_sync.api.answers import shown
from zenhire_sync.errors import PagingError

_BY_HAND = "set ZENHIRE_PAGING and ZENHIRE_PAGING_PARAM by hand"


def more_without_a_way() -> PagingError:
    """More is promised after a page that was not the first, without a word of how to ask for it."""
    return PagingError(f"/sessions says that more follows, but not how to ask for it; {_BY_HAND}")


def no_way_works() -> PagingError:
    """More is promised after the first page, and every way of asking was tried."""
    return PagingError(f"/sessions says that more follows, but no known way of paging works; {_BY_HAND}")


def perhaps_cut(rows: int) -> PagingError:
    """Nothing is promised, and nothing says that this is all."""
    return PagingError(
        f"/sessions answers with {rows} sessions, as many as a page may hold, and no known "
        f"way of paging brings others; if these are all, set ZENHIRE_PAGING=none, else {_BY_HAND}"
    )


def unread_field(rows: int, names: list[str]) -> PagingError:
    """A field that no rule reads may be what leads to more."""
    return PagingError(
        f"/sessions answers with {rows} sessions and a field that may lead to more "
        f"({', '.join(map(shown, names))}), but no known way of sending it back brings others; "
        f"{_BY_HAND}, or ZENHIRE_PAGING=none if these are all"
    )


def counts_more(rows: int, counted: int) -> PagingError:
    """A number beside the rows speaks of more than came."""
    return PagingError(
        f"/sessions answers with {rows} sessions and speaks of {counted}, but no known way of paging brings "
        f"others; {_BY_HAND}, or ZENHIRE_PAGING=none if these are all"
    )


def senseless(page: int, verdict: str, tries: int) -> PagingError:
    """A page stays empty, or one that was read before."""
    return PagingError(
        f"/sessions page {page} stays {verdict} after {tries} tries although more "
        f"is promised; run again, or {_BY_HAND}"
    )


def refused(page: int, param: str | None) -> PagingError:
    """A page in the middle is refused."""
    return PagingError(f"/sessions refuses page {page} ({param}); run again, or {_BY_HAND}")
