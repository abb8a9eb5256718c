"""How the simulated API behaves where the contract is silent: every "Not known" is a switch here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias

from zenhire_sync.simulator.request_log import RequestRecord

# everything: all rows in one answer, no paging at all
Paging: TypeAlias = Literal["cursor", "offset", "page", "everything"]
Order: TypeAlias = Literal[
    "newest_first",
    "oldest_first",
    # newest end first, sessions without an end before all others
    "by_completed_at",
    # a stable shuffle
    "unordered",
    # newest first give or take ten minutes
    "newest_first_with_jitter",
    # by the minute of creation; rows of one minute in a fixed but meaningless order
    "newest_first_with_ties",
    # the same, and that order differs from request to request, as in a database without a tie-break
    "newest_first_unstable_ties",
]
Filter: TypeAlias = Literal["created_after", "completed_after", "status"]
ALL_FILTERS: frozenset[Filter] = frozenset({"created_after", "completed_after", "status"})


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One way the API may turn out to be. Replace it at runtime with ``dataclasses.replace``.

    Names of answer fields are given in snake case and sent in ``names`` case; names of request
    parameters are taken as they are written.
    """

    # where a request says which page it wants, and how long
    paging: Paging = "cursor"
    page_param: str = "cursor"
    size_param: str | None = "limit"
    first_page: int = 1
    default_page_size: int = 20
    largest_page: int = 100
    oversize: Literal["clamp", "reject"] = "clamp"
    unknown_params: Literal["ignore", "reject"] = "ignore"

    # what an answer looks like; rows_key None: a bare array
    rows_key: str | None = "data"
    # "": at top level
    info_at: Literal["", "pagination", "meta", "page_info"] = "pagination"
    names: Literal["snake", "camel"] = "snake"
    next_key: str | None = "next_cursor"
    # value: the token, offset or page number; urls: the whole address of the next page
    next_form: Literal["value", "url", "relative_url"] = "value"
    # on the last page; kept: a token is there all the same, and only has_more tells
    next_at_end: Literal["null", "absent", "empty", "kept"] = "null"
    link_header: bool = False
    # how its relation is written
    link_relation: str = 'rel="next"'
    has_more_key: str | None = None
    total_key: str | None = None
    total_pages_key: str | None = None
    echoes_position: bool = False
    # position: an opaque place in the order; offset: a disguised number; last_id: the id of the last row
    cursor_holds: Literal["position", "offset", "last_id"] = "position"

    order: Order = "newest_first"
    filters: frozenset[Filter] = frozenset()
    filter_names: Literal["snake", "camel"] = "snake"
    is_filter_inclusive: bool = False
    # any known filter is accepted, and rows are dropped at random that it should keep
    filters_lie: bool = False

    detail_role_fields: Literal["absent", "null"] = "absent"
    deleted_answer: Literal[404, 410, 200] = 404
    deleted_stays_listed: bool = False
    has_permission: bool = True
    # where /credits holds the balance; () for an answer without one
    credits_path: tuple[str, ...] = ("data", "balance")

    latency_sec: float = 0.0
    # how far the company's clock moves after each list answer
    advance_per_list_request: timedelta = timedelta(0)
    # called in the serving thread with each request before it is answered
    on_request: Callable[[RequestRecord], None] | None = None

    def spelled(self, name: str) -> str:
        """An answer field's name in this dialect's case."""
        return camel_case(name) if self.names == "camel" else name

    def filter_param(self, name: Filter) -> str:
        """The request parameter of a filter."""
        return camel_case(name) if self.filter_names == "camel" else name


def camel_case(name: str) -> str:
    """``next_cursor`` as ``nextCursor``."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


DEFAULT = Behaviour()
