"""A short text that says what a session's row, tags and metadata were: equal texts, equal rows. Pure.

So a night need not read what it wrote before to know what differs. Only what the API told goes in. Where a
later version adds a column, ``warehouse/shape.py`` has the texts forgotten and the rows themselves compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from zenhire_sync.rows.columns import API_COLUMNS, SessionTables

# Half of it tells of the row, half of tags and metadata: a change of the one leaves the other alone.
_DIGEST_BYTES = 8
_HALF = 2 * _DIGEST_BYTES
_TEXT = pa.large_string()
_AT_ONCE = 5_000


def fingerprints(tables: SessionTables) -> pa.Array:
    """One text (32 hex digits) a session, in the order of its rows; the order of its children is no matter.

    It is the same of rows as they came and of those that the warehouse gives back.
    """
    # A sum does not mind the order, and the position of a tag and the key of an entry are part of each.
    children: defaultdict[str, int] = defaultdict(int)
    for table in (tables.tags, tables.metadata):
        for session_id, digest in _digests(table, "session_id", _entry_columns(table)):
            children[session_id] += digest
    told = [
        f"{digest:0{_HALF}x}{children.get(session_id, 0) % 2**64:0{_HALF}x}"
        for session_id, digest in _digests(tables.sessions, "id", API_COLUMNS)
    ]
    return pa.array(told, pa.string())


def children_part(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """What tells of tags and metadata alone."""
    return pc.utf8_slice_codeunits(texts, start=_HALF)


def has_children(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Whether there were tags or metadata."""
    return pc.not_equal(children_part(texts), "0" * _HALF)


def _entry_columns(table: pa.Table) -> list[str]:
    return [name for name in table.column_names if name not in ("session_id", "is_removed")]


def _digests(table: pa.Table, key: str, names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """What each row tells, by its key. Some rows at a time: what they tell is as large as they are."""
    for batch in table.to_batches(max_chunksize=_AT_ONCE):
        # Tags and keys come again and again.
        told = _told(batch, names).dictionary_encode()
        digests = [_digest(text) for text in told.dictionary.to_pylist()]
        for row_key, place in zip(batch.column(key).to_pylist(), told.indices.to_pylist(), strict=True):
            yield row_key, digests[place]


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest())


def _told(batch: pa.RecordBatch, names: Sequence[str]) -> pa.Array:
    """``name=length:value;`` of each column that is not null: no value can pass for the end of another."""
    parts = [_told_column(name, batch.column(name)) for name in names]
    return pc.binary_join_element_wise(*parts, _word(";"))


def _told_column(name: str, column: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    text = column.cast(_TEXT)
    length = pc.binary_length(text).cast(_TEXT)
    told = pc.binary_join_element_wise(_word(f"{name}="), length, _word(":"), text, _word(""))
    return pc.fill_null(told, "")


def _word(text: str) -> pa.Scalar:
    return pa.scalar(text, _TEXT)
