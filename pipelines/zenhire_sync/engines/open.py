"""From a profile's destination to the engine that is behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zenhire_sync.object_store import put_published
from zenhire_sync.progress import Progress
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import Warehouse
from zenhire_sync.whole_files import private_folder


def warehouse_of(settings: Settings) -> Warehouse:
    """The warehouse that these settings mean. Nothing is opened yet."""
    # An engine brings its client with it, which may not be installed.
    if settings.home.destination == "postgres":
        from zenhire_sync.engines.postgres.warehouse import Postgres

        return Postgres(settings)
    if settings.home.destination == "lake":
        from zenhire_sync.engines.lake.warehouse import Lake

        return Lake(settings)
    from zenhire_sync.engines.duckdb_file.warehouse import DuckDbFile

    return DuckDbFile(settings)


def publish_elsewhere(settings: Settings, progress: Progress) -> tuple[str, ...]:
    """Writes what is published to the other places that the settings name; returns them.

    Raises WarehouseError, AuditError; what readers see there then stays as it was.
    """
    places = []
    if settings.publish_dir is not None and settings.home.destination != "duckdb":
        places.append(_publish_files(settings, progress))
    if settings.readers is not None:
        with _as_files(settings, progress) as published:
            places.append(_publish_to(published, settings.readers, progress))
    if settings.store_url is not None:
        places.append(put_published(settings.published_path.parent, settings.store_url))
    return tuple(places)


def look_elsewhere(settings: Settings) -> str | None:
    """Opens the cloud warehouse that the marts are sent to, and changes nothing; None where there is none.

    Raises ConfigurationError, WarehouseError when it does not let us in.
    """
    readers = settings.readers
    if readers is None or readers.home.destination == "postgres":
        return None
    from zenhire_sync.engines.cloud.publishing import look_at_warehouse

    return look_at_warehouse(readers)


@contextmanager
def _as_files(settings: Settings, progress: Progress) -> Iterator[Settings]:
    """Settings whose published file is there: it is made for the block where the engine makes none."""
    if settings.home.destination == "duckdb" or settings.publish_dir is not None:
        yield settings
        return
    with private_folder(settings.state_dir, "files") as folder:
        made = settings.model_copy(update={"publish_dir": str(folder)})
        _publish_files(made, progress)
        yield made


def _publish_files(settings: Settings, progress: Progress) -> str:
    """The published files of an engine that has none of its own."""
    if settings.home.destination == "postgres":
        from zenhire_sync.engines.postgres.files_from_marts import publish_files_of

        return publish_files_of(settings, progress)
    from zenhire_sync.engines.lake.publishing import publish_files_of as publish_files_of_lake

    return publish_files_of_lake(settings, progress)


def _publish_to(settings: Settings, readers: Settings, progress: Progress) -> str:
    """The published file once more where other readers are."""
    if readers.home.destination == "postgres":
        from zenhire_sync.engines.postgres.marts_from_file import publish_file_to

        return publish_file_to(settings, readers, progress)
    from zenhire_sync.engines.cloud.publishing import publish_tables_to

    return publish_tables_to(settings, readers, progress)
