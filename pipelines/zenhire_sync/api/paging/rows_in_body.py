"""Where the rows stand in an answer of the session list, whatever it calls them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from zenhire_sync.api.answers import shown
from zenhire_sync.errors import ApiAnswerError

ROWS_FIELDS = ("data", "items", "results", "sessions", "records", "rows")
# What a list may be wrapped in, beside the names that it has itself.
WRAPPERS = ("data", "result", "response", "payload", "body")
_DEEPEST_ROWS = 3
_DEEPEST = 4
# What an object with an id that is no session, such as that of a request, does not have.
_OF_A_SESSION = frozenset(("created_at", "status", "persona_id"))


def find_rows(body: dict[str, Any], rows_field: str | None) -> tuple[dict[str, Any], list[Any]]:
    """The list of sessions, and what the levels around it say. Raises ApiAnswerError when there is none."""
    found = _find_named(body, (rows_field,) if rows_field else ROWS_FIELDS)
    if found is not None:
        return found
    lists = [] if rows_field else list(_lists_of_sessions(body))
    if len(lists) == 1:
        return lists[0]
    raise not_a_list(body)


def _lists_of_sessions(body: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Lists under unknown names, each with the level it stands in."""
    for name, value in body.items():
        if isinstance(value, list) and _looks_like_sessions(value):
            yield dict(body), value
        elif isinstance(value, dict) and snake(name) in (*ROWS_FIELDS, *WRAPPERS) and depth < _DEEPEST_ROWS:
            for level, rows in _lists_of_sessions(value, depth + 1):
                yield {**body, **level}, rows


def _find_named(
    body: Mapping[str, Any], names: tuple[str, ...], depth: int = 0
) -> tuple[dict[str, Any], list[Any]] | None:
    """The level that holds the list, with what the levels around it say; the outermost list first."""
    for name in names:
        if isinstance(body.get(name), list):
            return dict(body), body[name]
    for name in (*names, *WRAPPERS) if depth < _DEEPEST_ROWS else ():
        value = body.get(name)
        found = _find_named(value, (*names, *ROWS_FIELDS), depth + 1) if isinstance(value, dict) else None
        if found is not None:
            level, rows = found
            return {**body, **level}, rows
    return None


def _looks_like_sessions(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(row, dict) and "id" in row for row in value)


def names_without_rows(body: Mapping[str, Any]) -> set[str] | None:
    """Names (snake case) of the level that rows would stand in, and of those around it.

    None where a list, or an object that might hold one, stands where rows do, or may stand.
    """
    names = set(map(snake, body))
    for name, value in body.items():
        if snake(name) not in {*ROWS_FIELDS, *WRAPPERS}:
            if _may_hold_sessions(value):
                return None
        elif value:
            inner = names_without_rows(value) if isinstance(value, dict) else None
            if inner is None:
                return None
            names |= inner
    return names


def _may_hold_sessions(value: Any, depth: int = 0) -> bool:
    """Whether objects that look like sessions are somewhere in it."""
    if isinstance(value, dict) and "id" in value and not _OF_A_SESSION.isdisjoint(map(snake, value)):
        return True
    if depth >= _DEEPEST or not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return any(_may_hold_sessions(item, depth + 1) for item in inner)


def not_a_list(body: Any) -> ApiAnswerError:
    """What an answer without a list of sessions is told as."""
    found = type(body).__name__
    if isinstance(body, dict):
        found = f"fields {', '.join(shown(name)[:40] for name in sorted(body)[:8])}"
    return ApiAnswerError(
        f"/sessions: an answer without a list of sessions (found {found}); "
        "check ZENHIRE_BASE_URL, or name the list's field in ZENHIRE_ROWS_FIELD"
    )


def snake(name: str) -> str:
    """A name in snake case."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).replace("-", "_").lower()
