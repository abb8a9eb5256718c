"""The marts of the lake as readers see them: one pointer says which build that is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from zenhire_schemas.publication import COLUMNS
from zenhire_sync.engines.duckdb_file.opening import Connected
from zenhire_sync.engines.duckdb_file.publishing.gathered_files import publish_gathered
from zenhire_sync.engines.lake.catalog import explained, location, place
from zenhire_sync.engines.lake.mart_tables import show_in_catalog
from zenhire_sync.engines.lake.marts import BUILT, GRACE, PUBLISHED, Build, MartStore
from zenhire_sync.engines.lake.pinned import pinned
from zenhire_sync.errors import AuditError, WarehouseError
from zenhire_sync.progress import Progress
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import held
from zenhire_sync.warehouse.audit import audit_copy, audited
from zenhire_sync.warehouse.port import PublishSummary
from zenhire_sync.warehouse.publication_row import publication_values


def published_place(settings: Settings) -> str:
    """Where the pointer is, for messages."""
    return f"{location(settings).partition('?')[0]}/{PUBLISHED}"


def publish_marts(settings: Settings, *, now: datetime, as_built: bool) -> PublishSummary:
    """Audits what was built, and points readers at it.

    Raises AuditError, and WarehouseError when the store refuses; readers see then what they saw before.
    """
    with explained(settings):
        store = MartStore(settings)
        build = store.pointed(BUILT)
        if build is None:
            raise AuditError(
                "not published: there are no marts yet; run `zenhire-sync build`, then publish again"
            )
        with store.reading(build, settings) as marts, pinned(settings) as raw:
            found = audited(lambda: marts, lambda: raw, build.tables, as_built=as_built)
        shown = replace(build, publication=dict(zip(COLUMNS, publication_values(found, now), strict=True)))
        with store.reading(shown, settings) as copy:
            audit_copy(copy, found.totals, found.rows_by_table)
            if settings.lake_catalog_marts:
                shown = show_in_catalog(settings, store, shown, copy)
        with held():
            store.point(PUBLISHED, shown)
        store.forget_others(datetime.now(UTC) - GRACE)
        size = store.size(build)
    return found.summary(place=published_place(settings), parquet_path=None, size=size, published_at=now)


def publish_files_of(settings: Settings, progress: Progress) -> str:
    """Makes the files anew from what the lake shows its readers; returns where they are.

    Raises WarehouseError, AuditError; the files then stay as they were.
    """
    with explained(settings):
        store = MartStore(settings)
        with _published(settings, store) as (build, shown):
            return publish_gathered(settings, shown, partial(store.described, build), progress)


@contextmanager
def reading_published(settings: Settings) -> Iterator[Connected]:
    """What readers see. Raises WarehouseError when nothing is published."""
    with explained(settings), _published(settings, MartStore(settings)) as (_, shown):
        yield shown


@contextmanager
def reading_built(settings: Settings) -> Iterator[Connected]:
    """The marts of the last build that ended well. Raises WarehouseError when there is none."""
    with explained(settings):
        store = MartStore(settings)
        build = store.pointed(BUILT)
        if build is None:
            raise WarehouseError(f"{place(settings)} has no marts yet; run `zenhire-sync build` first")
        with store.reading(build, settings) as marts:
            yield marts


@contextmanager
def _published(settings: Settings, store: MartStore) -> Iterator[tuple[Build, Connected]]:
    build = store.pointed(PUBLISHED)
    if build is None:
        raise WarehouseError(f"nothing is published in {place(settings)}; run `zenhire-sync publish` first")
    with store.reading(build, settings) as shown:
        yield build, shown
