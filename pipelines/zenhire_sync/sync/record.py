"""A run in sync_runs: written when it begins, completed at its end; what was killed is told by the table."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa

from zenhire_schemas.tables import SYNC_RUNS
from zenhire_sync.sync.outcome import RUNNING, SyncOutcome
from zenhire_sync.warehouse.port import Loader

KILLED = "killed: the run did not end itself"
# Clocks are set by less than this without anybody noticing.
_TOLERANCE = timedelta(hours=1)


def begin_run(warehouse: Loader, outcome: SyncOutcome) -> bool:
    """Writes the run, and the end of those that were killed. Whether nothing half done can be left of any.

    What did not end well must lie far enough behind one that did. Raises WarehouseError.
    """
    sql = """
        select max(case when outcome not in ('failed', 'running') then finished_at end) as good,
            max(case when outcome in ('failed', 'running') then started_at end) as bad
        from sync_runs
    """
    [runs] = warehouse.rows(sql)
    killed = [
        {**row, "outcome": "failed", "error": KILLED}
        for row in warehouse.rows("select * from sync_runs where outcome = ?", RUNNING)
    ]
    warehouse.load({SYNC_RUNS.name: pa.Table.from_pylist(killed, schema=SYNC_RUNS.arrow_schema())})
    warehouse.add(SYNC_RUNS.name, outcome.as_row(is_running=True))
    good, bad = runs["good"], runs["bad"]
    return good is not None and (bad is None or bad + _TOLERANCE < good)
