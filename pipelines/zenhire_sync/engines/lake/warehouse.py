"""The warehouse on a lake: raw tables in Iceberg, marts in Parquet beside them, local disk for scratch."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zenhire_schemas.names import RAW_SCHEMA
from zenhire_sync.engines.lake.catalog import catalog_of, explained, keep_for, place, tables_in
from zenhire_sync.engines.lake.dbt_target import dbt_target, switch_marts
from zenhire_sync.engines.lake.findings import lake_finding, spark_finding
from zenhire_sync.engines.lake.locking import holder_of_lock, lake_lock, shared_lock
from zenhire_sync.engines.lake.marts import PUBLISHED, MartStore
from zenhire_sync.engines.lake.pinned import pinned
from zenhire_sync.engines.lake.publishing import (
    publish_marts,
    published_place,
    reading_built,
    reading_published,
)
from zenhire_sync.errors import ConfigurationError
from zenhire_sync.progress import Progress
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.finding import Finding
from zenhire_sync.warehouse.port import (
    Backup,
    DbtTarget,
    Glimpse,
    Loader,
    PublishSummary,
    QueryAnswer,
    Reader,
)

if TYPE_CHECKING:
    from zenhire_sync.warehouse.people import Figures, Found, Removal


class Lake:
    """``Warehouse`` over Iceberg tables. A reader keeps the snapshot that it began with."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def place(self) -> str:
        """The lake's folder or store."""
        return place(self._settings)

    def exclusive(self, command: str) -> AbstractContextManager[None]:
        """The lock of the catalog, and that of the working folder on this machine."""
        return lake_lock(self._settings, command)

    def undisturbed(self) -> AbstractContextManager[None]:
        """A run that starts meanwhile waits, ten seconds at most."""
        return shared_lock(self._settings)

    @contextmanager
    def glimpse(self) -> Iterator[Glimpse]:
        """What is committed, also while a run works."""
        with holder_of_lock(self._settings) as (holder, killed):
            if "sync_runs" not in (self.raw_tables() or ()):
                yield Glimpse(None, holder, killed=killed)
                return
            with self.reading() as reader:
                yield Glimpse(reader, holder, killed=killed)

    def raw_tables(self) -> frozenset[str] | None:
        """None when nothing was ever synced into the lake. Raises WarehouseError."""
        with explained(self._settings):
            return tables_in(catalog_of(self._settings), RAW_SCHEMA)

    def reading(self) -> AbstractContextManager[Reader]:
        """One snapshot of each table. Raises WarehouseError when nothing was synced yet."""
        return pinned(self._settings)

    def built(self) -> AbstractContextManager[Reader]:
        """The folder of the last build that ended well."""
        return reading_built(self._settings)

    def loading(self) -> AbstractContextManager[Loader]:
        """The raw tables, made where there are none."""
        from zenhire_sync.engines.lake.loader import LakeLoader

        if self._settings.spark_master is not None:
            from zenhire_sync.engines.lake.spark import require_cluster

            require_cluster(self._settings)
        return LakeLoader(self._settings)

    @property
    def published_place(self) -> str:
        """The pointer that readers follow."""
        return published_place(self._settings)

    def is_published(self) -> bool:
        """Whether there is a pointer."""
        with explained(self._settings):
            return MartStore(self._settings).pointed(PUBLISHED) is not None

    def published(self) -> AbstractContextManager[Reader]:
        """What the pointer names."""
        return reading_published(self._settings)

    def dbt(self) -> DbtTarget:
        """A file of this machine's, from a copy of the raw tables."""
        return dbt_target(self._settings)

    def switch_marts(self) -> None:
        """What was built becomes the lake's newest build; readers do not see it yet."""
        switch_marts(self._settings)

    def publish(self, *, now: datetime, as_built: bool, progress: Progress) -> PublishSummary:  # noqa: ARG002
        """The pointer is moved, nothing is copied."""
        return publish_marts(self._settings, now=now, as_built=as_built)

    def forget(self, found: Found, now: datetime, run_id: str) -> Removal:
        """Commits table by table; older snapshots keep the person until ``scrub``."""
        from zenhire_sync.engines.lake.changing import changing
        from zenhire_sync.warehouse.forgetting import remove_people

        with changing(self._settings) as changer:
            return remove_people(changer, found, now, run_id)

    def scrub(self) -> None:
        """Forgets older snapshots and deletes every file that the present ones do not name."""
        from zenhire_sync.engines.lake.upkeep import keep_present_only

        with explained(self._settings):
            keep_present_only(catalog_of(self._settings))

    def scrub_published(self) -> None:
        """Removes the builds of before, and older Parquet where files are published too."""
        from zenhire_sync.engines.duckdb_file.publishing.parquet_snapshot import forget_previous_snapshots
        from zenhire_sync.engines.lake.mart_tables import forget_older_marts

        with explained(self._settings):
            forget_older_marts(self._settings)
            MartStore(self._settings).forget_others(datetime.max.replace(tzinfo=UTC))
        forget_previous_snapshots(self._settings)

    def forgotten(self, now: datetime, files: Collection[str]) -> Figures:
        """Reads every row before it notes."""
        from zenhire_sync.engines.lake.changing import changing
        from zenhire_sync.warehouse.forgetting import mark_finished
        from zenhire_sync.warehouse.people import read_figures

        with changing(self._settings) as changer:
            mark_finished(changer, now, files)
            return read_figures(changer)

    def reader_grants(self) -> str:
        """A lake's store has its own rights. Raises ConfigurationError that says what there is instead."""
        raise ConfigurationError(
            f"a lake has no roles of ours: who may read {self.published_place} and builds/ beside it in the "
            "store may read the marts; see docs/lake.md"
        )

    def findings(self) -> list[Finding]:
        """Whether catalog and store let us in, and what the lake holds."""
        found = [lake_finding(self._settings)]
        return found if self._settings.spark_master is None else [*found, spark_finding(self._settings)]

    def ask(self, sql: str, most: int | None, *, raw: bool) -> QueryAnswer:
        """A connection that no query can leave, over one snapshot."""
        from zenhire_sync.engines.duckdb_file.query import answer, shut

        with pinned(self._settings) if raw else reading_published(self._settings) as reader:
            shut(reader.connection)
            return answer(reader.connection, sql, most)

    def compact(self) -> dict[str, dict[str, int]]:
        """Two small files become one, and older snapshots go."""
        from zenhire_sync.engines.lake.upkeep import compact_all

        with explained(self._settings):
            done = compact_all(catalog_of(self._settings), keep_for(self._settings))
        return {name: asdict(after) for name, after in done.items()}

    def back_up(self, target: Path, *, replace: bool) -> Backup:  # noqa: ARG002 - the port's
        """Not here: a lake is copied table by table. Raises ConfigurationError that tells it."""
        raise ConfigurationError(
            "a lake is backed up by copying its raw tables: `zenhire-sync copy --profile lake --to duckdb` "
            "writes them into a file, which `zenhire-sync backup --profile duckdb` copies"
        )
