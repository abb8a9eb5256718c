"""What of the list was seen when: the stretches that are kept, and the sessions held within one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from zenhire_schemas.tables import VERIFIED_RANGES
from zenhire_sync.plan.detail_plan import Scope
from zenhire_sync.plan.verification import HeldPart, Slice, VerifiedRange, with_claims
from zenhire_sync.warehouse.port import Loader

# Those of one key, whose scopes come as text; ids hold no slash.
_LIVING = "s.deleted_at is null and s.client_id || '/' || coalesce(s.project_id, '') = any(?)"
_HELD = f"""
    select s.id, s.created_at, s.persona_id, s.client_id, s.project_id, coalesce(s.sent_id, s.id) as sent_id
    from sessions s where {_LIVING}
"""  # noqa: S608 - our own text
_PARTS = f"""
    select min(s.created_at) as oldest, max(s.created_at) as newest, count(*) as sessions, r.verified_at
    from sessions s
    left join verified_ranges r
        on r.client_id = s.client_id and r.project_id = coalesce(s.project_id, '')
        and s.created_at >= r.created_from and s.created_at <= r.created_to
    where {_LIVING}
    group by r.client_id, r.project_id, r.created_from, r.verified_at
"""  # noqa: S608 - our own text
_SPAN = f"""
    select min(s.created_at) as oldest, max(s.created_at) as newest
    from sessions s where {_LIVING} and s.created_at >= ?
"""  # noqa: S608 - our own text
_NTH = f"""
    select s.created_at from sessions s where {_LIVING} and s.created_at >= ? and s.created_at <= ?
    order by s.created_at desc nulls last limit 1 offset
"""  # noqa: S608 - our own text


@dataclass(frozen=True, slots=True)
class ExpectedSession:
    """A living session that the list should show; ``sent_id`` is its id as the API spells it."""

    id: str
    created_at: datetime
    persona_id: str
    client_id: str
    project_id: str | None
    sent_id: str

    @property
    def scope(self) -> Scope:
        """Its client and project."""
        return self.client_id, self.project_id


@dataclass(frozen=True, slots=True)
class ExpectedSessions:
    """The living sessions of the ``scopes`` that one key sees."""

    warehouse: Loader
    scopes: frozenset[Scope]

    def parts(self) -> list[HeldPart]:
        """How many were last seen when."""
        return [HeldPart(**row) for row in self.warehouse.rows(_PARTS, self.scope_keys)]

    def wanted(self, part: Slice, paced_by: ExpectedSessions) -> list[ExpectedSession]:
        """Those of a slice, whose sessions are counted by ``paced_by``, newest first; of an instant all."""
        # The offset is a number of our own.
        last = self.warehouse.rows(
            f"{_NTH} {part.sessions - 1:d}", paced_by.scope_keys, part.oldest, part.newest
        )
        oldest = last[0]["created_at"] if last else part.oldest
        sql = (
            f"{_HELD} and s.created_at >= ? and s.created_at <= ? order by s.created_at desc nulls last, s.id"
        )
        return [
            ExpectedSession(**row) for row in self.warehouse.rows(sql, self.scope_keys, oldest, part.newest)
        ]

    def not_written_by(self, run_id: str, since: datetime) -> Iterator[str]:
        """Ids of those created since a time that the run did not write.

        Ask nothing else of the warehouse before the last one has come.
        """
        sql = f"select s.id from sessions s where {_LIVING} and s.created_at >= ? and s.run_id <> ?"  # noqa: S608
        for batch in self.warehouse.stream(sql, self.scope_keys, since, run_id):
            yield from batch.column(0).to_pylist()

    def named(self, ids: Sequence[str]) -> list[ExpectedSession]:
        """Those of the ids."""
        rows = self.warehouse.rows(f"{_HELD} and s.id = any(?)", self.scope_keys, list(ids)) if ids else []
        return [ExpectedSession(**row) for row in rows]

    def span(self, since: datetime) -> tuple[datetime, datetime] | None:
        """Creation times of the oldest and the newest since a time; None when there is none."""
        [row] = self.warehouse.rows(_SPAN, self.scope_keys, since)
        return None if row["oldest"] is None else (row["oldest"], row["newest"])

    def count(self, above: datetime, up_to: datetime | None = None) -> int:
        """How many were created after one time and, if it is given, up to another."""
        sql = f"select count(*) as sessions from sessions s where {_LIVING} and s.created_at > ?"  # noqa: S608
        until = () if up_to is None else (up_to,)
        [row] = self.warehouse.rows(
            sql + " and s.created_at <= ?" * len(until), self.scope_keys, above, *until
        )
        return int(row["sessions"])

    def next_above(self, newest: datetime) -> list[ExpectedSession]:
        """The last ones before a slice, nearest first; a few, since any of them may be gone by now."""
        sql = f"{_HELD} and s.created_at > ? order by s.created_at, s.id limit 3"
        return [ExpectedSession(**row) for row in self.warehouse.rows(sql, self.scope_keys, newest)]

    @property
    def scope_keys(self) -> list[str]:
        """The scopes as text, as SQL compares them."""
        return [f"{client}/{project or ''}" for client, project in self.scopes]


def held_scopes(warehouse: Loader) -> frozenset[Scope]:
    """Client and project of every session."""
    rows = warehouse.rows("select distinct client_id, project_id from sessions")
    return frozenset((row["client_id"], row["project_id"]) for row in rows)


def verified_ranges(warehouse: Loader) -> list[VerifiedRange]:
    """All stretches."""
    columns = ", ".join(VERIFIED_RANGES.column_names)
    return [
        VerifiedRange((row.pop("client_id"), row.pop("project_id") or None), **row)
        for row in warehouse.rows(f"select {columns} from verified_ranges")  # noqa: S608 - our own names
    ]


def claim(warehouse: Loader, claims: Sequence[VerifiedRange]) -> None:
    """Writes what a run has seen in place of what earlier ones had of it."""
    if claims:
        rows = list(_rows(with_claims(verified_ranges(warehouse), claims)))
        warehouse.replace(
            VERIFIED_RANGES.name, pa.Table.from_pylist(rows, schema=VERIFIED_RANGES.arrow_schema())
        )


def _rows(ranges: Iterable[VerifiedRange]) -> Iterator[dict[str, Any]]:
    for one in ranges:
        row = asdict(one)
        client, project = row.pop("scope")
        yield {"client_id": client, "project_id": project or "", **row}
