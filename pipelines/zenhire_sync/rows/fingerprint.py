"""A short text that says what a session's row, tags and metadata were: equal texts, equal rows. Pure.

So a night need not read what it wrote before to know what differs. Only what the API told goes in, and only
what is not null, so that a later version may add a column without every session seeming to have changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from zenhire_sync.rows.columns import API_COLUMNS, SessionTables

# Half of it tells of the row, half of tags and metadata: a change of the one leaves the other alone.
_DIGEST_BYTES = 8
_HALF = 2 * _DIGEST_BYTES
_TEXT = pa.large_string()
_NO_ENTRY = ("session_id", "is_removed")


def fingerprints(tables: SessionTables) -> pa.Array:
    """One text (32 hex digits) a session, in the order of its rows; the order of its children is no matter.

    It is the same of rows as they came and of those that the warehouse gives back.
    """
    rows = _digests(_told(tables.sessions, API_COLUMNS))
    ids = tables.sessions.column("id")
    tags, metadata = (_sums(table, ids) for table in (tables.tags, tables.metadata))
    children = ((tag + entry) % 2**64 for tag, entry in zip(tags, metadata, strict=True))
    told = [f"{row:0{_HALF}x}{child:0{_HALF}x}" for row, child in zip(rows, children, strict=True)]
    return pa.array(told, pa.string())


def children_part(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """What tells of tags and metadata alone."""
    return pc.utf8_slice_codeunits(texts, start=_HALF)


def has_children(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Whether there were tags or metadata."""
    return pc.not_equal(children_part(texts), "0" * _HALF)


def _sums(children: pa.Table, ids: pa.ChunkedArray) -> list[int]:
    """By session: the sum of its children's digests, which does not mind their order."""
    told = _told(children, [name for name in children.column_names if name not in _NO_ENTRY])
    # Tags and keys come again and again.
    words = told.combine_chunks().dictionary_encode()
    digests = pa.array(_digests(words.dictionary), pa.uint64()).take(words.indices)
    grouped = pa.table({"id": children.column("session_id"), "digest": digests}).group_by("id")
    sums = grouped.aggregate([("digest", "sum")])
    found = sums.column("digest_sum").take(pc.index_in(ids, value_set=sums.column("id").combine_chunks()))
    summed: list[int] = pc.fill_null(found, pa.scalar(0, pa.uint64())).to_pylist()
    return summed


def _digests(texts: pa.Array | pa.ChunkedArray) -> list[int]:
    return [
        int.from_bytes(blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest())
        for text in texts.to_pylist()
    ]


def _told(table: pa.Table, names: Sequence[str]) -> pa.ChunkedArray:
    """``name=length:value;`` of each column that is not null: no value can pass for the end of another."""
    parts = [_told_column(name, table.column(name)) for name in names]
    return pc.binary_join_element_wise(*parts, _word(";"))


def _told_column(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    text = column.cast(_TEXT)
    length = pc.binary_length(text).cast(_TEXT)
    told = pc.binary_join_element_wise(_word(f"{name}="), length, _word(":"), text, _word(""))
    return pc.fill_null(told, "")


def _word(text: str) -> pa.Scalar:
    return pa.scalar(text, _TEXT)
