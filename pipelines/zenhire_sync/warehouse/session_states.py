"""Each state of a session as it was seen: derived from the raw tables, once a run has written them.

A session's row names the run that wrote it and its time. So what a run saw can still be told after it died,
by the next one, and no state is told twice: a row that is as its last state adds none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa

from zenhire_schemas.tables import SESSION_STATES
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import Loader
from zenhire_sync.warehouse.spool import Spool, SpooledTable

# What makes a state. Nothing of it is the person: erase leaves states as they are.
_OF_SESSION = (
    "status",
    "project_id",
    "persona_id",
    "started_at",
    "completed_at",
    "duration_sec",
    "credit_charged",
    "deleted_at",
)
_OF_SURVEY = ("rating", "flagged")
_STATE = (*_OF_SESSION, *_OF_SURVEY)

_BY_RUN = "s.run_id = ?"
_LEFT_BEHIND = """
    s.run_id in (select run_id from sync_runs where outcome in ('failed', 'running'))
    or not exists (select 1 from session_states t where t.session_id = s.id)
"""
# A run may have died between a survey and its session. Who has a survey is not asked for again, so that no
# later run writes that session: the survey is of the last run that did not end well.
_SURVEY_ALONE = """
    f.session_id is not null
    and s.run_id not in (select run_id from sync_runs where outcome in ('failed', 'running'))
"""
_LAST_BAD_RUN = """
    cross join (
        select run_id as bad_run_id, as_of as bad_as_of from sync_runs where outcome = 'failed'
        order by started_at desc nulls last limit 1
    ) bad
"""


def add_states_of_run(warehouse: Loader, settings: Settings, run_id: str) -> dict[str, int]:
    """Adds the states that a run has seen, when it has written what it saw; returns rows by table.

    Raises WarehouseError.
    """
    return _add(warehouse, settings, _states(_BY_RUN, "true"), run_id)


def add_states_left_behind(warehouse: Loader, settings: Settings) -> dict[str, int]:
    """Adds what runs that did not end well have seen, and the states of sessions that have none yet.

    Those are the sessions of an older version. To be called before a run writes anything. Raises
    WarehouseError.
    """
    added = Counter(_add(warehouse, settings, _states(_LEFT_BEHIND, "w.run_id <> l.run_id")))
    untold = "(w.rating is distinct from l.rating or w.flagged is distinct from l.flagged)"
    alone = _states(_SURVEY_ALONE, untold, _LAST_BAD_RUN, "bad.bad_as_of", "bad.bad_run_id")
    added.update(_add(warehouse, settings, alone))
    return dict(added)


def has_no_state(warehouse: Loader) -> bool:
    """Whether no state was ever told."""
    return not warehouse.select("select 1 from session_states limit 1").num_rows


def _states(
    among: str, differs_and: str, joined: str = "", seen_at: str = "s.synced_at", run_id: str = "s.run_id"
) -> str:
    """The states of the rows ``among`` that are not their session's last one, as a question."""
    of_session = ", ".join(f"s.{name}" for name in _OF_SESSION)
    of_survey = ", ".join(f"f.{name}" for name in _OF_SURVEY)
    differs = " or ".join(f"w.{name} is distinct from l.{name}" for name in _STATE)
    # Names are those of our own declarations.
    return f"""
        with written as (
            select s.id as session_id, {seen_at} as synced_at, {run_id} as run_id, {of_session}, {of_survey}
            from sessions s left join session_feedback f on f.session_id = s.id {joined}
            where {among}
        ),
        last_told as (
            select session_id, max(seen_from) as seen_from from session_states
            where session_id in (select session_id from written) group by session_id
        ),
        latest as (
            select t.* from session_states t
            join last_told m on m.session_id = t.session_id and m.seen_from = t.seen_from
        )
        select w.session_id,
            case when l.seen_from >= w.synced_at then l.seen_from + interval '1 microsecond'
                else w.synced_at end as seen_from,
            {", ".join(f"w.{name}" for name in _STATE)}, w.run_id, false as is_removed
        from written w left join latest l on l.session_id = w.session_id
        where l.session_id is null or ({differs_and} and ({differs}))
    """  # noqa: S608


def _add(warehouse: Loader, settings: Settings, sql: str, *values: Any) -> dict[str, int]:
    folder = settings.state_dir / "spool" / "states"
    # Nothing else may be asked while they come, so that all are on the disk before the first is loaded.
    told = list(_pieces(warehouse, folder, sql, *values))
    try:
        # By their question none of them is there yet.
        for piece in told:
            warehouse.load_files({SESSION_STATES.name: piece}, are_new=True)
    finally:
        for piece in told:
            piece.path.unlink(missing_ok=True)
    rows = sum(piece.num_rows for piece in told)
    return {SESSION_STATES.name: rows} if rows else {}


def _pieces(warehouse: Loader, folder: Path, sql: str, *values: Any) -> Iterator[SpooledTable]:
    """Closed files, each as large as a load may be."""
    places = count()
    spool = Spool(folder / str(next(places)), warehouse.load_bytes)
    schema = SESSION_STATES.arrow_schema()
    for batch in warehouse.stream(sql, *values):
        if batch.num_rows:
            rows = pa.Table.from_batches([batch]).select(schema.names).cast(schema)
            spool.add({SESSION_STATES.name: rows})
        if spool.is_full():
            yield from spool.take().values()
            spool = Spool(folder / str(next(places)), warehouse.load_bytes)
    yield from spool.take().values()
