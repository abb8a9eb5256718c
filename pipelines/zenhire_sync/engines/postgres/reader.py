"""A connection as a ``Reader``: the same texts as on every engine, with this server's placeholders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 10_000
# pg_type's own numbers, which never change.
_BOOL, _INTS, _FLOATS, _TEXTS = 16, (20, 21, 23), (700, 701), (19, 25, 1042, 1043)
_DATE, _TIMESTAMP, _INSTANT, _NUMERIC = 1082, 1114, 1184, 1700


class PostgresReader:
    """Answers of one connection in autocommit; bare names are those of the schema."""

    def __init__(self, connection: Any, schema: str) -> None:
        self.connection = connection
        with connection.cursor() as cursor:
            cursor.execute(f"set search_path = {schema}")

    def select(self, sql: str, *values: Any) -> pa.Table:
        """The whole answer. Raises psycopg2.Error, which the block that connected explains."""
        with self.connection.cursor() as cursor:
            cursor.execute(placed(sql), list(values) or None)
            return _arrow(cursor.description, cursor.fetchall())

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """The whole answer without Arrow. Raises as ``select`` does."""
        with self.connection.cursor() as cursor:
            cursor.execute(placed(sql), list(values) or None)
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def stream(self, sql: str, *values: Any) -> Iterator[pa.RecordBatch]:
        """The answer in batches: the server holds it meanwhile, as it was when it was asked for."""
        with self.connection.cursor("zenhire_stream", withhold=True) as cursor:
            cursor.itersize = _BATCH_ROWS
            cursor.execute(placed(sql), list(values) or None)
            while rows := cursor.fetchmany(_BATCH_ROWS):
                yield from _arrow(cursor.description, rows).to_batches()


def placed(sql: str) -> str:
    """The text with this server's placeholders."""
    return sql.replace("%", "%%").replace("?", "%s") if "?" in sql else sql


def _arrow(description: Sequence[Any], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(description)
    fields = [pa.field(column.name, _type(column)) for column in description]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, fields, strict=True)]
    return pa.table(arrays, schema=pa.schema(fields))


def _type(column: Any) -> pa.DataType:
    import pyarrow as pa

    if column.type_code == _NUMERIC:
        # A sum of whole numbers has neither precision nor scale.
        is_plain = column.precision is None or column.scale is None or column.precision > 38
        return pa.decimal128(38, 9 if is_plain else column.scale)
    known = {
        _BOOL: pa.bool_(),
        _DATE: pa.date32(),
        _TIMESTAMP: pa.timestamp("us"),
        _INSTANT: pa.timestamp("us", tz="UTC"),
        **dict.fromkeys(_INTS, pa.int64()),
        **dict.fromkeys(_FLOATS, pa.float64()),
        **dict.fromkeys(_TEXTS, pa.string()),
    }
    return known.get(column.type_code, pa.string())
