"""A page's body with its rows decoded straight into their types, where they have them. Pure.

Reading values first and looking at their types afterwards takes a quarter longer (measured, up to columns).
This knows what the contract tells of a row and where rows are usually found; any other page is read as
``body.py`` reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from zenhire_schemas.list_row import ListRow, TypedRows
from zenhire_sync.api.body import NOT_JSON, parse
from zenhire_sync.api.paging.rows_in_body import ROWS_FIELDS

_ROWS = msgspec.json.Decoder(list[ListRow])
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NOT_TYPED = (msgspec.MsgspecError, UnicodeError, RecursionError)


def page_parser(rows_field: str | None) -> Callable[[bytes], Any]:
    """Reads a list answer as ``parse`` does, except that rows with their types are ``TypedRows``."""
    names = (rows_field,) if rows_field else ROWS_FIELDS

    def parse_page(body: bytes) -> Any:
        try:
            page = _typed(body, names)
        except _NOT_TYPED:
            page = NOT_JSON
        return parse(body) if page is NOT_JSON else page

    return parse_page


def as_sent(rows: list[Any]) -> list[Any]:
    """The rows of a page as plain values, fields and all as they came."""
    values: list[Any] = parse(rows.text) if isinstance(rows, TypedRows) else rows
    return values


def _typed(body: bytes, names: tuple[str, ...]) -> Any:
    """Raises what msgspec raises for rows that are not quite as expected; NOT_JSON when there are none."""
    if not body.startswith(b"{"):
        return TypedRows(_ROWS.decode(body), body)
    fields = _FIELDS.decode(body)
    name = next((name for name in names if name in fields), None)
    if name is None:
        return NOT_JSON
    page = {name: _typed(bytes(fields.pop(name)), ROWS_FIELDS)}
    page.update((other, parse(bytes(raw))) for other, raw in fields.items())
    return NOT_JSON if any(value is NOT_JSON for value in page.values()) else page
