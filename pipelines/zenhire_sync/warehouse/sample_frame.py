"""The sessions that a sample is drawn of, in strata: who could be wrong without any cursor telling.

Not of it: what this run wrote or what is never asked before its turn, and sessions under way that the list
shows each night, which may change between the list and the sample.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zenhire_sync.plan.detail_plan import PlannedDetail
from zenhire_sync.warehouse.port import Loader

_FRAME = """
    select id, persona_id, client_id, project_id,
        case
            when detail_checked_at is null then 'never_detailed'
            when coalesce(completed_at, created_at) < ? then 'beyond_ladder'
            when created_at < ? then 'beyond_recheck'
            else 'recheck_window'
        end as stratum
    from sessions
    where deleted_at is null and run_id <> ?
      and (status = 'failed' or created_at < ? or (status = 'completed' and detail_checked_at is not null))
      and not (status = 'completed' and detail_checked_at is null)
"""


@dataclass(frozen=True, slots=True)
class SampleFrame:
    """The frame of one run: ended before ``ladder_until`` is beyond the ladder, created before
    ``recheck_since`` beyond the recheck window.
    """

    warehouse: Loader
    run_id: str
    ladder_until: datetime
    recheck_since: datetime

    def sizes(self) -> dict[str, int]:
        """Sessions by stratum."""
        sql = f"select stratum, count(*) as sessions from ({_FRAME}) as framed group by stratum"  # noqa: S608 - our own text
        return {row["stratum"]: row["sessions"] for row in self._rows(sql)}

    def strata_of(self, ids: Sequence[str]) -> Counter[str]:
        """How many of these sessions are in each stratum."""
        if not ids:
            return Counter()
        sql = f"""
            select stratum, count(*) as sessions from ({_FRAME}) as framed where id = any(?) group by stratum
        """  # noqa: S608 - our own text
        return Counter({row["stratum"]: row["sessions"] for row in self._rows(sql, list(ids))})

    def at(self, stratum: str, places: Sequence[int]) -> dict[int, PlannedDetail]:
        """The sessions at these places of a stratum, from 1 in the order of their ids."""
        sql = f"""
            select * from (
                select *, row_number() over (order by id) as place from ({_FRAME}) as framed where stratum = ?
            ) as placed
            where place = any(?)
        """  # noqa: S608 - our own text
        return {
            row["place"]: PlannedDetail(
                row["id"], "audit", row["persona_id"], (row["client_id"], row["project_id"])
            )
            for row in self._rows(sql, stratum, list(places))
        }

    def _rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        recheck = self.recheck_since
        return self.warehouse.rows(sql, self.ladder_until, recheck, self.run_id, recheck, *values)
