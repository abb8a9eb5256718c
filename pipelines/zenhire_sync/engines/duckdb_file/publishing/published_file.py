"""An audited, atomic, read-only copy of the marts; the old copy stays whole until the new one is right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from zenhire_schemas.names import MARTS_SCHEMA, RAW_SCHEMA
from zenhire_sync.engines.documents import put_documents
from zenhire_sync.engines.duckdb_file.opening import Connected, open_warehouse
from zenhire_sync.engines.duckdb_file.publishing.interval_macros import create_interval_macros
from zenhire_sync.engines.duckdb_file.publishing.mart_copy import (
    copy_marts,
    find_marts,
    reopen_read_only,
)
from zenhire_sync.engines.duckdb_file.publishing.parquet_snapshot import (
    parquet_link,
    put_snapshot,
    require_own_link,
    write_parquet,
)
from zenhire_sync.engines.duckdb_file.publishing.preconditions import require_nothing_pending, require_tables
from zenhire_sync.engines.duckdb_file.publishing.publication_table import write_publication
from zenhire_sync.engines.duckdb_file.publishing.views import create_short_names
from zenhire_sync.engines.duckdb_file.quoting import COPY, WAREHOUSE
from zenhire_sync.errors import WarehouseError, first_line
from zenhire_sync.progress import Progress
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import held
from zenhire_sync.warehouse.audit import PUBLICATION, Audited, audit_copy, audited
from zenhire_sync.warehouse.port import PublishSummary
from zenhire_sync.warehouse.publication_row import ToPublish, publication_values
from zenhire_sync.whole_files import private_folder, put_in_place, seal


def publish_file(settings: Settings, *, now: datetime, as_built: bool, progress: Progress) -> PublishSummary:
    """Publishes the marts of the warehouse as they are, in swaps: the DuckDB file, Parquet, documents.

    ``now`` is the wall clock. Marts older than the last good sync are published only ``as_built``: what is
    said of their freshness is theirs.

    Raises AuditError when they are older, or the copy disagrees with the warehouse, WarehouseError when the
    warehouse cannot be read or the folder cannot be written; the published files then stay as they were.
    """
    published_at = now.astimezone(UTC)
    with putting_files(settings, published_at) as scratch:
        marts = _prepare(settings, scratch, published_at, progress, as_built=as_built)
    return marts.summary(
        place=str(settings.published_path),
        parquet_path=parquet_link(settings),
        size=settings.published_path.stat().st_size,
        published_at=published_at,
    )


@contextmanager
def putting_files(settings: Settings, published_at: datetime) -> Iterator[Path]:
    """A folder for ``make_files``, whose files are swapped in when the block has ended well.

    Raises WarehouseError when the folder of the published files cannot be written.
    """
    folder = settings.published_path.parent
    require_own_link(parquet_link(settings))
    try:
        with private_folder(folder, "publish") as scratch:
            yield scratch
            seal(scratch / "zenhire.duckdb", like=folder)
            # A stop between two swaps would leave the file of tonight beside the Parquet of last night.
            with held():
                put_in_place(scratch / "zenhire.duckdb", settings.published_path)
                put_snapshot(scratch / "parquet", parquet_link(settings), scratch, published_at=published_at)
                put_documents(settings, scratch)
    except OSError as error:
        raise WarehouseError(
            f"cannot write to {error.filename or folder}: {error.strerror}; mend it and publish again"
        ) from None
    except duckdb.Error as error:
        raise WarehouseError(f"cannot publish to {folder}: {first_line(error)}") from None


def make_files(connection: Any, marts: ToPublish, scratch: Path, progress: Progress) -> None:
    """Makes the DuckDB file and Parquet of the marts in the attached warehouse, and audits them.

    Raises AuditError when they do not hold what they must.
    """
    tables, path = tuple(marts.rows_by_table), scratch / "zenhire.duckdb"
    connection.execute("use memory.main")
    copy_marts(connection, tables, path, progress)
    write_publication(connection, marts.row)
    create_short_names(connection, (*tables, PUBLICATION))
    for schema in (MARTS_SCHEMA, "main"):
        create_interval_macros(connection, f"{COPY}.{schema}")
    reopen_read_only(connection, path)
    audit_copy(_asking(connection, COPY, MARTS_SCHEMA), marts.totals, marts.rows_by_table)
    connection.execute("use memory.main")
    write_parquet(connection, tables, scratch / "parquet", progress)


def _prepare(
    settings: Settings, scratch: Path, published_at: datetime, progress: Progress, *, as_built: bool
) -> Audited:
    """Makes both copies in the scratch folder and audits them."""
    with (
        private_folder(settings.state_dir, "spill") as spill,
        open_warehouse(settings.warehouse_path, memory_limit=settings.memory_limit, spill=spill) as warehouse,
    ):
        # Looked at now: while the warehouse is open for reading, no load can commit.
        require_nothing_pending(settings.state_dir)
        require_tables(warehouse, "sessions", "session_feedback", "sync_runs")
        marts = audited(
            lambda: _asking(warehouse, WAREHOUSE, MARTS_SCHEMA),
            lambda: _asking(warehouse, WAREHOUSE, RAW_SCHEMA),
            find_marts(warehouse),
            as_built=as_built,
        )
        values = publication_values(marts, published_at)
        make_files(warehouse, ToPublish(marts.rows_by_table, marts.totals, values), scratch, progress)
    return marts


def _asking(connection: Any, catalog: str, schema: str) -> Connected:
    """Bare names are those of the schema, until the next call."""
    connection.execute(f"use {catalog}.{schema}")
    return Connected(connection)
