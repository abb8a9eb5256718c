"""A published mart as a resource of dlt: Arrow batches, every column declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.libs.pyarrow import py_arrow_to_table_schema_columns

from zenhire_sync.engines.duckdb_file.publishing.published_marts import PublishedMart


def resource_of(table: PublishedMart, sent: Counter[str], most_whole_digits: int) -> Any:
    """The mart, to take the place of the one before. ``sent`` counts its rows as they go."""
    schema = sent_schema(table, most_whole_digits)

    def rows() -> Iterator[pa.Table]:
        # Also where there are no rows, so that the table is there with its columns.
        sent[table.name] = 0
        yield schema.empty_table()
        for batch in table.batches():
            sent[table.name] += batch.num_rows
            yield pa.Table.from_batches([batch]).cast(schema)

    resource = dlt.resource(
        rows,
        name=table.name,
        columns=declared_columns(table, schema),
        write_disposition="replace",
        schema_contract={"columns": "freeze", "data_type": "freeze"},
    )
    # BigQuery's destination looks for a name of its own.
    meaning: Any = dict.fromkeys(("description", "x-bigquery-table-description"), table.comment or "")
    return resource.apply_hints(additional_table_hints=meaning)


def sent_schema(table: PublishedMart, most_whole_digits: int) -> pa.Schema:
    """The mart's columns as they are sent: decimals keep their scale."""
    nullable = {column.name: column.is_nullable for column in table.columns}
    return pa.schema(
        field.with_type(_narrowed(field.type, most_whole_digits)).with_nullable(nullable[field.name])
        for field in table.arrow_schema()
    )


def declared_columns(table: PublishedMart, schema: pa.Schema) -> dict[str, Any]:
    """Type, nullability and meaning of each column, in dlt's words."""
    declared: dict[str, Any] = dict(py_arrow_to_table_schema_columns(schema))
    for column in table.columns:
        declared[column.name] |= {"nullable": column.is_nullable}
        if column.comment is not None:
            declared[column.name] |= {"description": column.comment}
    return declared


def _narrowed(kind: pa.DataType, most_whole_digits: int) -> pa.DataType:
    if not pa.types.is_decimal(kind):
        return kind
    return pa.decimal128(min(kind.precision, kind.scale + most_whole_digits), kind.scale)
