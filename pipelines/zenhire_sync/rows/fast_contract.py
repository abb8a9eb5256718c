"""The quick way through the door: whole pages of plainly good rows, turned into columns without a model each.

A first sync spends its time here, so it works on columns, with a few calls into C a column instead of many a
value: the types of a column are one set, its ids or times one match of one text. It knows less than the
models (``zenhire_schemas.session``) and is never more lenient: what is not plainly good is None, and the
models judge the page row by row. What it accepts, they accept, with the same columns (tested).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from math import isfinite
from operator import itemgetter
from types import NoneType
from typing import Any, get_args

import pyarrow as pa
from msgspec.structs import astuple
from pydantic import JsonValue, TypeAdapter

from zenhire_schemas.list_row import ListRow, TypedRows
from zenhire_schemas.session import (
    FIRST_YEAR,
    LARGEST_COUNT,
    LAST_YEAR,
    SessionSummary,
    canonical_id,
    whole,
)
from zenhire_schemas.tables import SESSION_METADATA, SESSION_TAGS
from zenhire_sync.rows.columns import API_COLUMNS, SessionTables, api_schema, to_json

_IDS = ("id", "client_id", "persona_id", "project_id")
_MOMENTS = ("created_at", "started_at", "completed_at")
_COUNTS = ("duration_sec", "credit_charged")
_WORDS = {
    name: frozenset(get_args(SessionSummary.model_fields[name].annotation))
    for name in ("status", "consent_mode", "source")
}
_TEXTS = (
    "candidate_ref",
    "recording_s3_key",
    "transcript_s3_key",
    "interview_svc_session_id",
    "role_name",
    "language",
)
_KINDS: tuple[tuple[str, frozenset[type]], ...] = tuple(
    (name, frozenset({kind}))
    for kind, names in (
        (str, (*_IDS, *_MOMENTS, *_WORDS, *_TEXTS)),
        (int, _COUNTS),
        (list, ("tags",)),
        (dict, ("metadata",)),
    )
    for name in names
)
_REQUIRED = frozenset({"id", "client_id", "persona_id", "created_at"})
_KNOWN = frozenset(SessionSummary.model_fields)
# Details only (S); a list row that carries them is for the models.
_DETAIL_FIELDS = frozenset({"persona", "feedback"})
_LISTED = tuple(name for name in SessionSummary.model_fields if name not in _DETAIL_FIELDS)
_ID = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\n"
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00:00)" + "\n"
_ALL_IDS = re.compile(f"(?:{_ID})*")
_ALL_MOMENTS = re.compile(f"(?:{_MOMENT})*", re.ASCII)
_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)
# Kinds of metadata values, and their text as ``to_json`` writes it.
_KIND_NAMES = {
    str: "string",
    NoneType: "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
}
_TEXT_OF: dict[type, Callable[[Any], str | None]] = {
    str: str,
    NoneType: lambda _: None,
    bool: {True: "true", False: "false"}.__getitem__,
    int: int.__repr__,
    float: float.__repr__,
    list: lambda value: to_json(_JSON.validate_python(value)),
    dict: lambda value: to_json(_JSON.validate_python(value)),
}


class _NotPlainError(Exception):
    """Something the models must look at."""


@dataclass(frozen=True, slots=True)
class PlainRows:
    """Good rows as lists, one a column; more can be added. ``ids`` are distinct in each page."""

    sessions: dict[str, list[Any]]
    tags: tuple[list[Any], ...]
    metadata: tuple[list[Any], ...]
    created_at: list[datetime]
    completed_at: list[datetime]

    @property
    def ids(self) -> list[str]:
        """Session ids, in order."""
        return self.sessions["id"]

    def extend(self, other: PlainRows) -> None:
        """Takes the rows of another page, which must be of other sessions."""
        pairs = zip(self._lists(), other._lists(), strict=True)
        for mine, theirs in pairs:
            mine.extend(theirs)

    def _lists(self) -> Iterator[list[Any]]:
        return chain(self.sessions.values(), self.tags, self.metadata, (self.created_at, self.completed_at))

    def tables(self) -> SessionTables:
        """The rows as Arrow, as ``session_tables`` makes them from models."""
        arrays = [_array(self.sessions[field.name], field.type) for field in api_schema()]
        return SessionTables(
            pa.Table.from_arrays(arrays, schema=api_schema()),
            _child(SESSION_TAGS.arrow_schema(), self.tags),
            _child(SESSION_METADATA.arrow_schema(), self.metadata),
        )


def plain_rows(rows: Sequence[Any]) -> PlainRows | None:
    """The columns of list rows that are all plainly good; None when the models must judge them."""
    try:
        return _from_types(rows) if isinstance(rows, TypedRows) else _from_values(rows)
    except (_NotPlainError, ValueError, RecursionError):
        # among ValueErrors: a 13th month, and text that is not Unicode
        return None


def _from_types(rows: TypedRows) -> PlainRows:
    """Raises ValueError (of ``zip``) when there are none."""
    names = ListRow.__struct_fields__
    columns = dict(zip(names, map(list, zip(*map(astuple, rows), strict=True)), strict=True))
    return _checked(columns, [None] * len(rows))


def _from_values(rows: Sequence[Any]) -> PlainRows:
    _require(set(map(type, rows)) == {dict})
    keys = frozenset().union(*rows)
    # With less there is nothing to accept, and getting one field would not give a list of fields.
    _require(keys >= _REQUIRED)
    _require(all(row.get(name) is None for name in keys & _DETAIL_FIELDS for row in rows))
    columns = _turned(rows, keys)
    for name in _COUNTS:
        columns[name] = list(map(whole, columns[name]))
    for name, kind in _KINDS:
        _require(set(map(type, columns[name])) <= (kind if name in _REQUIRED else kind | {NoneType}))
    for name, words in _WORDS.items():
        _require(words.issuperset(columns[name]))
    for name in _COUNTS:
        _require(all(value is None or 0 <= value <= LARGEST_COUNT for value in columns[name]))
    return _checked(columns, _unknown_fields(rows, keys - _KNOWN))


def _checked(columns: dict[str, list[Any]], unknown_fields: list[str | None]) -> PlainRows:
    """What is left to look at once all values have their types."""
    columns["sent_id"] = _sent_ids(columns["id"])
    for name in _IDS:
        columns[name] = _canonical(columns[name])
    _require(len(set(columns["id"])) == len(columns["id"]))
    moments = {name: _moments(columns[name]) for name in _MOMENTS}
    tags = _tags(columns["id"], columns.pop("tags"))
    metadata = _metadata(columns["id"], columns.pop("metadata"))
    columns["unknown_fields"] = unknown_fields
    _require_unicode(*(columns[name] for name in _TEXTS), tags[2], *metadata[1:3], columns["unknown_fields"])
    sessions = {name: columns[name] for name in API_COLUMNS}
    return PlainRows(sessions, tags, metadata, moments["created_at"], moments["completed_at"])


def _turned(rows: Sequence[dict[str, Any]], keys: Set[str]) -> dict[str, list[Any]]:
    """Fields of list rows, one list each; ``keys`` are all that some row has. A field left out is null."""
    there = tuple(name for name in _LISTED if name in keys)
    try:
        # An API mostly sends the same fields in every row.
        lists = map(list, zip(*map(itemgetter(*there), rows), strict=True))
        columns = dict(zip(there, lists, strict=True))
    except KeyError:
        columns = {name: [row.get(name) for row in rows] for name in there}
    return {name: columns[name] if name in columns else [None] * len(rows) for name in _LISTED}


def _require(is_plain: bool) -> None:
    if not is_plain:
        raise _NotPlainError


def _require_lines(pattern: re.Pattern[str], values: Iterable[str | None]) -> list[str]:
    """The values that are there, each of which matches on its own."""
    there = [value for value in values if value is not None]
    text = "\n".join((*there, ""))
    # A value that holds a line end would make one line too many.
    _require(text.count("\n") == len(there) and pattern.fullmatch(text) is not None)
    return there


def _sent_ids(ids: Sequence[str]) -> list[str | None]:
    """The spelling of each id that is not in its one form."""
    if "".join(ids).islower():
        return [None] * len(ids)
    return [sent if sent != canonical_id(sent) else None for sent in ids]


def _canonical(ids: list[Any]) -> list[Any]:
    """A column of ids in their one form."""
    there = _require_lines(_ALL_IDS, ids)
    text = "".join(there)
    if text == text.lower():
        return ids
    return [None if value is None else canonical_id(value) for value in ids]


def _moments(values: Iterable[str | None]) -> list[datetime]:
    there = _require_lines(_ALL_MOMENTS, values)
    # Raises ValueError for a 13th month.
    moments = [datetime.fromisoformat(text) for text in there]
    _require(all(FIRST_YEAR < moment.year < LAST_YEAR for moment in moments))
    return moments


def _require_unicode(*columns: Iterable[str | None]) -> None:
    """Raises UnicodeError for a lone surrogate, which no database takes."""
    "".join(filter(None, chain.from_iterable(columns))).encode()


def _tags(ids: Sequence[str], lists: Sequence[list[Any] | None]) -> tuple[list[Any], ...]:
    there = [(session_id, tags) for session_id, tags in zip(ids, lists, strict=True) if tags]
    tags = [tag for _, tags in there for tag in tags]
    _require(set(map(type, tags)) <= {str})
    return (
        [session_id for session_id, tags in there for _ in tags],
        [place for _, tags in there for place in range(len(tags))],
        tags,
    )


def _metadata(ids: Sequence[str], maps: Sequence[dict[str, Any] | None]) -> tuple[list[Any], ...]:
    there = [(session_id, entries) for session_id, entries in zip(ids, maps, strict=True) if entries]
    values = [value for _, entries in there for value in entries.values()]
    kinds = list(map(type, values))
    _require(_KIND_NAMES.keys() >= set(kinds))
    _require(all(isfinite(value) for value in values if type(value) is float))
    return (
        [session_id for session_id, entries in there for _ in entries],
        [key for _, entries in there for key in entries],
        [_TEXT_OF[kind](value) for kind, value in zip(kinds, values, strict=True)],
        [_KIND_NAMES[kind] for kind in kinds],
    )


def _unknown_fields(rows: Sequence[dict[str, Any]], names: Iterable[str]) -> list[str | None]:
    order = sorted(names)
    if not order:
        return [None] * len(rows)
    found = ({name: row[name] for name in order if name in row} for row in rows)
    return [to_json(fields) if fields else None for fields in found]


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(kind):
        return pa.array(values, type=pa.string()).cast(kind)
    return pa.array(values, type=kind)


def _child(schema: pa.Schema, columns: Sequence[list[Any]]) -> pa.Table:
    """The removal marker is last, and false: these rows are here."""
    count = len(columns[0])
    arrays = [pa.array(values, type=field.type) for values, field in zip(columns, schema, strict=False)]
    return pa.Table.from_arrays([*arrays, pa.repeat(pa.scalar(False), count)], schema=schema)
