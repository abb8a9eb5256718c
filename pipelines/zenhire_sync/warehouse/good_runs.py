"""What the last good run was, asked in one place so that it means one thing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zenhire_sync.warehouse.port import Reader


@dataclass(frozen=True, slots=True)
class GoodRuns:
    """What the runs that ended well say together. Times are UTC, None before the first.

    ``cursors``, ``paging`` and ``as_of`` are those of the run that ended last. ``data_until`` is the latest
    time that any of them was made for: one that was sent back in time takes nothing away.
    """

    as_of: datetime | None = None
    finished_at: datetime | None = None
    data_until: datetime | None = None
    cursors: Mapping[str, Any] = field(default_factory=dict)
    paging: Mapping[str, Any] = field(default_factory=dict)


def good_runs(reader: Reader) -> GoodRuns:
    """What stands in sync_runs of the runs that ended well. Raises WarehouseError."""
    sql = """
        select as_of, finished_at, max(as_of) over () as data_until, cursors_after, paging
        from sync_runs where outcome not in ('failed', 'running')
        order by finished_at desc nulls last, run_id desc limit 1
    """
    for row in reader.rows(sql):
        cursors, paging = (json.loads(row[name] or "{}") for name in ("cursors_after", "paging"))
        return GoodRuns(row["as_of"], row["finished_at"], row["data_until"], cursors, paging)
    return GoodRuns()
