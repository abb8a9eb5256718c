"""The same marts as Parquet: ``published/parquet/<mart>/<mart>.parquet``, one snapshot at a time.

``parquet`` is a link to a folder under ``.parquet``; a publish writes a new folder and turns the link,
so no reader sees a half-written file. A reader who opens several marts and must not straddle a publish
resolves the link once (``os.path.realpath``) and reads below that: the snapshot before the current one
is kept until the next publish.
"""

from __future__ import annotations

import shutil
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from zenhire_schemas.tables import MARTS_SCHEMA
from zenhire_sync.engines.duckdb_file.quoting import COPY, identifier, literal, mart
from zenhire_sync.errors import WarehouseError
from zenhire_sync.progress import PARQUET_WRITTEN, Progress
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.audit import FRESHNESS, FRESHNESS_FACTS, PUBLICATION
from zenhire_sync.whole_files import make_folder, open_like, put_link, seal

COST_EXPORTS = ("focus_cost_and_usage", "focus_1_4_cost_and_usage")


def parquet_link(settings: Settings) -> Path:
    """Where readers look."""
    return settings.published_path.parent / "parquet"


def require_own_link(link: Path) -> None:
    """Raises WarehouseError when there is something in the link's place that is not ours."""
    if link.exists() and not link.is_symlink():
        raise WarehouseError(f"{link} is not a link made by publish; move it away and publish again")


def write_parquet(connection: Any, tables: tuple[str, ...], folder: Path, progress: Progress) -> None:
    """Writes each mart of the copy, and what tells how fresh they are, below ``folder``.

    Of ``sync_freshness`` the facts alone: a file cannot know when it is read.
    """
    written = (*tables, PUBLICATION)
    for done, table in enumerate(written, start=1):
        name = _file_name(table)
        make_folder(folder / name)
        path = literal(str(folder / name / f"{name}.parquet"))
        source = _as_doubles(connection, FRESHNESS_FACTS if table == FRESHNESS else table)
        connection.execute(f"copy ({source}) to {path} (format parquet, compression zstd)")
        progress.advance(PARQUET_WRITTEN, done, len(written))


def _as_doubles(connection: Any, table: str) -> str:
    """A query of the mart with its decimals as doubles: to pandas a decimal is an object, to others a puzzle.

    The exports for cost tools keep them, as its standard has it.
    """
    query = f"from {mart(COPY, table)}"
    decimals = connection.execute(
        "select column_name from duckdb_columns() where (database_name, schema_name, table_name) = (?, ?, ?)"
        " and data_type like 'DECIMAL%' order by column_index",
        [COPY, MARTS_SCHEMA, table],
    ).fetchall()
    if not decimals or table in COST_EXPORTS:
        return query
    doubles = ", ".join(f"{identifier(name)}::double as {identifier(name)}" for (name,) in decimals)
    return f"{query} select * replace ({doubles})"


def put_snapshot(finished: Path, link: Path, scratch: Path, *, published_at: datetime) -> None:
    """Makes the finished folder the current snapshot; keeps the one before it, removes older ones."""
    snapshots = link.parent / ".parquet"
    make_folder(snapshots)
    seal(finished, like=link.parent)
    open_like(snapshots, finished)
    previous = link.resolve().name if link.is_symlink() else None
    # Two publishes can carry the same time (a backfill), so the time alone does not name a snapshot.
    current = snapshots / f"{published_at:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
    finished.rename(current)
    put_link(current, link, scratch)
    _keep_only(snapshots, {current.name, previous})


def forget_previous_snapshots(settings: Settings) -> None:
    """Removes every snapshot but the current one: after an erasure, which must leave no copy behind."""
    link = parquet_link(settings)
    current = link.resolve().name if link.is_symlink() else None
    _keep_only(link.parent / ".parquet", {current})


def _keep_only(snapshots: Path, names: set[str | None]) -> None:
    for snapshot in snapshots.glob("*"):
        if snapshot.name not in names:
            shutil.rmtree(snapshot)


def _file_name(table: str) -> str:
    """A table name as one path component that stays in its folder."""
    return quote(table, safe="").replace(".", "%2E")
