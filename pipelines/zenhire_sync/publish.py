"""Data flow: the warehouse's marts -> audit -> what readers see.

Alone: ``zenhire-sync publish``. Readers open what is published, never the working file.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from zenhire_sync.engines.documents import publish_documents
from zenhire_sync.engines.open import publish_elsewhere, warehouse_of
from zenhire_sync.progress import SILENT, Progress
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import PublishSummary
from zenhire_sync.warehouse.published_record import record_published

__all__ = ["PublishSummary", "publish_marts"]


def publish_marts(
    settings: Settings, *, now: datetime, as_built: bool = False, progress: Progress = SILENT
) -> PublishSummary:
    """Publishes the marts as they are, all of them at once; ``now`` is the wall clock.

    Marts older than the last good sync are published only ``as_built``.

    Raises AuditError when they are older, or the copy disagrees with the warehouse, WarehouseError when
    something cannot be read or written; what is published then stays as it was, there or elsewhere.
    """
    warehouse = warehouse_of(settings)
    done = warehouse.publish(now=now, as_built=as_built, progress=progress)
    rows, restated = record_published(warehouse, settings, now)
    if settings.home.destination != "duckdb" and settings.publish_dir is None:
        publish_documents(settings)
    elsewhere = publish_elsewhere(settings, progress)
    return replace(done, elsewhere=elsewhere, restatements=rows, restated_credits=restated)
