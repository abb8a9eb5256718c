"""What an answer of the session list says about a next page: tokens, addresses, numbers, flags. Pure.

Nothing about it is documented ("Not known" in the API contract), so the common spellings stand here as data.
What stands under such a name and is not understood means that more follows: only null, empty, false and zero
say that nothing does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

# Names that cannot be a parameter of the request, told back. A likelier one comes first.
NEXT_FIELDS = (
    "next_cursor",
    "next_page_token",
    "next_token",
    "next_continuation_token",
    "continuation_token",
    "continuation",
    "end_cursor",
    "next_url",
    "next_link",
    "next_page",
    "next_offset",
    "next",
    "last_evaluated_key",
)
# Names that may be one: they count where no name of the first kind is there.
ECHO_FIELDS = (
    "page_token",
    "after",
    "cursor",
    "marker",
    "bookmark",
    "iterator",
    "scroll_id",
    "search_after",
    "start_after",
    "starting_after",
    "exclusive_start_key",
    "resume_token",
    "sync_token",
    "token",
)
_NUMBER_FIELDS = frozenset(
    {"next", "next_page", "next_offset", "next_page_number", "next_start", "next_skip"}
)
_NEXT = re.compile(
    r"(?:^|[.@])next(?:_page|_results|_records|_items|_start|_continuation)*"
    r"(?:_(?:url|uri|link|href|path|token|cursor|key|marker|bookmark|iterator|id|number|start|skip))?$"
)
_ADDRESS = re.compile(r"[\w.~%/-]*\?\S+=")
_ADDRESS_WORDS = frozenset(("url", "uri", "link", "href", "path"))
_ADDRESS_FIELDS = ("href", "url", "uri", "link")
_TOKENS_INSIDE = ("cursor", "token", "page_token")
_LAST_WORDS = {"", "0", "false", "null", "none", "nil", "undefined"}

# Words in the name of a field that has nothing to do with the next page. What else stands beside the rows,
# and is read by no rule, may be what leads to more of them.
# fmt: off
_HARMLESS = frozenset((
    "account", "api", "at", "balance", "client", "code", "company", "count", "created", "credits",
    "currency", "date", "debug", "description", "duration", "elapsed", "env", "environment", "error",
    "errors", "etag", "facets", "fields", "filter", "filters", "first", "format", "generated", "hash",
    "host", "kind", "language", "limit", "links", "list", "locale", "message", "messages", "meta",
    "metadata", "ms", "name", "number", "object", "ok", "order", "organization", "params", "per", "prev",
    "previous", "project", "query", "quota", "rate", "region", "remaining", "request", "requested",
    "requests", "response", "retrieved", "returned", "schema", "self", "server", "size", "sort", "sorting",
    "stats", "status", "success", "summary", "team", "tenant", "time", "timestamp", "timing", "took",
    "total", "totals", "trace", "type", "types", "updated", "url", "user", "version", "warning", "warnings",
))
# fmt: on
_LEADING = frozenset(("token", "cursor", "marker", "bookmark", "iterator", "continuation", "scroll"))

Kind = Literal["last", "more", "number", "url", "token"]


@dataclass(frozen=True, slots=True)
class Next:
    """What the fields about a next page say together. ``names`` are all of those fields that are there."""

    token: str | None = None
    token_field: str | None = None
    number: int | None = None
    url: str | None = None
    says_last: bool = False
    says_more: bool = False
    may_be_echo: bool = False
    names: frozenset[str] = frozenset()

    @property
    def is_flag(self) -> bool:
        """Whether more follows without a word of how to ask for it."""
        return self.says_more and self.token is None and self.url is None and self.number is None


def read_next(info: Mapping[str, Any], links: Mapping[str, str]) -> Next:
    """The way to the next page; ``links`` are addresses by their relation."""
    strong, echoes = list(_strong(info)), [name for name in ECHO_FIELDS if name in info]
    names = frozenset((*strong, *echoes))
    if "next" in links:
        return Next(url=links["next"], names=names)
    found = _first(info, strong)
    if found is None or found.is_flag:
        echoed = _first(info, echoes)
        # A flag says that there is more; the token may have a name that could be an echo.
        if echoed is not None and (found is None or echoed.token is not None or echoed.url is not None):
            return replace(echoed, names=names, may_be_echo=True)
    if found is not None:
        return replace(found, names=names)
    return Next(says_last=is_only_page(links), names=names)


def _strong(info: Mapping[str, Any]) -> Iterator[str]:
    yield from (name for name in NEXT_FIELDS if name in info)
    # Such as next_page_url, or @odata.nextLink.
    yield from (name for name in info if _NEXT.search(name) and name not in NEXT_FIELDS)


def _first(info: Mapping[str, Any], names: Iterable[str]) -> Next | None:
    """What the first of the fields with a value says; that it is the last page when none has one."""
    said: Next | None = None
    for name in names:
        kind, value = read_value(info[name], name)
        if kind in {"url", "number", "token"}:
            return Next(
                token=value if kind == "token" else None,
                number=value if kind == "number" else None,
                url=value if kind == "url" else None,
                token_field=None if kind == "url" else name,
            )
        if kind == "more":
            said = Next(says_more=True)
        elif said is None:
            said = Next(says_last=True)
    return said


def read_value(value: Any, field: str) -> tuple[Kind, Any]:
    """What one value under such a name means, and the token (as text), number or address in it."""
    value = _inner(value)
    if not value or (isinstance(value, str) and value.strip().lower() in _LAST_WORDS):
        return "last", None
    if value is True or (isinstance(value, str) and value.strip().lower() == "true"):
        return "more", None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and field in _NUMBER_FIELDS:
        return "number", value
    if isinstance(value, str):
        is_path = value.startswith("/") and field.rpartition("_")[2] in _ADDRESS_WORDS
        return ("url", value) if is_path or is_url(value) else ("token", value)
    return "token", token_text(value)


def _inner(value: Any) -> Any:
    """The address or the token in an object that holds one; else the value itself."""
    for name in (*_ADDRESS_FIELDS, *_TOKENS_INSIDE) if isinstance(value, dict) else ():
        if isinstance(value.get(name), str):
            return value[name]
    return value


def token_text(value: Any) -> str:
    """A token as it is sent back: a text as it is, anything else as its JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def is_object(token: str) -> bool:
    """Whether a token is an object, written as JSON."""
    try:
        return token.startswith("{") and isinstance(json.loads(token), dict)
    except ValueError:
        return False


def camel(name: str) -> str:
    """A snake-case name in camel case."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def is_url(value: str) -> bool:
    """Whether a text is an address. A base64 cursor may hold slashes too; an address carries a query."""
    return value.startswith(("http://", "https://")) or _ADDRESS.match(value) is not None


def links_of(value: Any) -> dict[str, str]:
    """Addresses by relation of a list such as ``[{"rel": "next", "href": "..."}]``."""
    found: dict[str, str] = {}
    for link in value if isinstance(value, list) else ():
        if isinstance(link, dict):
            relation = link.get("rel") or link.get("relation") or link.get("name")
            address = next((link[name] for name in _ADDRESS_FIELDS if isinstance(link.get(name), str)), "")
            if isinstance(relation, str) and address:
                found.setdefault(relation.lower(), address)
    return found


def is_only_page(links: Mapping[str, str]) -> bool:
    """Whether links say that this page is all: only a last page that is the first does."""
    return "next" not in links and "last" in links and links["last"] == links.get("first")


def may_lead_on(name: str, value: Any) -> bool:
    """Whether a field that no rule reads may be what leads to the next page."""
    if not value or isinstance(value, bool):
        return False
    words = name.strip("_@.").split("_")
    return "next" in words or words[-1] in _LEADING or _HARMLESS.isdisjoint(words)
