"""From a profile's destination to the engine that is behind it."""

from __future__ import annotations

from zenhire_sync.object_store import put_published
from zenhire_sync.progress import Progress
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import Warehouse


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
    if settings.home.destination == "postgres" and settings.publish_dir is not None:
        from zenhire_sync.engines.postgres.files_from_marts import publish_files_of

        places.append(publish_files_of(settings, progress))
    if settings.home.destination == "lake" and settings.publish_dir is not None:
        from zenhire_sync.engines.lake.publishing import publish_files_of as publish_files_of_lake

        places.append(publish_files_of_lake(settings, progress))
    if settings.readers is not None:
        from zenhire_sync.engines.postgres.marts_from_file import publish_file_to

        places.append(publish_file_to(settings, settings.readers, progress))
    if settings.store_url is not None:
        places.append(put_published(settings.published_path.parent, settings.store_url))
    return tuple(places)
