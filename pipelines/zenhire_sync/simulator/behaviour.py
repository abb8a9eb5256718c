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
    # by the day of creation; rows of one day in a fixed but meaningless order
    "shuffled_in_a_day",
    "by_id",
]
NextForm: TypeAlias = Literal[
    # the token, offset or page number
    "value",
    # the whole address of the next page
    "url",
    "relative_url",
    # true or false beside page numbers or offsets
    "flag",
    # a disguised offset as a JSON number, one with a fraction, or JSON that is sent back as text
    "number",
    "fraction",
    "object",
    "list",
]
NextAtEnd: TypeAlias = Literal[
    "null",
    "absent",
    "empty",
    # a token is there all the same, and only has_more tells
    "kept",
    "zero",
    "false",
    # the one that was asked with
    "asked",
    # a page with rows always leads on, the last one to an empty page
    "leads_to_empty",
]
# what is answered where no rows are; the errors only beyond the last page, never for an account without any;
# that page, where pages or rows are counted
Beyond: TypeAlias = Literal[
    "empty", "null", "absent", "no_content", "400", "404", "416", "first_page", "last_page"
]
TotalForm: TypeAlias = Literal[
    "right",
    # the rows of this page; always 0
    "page",
    "zero",
    # at most, less or more by ``total_amount``
    "capped",
    "low",
    "high",
    # what is left from this page on; 0 on the last page
    "shrinks",
    "zero_at_end",
]
Echo: TypeAlias = Literal["null_cursor", "asked_cursor", "query"]
Filter: TypeAlias = Literal["created_after", "created_before", "completed_after", "status"]
ALL_FILTERS: frozenset[Filter] = frozenset({"created_after", "created_before", "completed_after", "status"})


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One way the API may turn out to be. Replace it at runtime with ``dataclasses.replace``.

    Names of answer fields are given in snake case and sent in ``names`` case; names of request
    parameters are taken as they are written.
    """

    # where a request says which page it wants, and how long; size_param None: the server's own length
    paging: Paging = "cursor"
    page_param: str = "cursor"
    size_param: str | None = "limit"
    first_page: int = 1
    default_page_size: int = 20
    largest_page: int = 100
    oversize: Literal["clamp", "reject"] = "clamp"
    unknown_params: Literal["ignore", "reject"] = "ignore"
    # of paging "everything": no more rows than these are ever shown
    capped_at: int | None = None
    # a place in the list that is counted and never shown, so that a page in the middle is one row short
    ghost_slot: int | None = None
    beyond: Beyond = "empty"

    # what an answer looks like; rows_key None: a bare array
    rows_key: str | None = "data"
    # "": at top level, beside the rows
    info_at: str = "pagination"
    # an object around all of it
    wrapped_in: str | None = None
    names: Literal["snake", "camel"] = "snake"
    next_key: str | None = "next_cursor"
    next_form: NextForm = "value"
    next_at_end: NextAtEnd = "null"
    link_header: bool = False
    # addresses of pages beside the rows: [{rel, href}], {rel: href} or {rel: {href}}
    links_key: str | None = None
    links_form: Literal["list", "object", "hal"] = "list"
    # how its relation is written
    link_relation: str = 'rel="next"'
    has_more_key: str | None = None
    has_more_form: Literal["flag", "text", "number"] = "flag"
    total_key: str | None = None
    total_form: TotalForm = "right"
    total_amount: int = 0
    total_pages_key: str | None = None
    echoes_position: bool = False
    echoes: frozenset[Echo] = frozenset()
    # position: an opaque place in the order; offset: a disguised number; last_id: the id of the last row
    cursor_holds: Literal["position", "offset", "last_id"] = "position"

    order: Order = "newest_first"
    filters: frozenset[Filter] = frozenset()
    filter_names: Literal["snake", "camel"] = "snake"
    is_filter_inclusive: bool = False
    # any known filter is accepted, and rows are dropped at random that it should keep
    filters_lie: bool = False
    # a request with a filter's name in it is refused
    filters_refused: bool = False

    # how ids and integers are written; requests find a session in either case
    id_case: Literal["lower", "upper"] = "lower"
    integers: Literal["plain", "with_point"] = "plain"
    # every second detail shows the content that the persona had before its latest edit
    personas_flap: bool = False
    detail_role_fields: Literal["absent", "null"] = "absent"
    deleted_answer: Literal[404, 410, 200] = 404
    deleted_stays_listed: bool = False
    has_permission: bool = True
    # where /credits holds the balance; () for an answer without one
    credits_path: tuple[str, ...] = ("data", "balance")

    latency_sec: float = 0.0
    # how many answers a kept connection lives, and then is closed without a word on the next request
    answers_per_connection: int | None = None
    # /sessions leads to /sessions/
    redirects_to_slash: bool = False
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
