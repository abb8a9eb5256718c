"""The published file once more, in a database: for teams that only want to read there."""

from __future__ import annotations

import io
from typing import Any

import pyarrow.csv as pc

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_schemas.publication import COLUMNS
from zenhire_sync.engines.duckdb_file.publishing.published_marts import PublishedMart, published_marts
from zenhire_sync.engines.postgres.advisory_lock import advisory_lock
from zenhire_sync.engines.postgres.connecting import connected, execute, published_place
from zenhire_sync.engines.postgres.publishing import Renewal, analyze, renewing
from zenhire_sync.engines.postgres.reader import PostgresReader
from zenhire_sync.progress import Progress
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.audit import audit_copy
from zenhire_sync.warehouse.publication_row import ToPublish

# Where the rows arrive; nobody reads there.
_INCOMING = "zenhire_incoming"
_TYPES = {"VARCHAR": "text", "DOUBLE": "double precision", "FLOAT": "real", "HUGEINT": "numeric(38)"}


def publish_file_to(settings: Settings, readers: Settings, progress: Progress) -> str:
    """Renews the marts of a database from the published file, in one transaction; returns where they are.

    Raises WarehouseError when the file cannot be read or the server refuses, AuditError when what arrived
    differs; what readers see there then stays as it was.
    """
    with (
        published_marts(settings) as (marts, publication),
        advisory_lock(readers, "publish"),
        connected(readers, "publish") as connection,
    ):
        execute(connection, f"drop schema if exists {_INCOMING} cascade")
        execute(connection, f"create schema {_INCOMING}")
        for mart in marts:
            _bring(connection, mart)
        names = [mart.name for mart in marts]
        published = ToPublish.again(dict(zip(COLUMNS, publication, strict=True)))
        with renewing(connection):
            Renewal(readers, connection, _INCOMING).renew(names, published.row, progress)
            audit_copy(PostgresReader(connection, MARTS_SCHEMA), published.totals, published.rows_by_table)
        execute(connection, f"drop schema {_INCOMING} cascade")
        analyze(connection, names)
    return published_place(readers)


def _bring(connection: Any, mart: PublishedMart) -> None:
    name = f'{_INCOMING}."{mart.name}"'
    declared = ", ".join(
        f'"{column.name}" {_TYPES.get(column.type, column.type)}{"" if column.is_nullable else " not null"}'
        for column in mart.columns
    )
    execute(connection, f"create table {name} ({declared})")
    if mart.comment is not None:
        execute(connection, f"comment on table {name} is %s", [mart.comment])
    for column in mart.columns:
        if column.comment is not None:
            execute(connection, f'comment on column {name}."{column.name}" is %s', [column.comment])
    with connection.cursor() as cursor:
        for batch in mart.batches():
            rows = io.BytesIO()
            # A null is written as nothing, a text in quotes: the empty text is one.
            pc.write_csv(batch, rows, pc.WriteOptions(include_header=False))
            rows.seek(0)
            cursor.copy_expert(f"copy {name} from stdin (format csv)", rows)
