"""Walks a row of a published mart back: its sessions, their raw rows and states, the runs, the API's word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.errors import ConfigurationError, ZenhireError
from zenhire_sync.explain.ways import WAYS, Way
from zenhire_sync.settings import Settings
from zenhire_sync.warehouse.port import Reader

Row = dict[str, Any]
# A person is not what a figure is explained with; `zenhire-sync sql` shows the mart as it is.
_PERSON = {"comment", "candidate_ref", "tags", "project_owner"}


@dataclass(frozen=True, slots=True)
class SessionTrace:
    """One session: what the mart counts of it, its raw row's run, each state seen, and what was set aside.

    ``session``, ``states`` and ``set_aside`` are rows by column; ``written_by`` is the run in sync_runs.
    """

    session: Row
    written_by: Row | None
    states: tuple[Row, ...]
    set_aside: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure's way back. ``sums`` are figures of the row beside what its sessions add up to.

    ``sessions`` is how many there are, ``traces`` those that were asked for, the largest charge first.
    """

    mart: str
    key: str
    row: Row
    sums: dict[str, tuple[Any, Any]]
    sessions: int
    traces: tuple[SessionTrace, ...]

    @property
    def adds_up(self) -> bool:
        """Whether each sum is that of its sessions."""
        return all(told == found for told, found in self.sums.values())


def explain_figure(settings: Settings, mart: str, key: str, most: int) -> Explanation:
    """The row of ``mart`` whose key column holds ``key``, with ``most`` of its sessions traced.

    Raises ConfigurationError for a mart that has no way back, ZenhireError for a key that no row has, and
    WarehouseError when nothing is published or the raw tables cannot be read.
    """
    way = WAYS.get(mart)
    if way is None:
        raise ConfigurationError(
            f"{mart!r} has no way back to sessions; these have: {', '.join(sorted(WAYS))}"
        )
    warehouse = warehouse_of(settings)
    with warehouse.published() as published:
        found = published.rows(f"select * from zenhire_marts.{mart} where {way.key} = ?", key)  # noqa: S608
        if not found:
            raise ZenhireError(f"{mart} has no row whose {way.key} is {key!r}; it may be of an earlier build")
        sums, count = _sums(published, mart, way, key, found[0])
        sessions = _sessions(published, mart, way, key, most)
    with warehouse.reading() as raw:
        traces = tuple(_trace(raw, session) for session in sessions)
    row = {name: value for name, value in found[0].items() if name not in _PERSON}
    return Explanation(mart, key, row, sums, count, traces)


def _joined(mart: str, way: Way) -> str:
    return (
        f"from zenhire_marts.{mart} r join zenhire_marts.fct_sessions s on {way.condition} "
        f"where r.{way.key} = ?"
    )


def _sums(
    published: Reader, mart: str, way: Way, key: str, row: Row
) -> tuple[dict[str, tuple[Any, Any]], int]:
    wanted = {name: sql for name, sql in way.adds_up.items() if name in row}
    columns = ", ".join([f"{sql} as {name}" for name, sql in wanted.items()] + ["count(*) as sessions"])
    [found] = published.rows(f"select {columns} {_joined(mart, way)}", key)
    return {name: (row[name] or 0, found[name] or 0) for name in wanted}, int(found["sessions"])


def _sessions(published: Reader, mart: str, way: Way, key: str, most: int) -> list[Row]:
    sql = f"""
        select s.session_id, s.status, s.outcome, s.usage_date, s.created_at, s.completed_at,
            s.billed_minutes, s.credits_charged, s.has_feedback, s.is_deleted
        {_joined(mart, way)}
        order by s.credits_charged desc nulls last, s.session_id
        limit {most}
    """
    return published.rows(sql, key)


def _trace(raw: Reader, session: Row) -> SessionTrace:
    session_id = session["session_id"]
    written = raw.rows(
        "select s.synced_at, s.detail_checked_at, r.run_id, r.command, r.outcome, r.as_of, r.started_at "
        "from sessions s left join sync_runs r on r.run_id = s.run_id where s.id = ?",
        session_id,
    )
    states = raw.rows(
        "select seen_from, status, completed_at, duration_sec, credit_charged, rating, flagged, deleted_at, "
        "run_id from session_states where session_id = ? order by seen_from",
        session_id,
    )
    set_aside = raw.rows(
        "select endpoint, reason, first_seen_at, seen_at, healed_at, request_id, run_id from rejected_rows "
        "where session_id = ? order by first_seen_at",
        session_id,
    )
    return SessionTrace(session, next(iter(written), None), tuple(states), tuple(set_aside))
