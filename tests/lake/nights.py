"""Nights of a lake without the API: each brings five sessions and changes the five of the night before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pyarrow as pa

from tests.transforms.warehouse import NOW, session, sync_run
from zenhire_schemas.tables import RAW_TABLES
from zenhire_sync.engines.lake.catalog import catalog_of
from zenhire_sync.engines.lake.commits import merge
from zenhire_sync.engines.lake.upkeep import Bulk, begin_work, bulk_of, end_work
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.settings import Settings

NEW_A_NIGHT = 5


def nights(settings: Settings, count: int) -> Iterator[tuple[int, Bulk, Bulk]]:
    """What ``sessions`` and ``sync_runs`` take after each night."""
    with warehouse_of(settings).loading():
        pass
    shapes, catalog = {table.name: table.arrow_schema() for table in RAW_TABLES}, catalog_of(settings)
    tables = {name: catalog.load_table(("zenhire_raw", name)) for name in ("sessions", "sync_runs")}
    for night in range(1, count + 1):
        at = NOW + timedelta(days=night)
        ids = [f"{n}-{place}" for n in (night - 1, night) for place in range(NEW_A_NIGHT)]
        rows = {
            "sessions": [{**session(name, "2026-01-01 10:00"), "created_at": at} for name in ids],
            "sync_runs": [sync_run(f"run-{night}")],
        }
        begin_work(tables)
        for name, told in rows.items():
            shape = shapes[name]
            filled = [{column: row.get(column) for column in shape.names} for row in told]
            changed = pa.Table.from_pylist(filled, schema=shape)
            merge(tables[name], [changed], changed)
        end_work(tables, timedelta(0))
        sessions, runs = (bulk_of(table) for table in tables.values())
        yield night, sessions, runs
