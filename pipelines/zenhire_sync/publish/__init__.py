"""Data flow: warehouse.duckdb (zenhire_marts) -> audit -> published/zenhire.duckdb and published/parquet.

Alone: ``zenhire-sync publish``. Readers open what is published, never the working file.
"""

from zenhire_sync.publish.marts import PublishSummary, publish_marts
from zenhire_sync.publish.snapshot import forget_previous_snapshots

__all__ = ["PublishSummary", "forget_previous_snapshots", "publish_marts"]
