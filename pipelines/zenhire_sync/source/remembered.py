"""What one load leaves to the next, in dlt's own state: it is committed with the data, or not at all.

Each table has its own two cursors, in the place of ``dlt.sources.incremental`` (``dlt pipeline <name> info``
shows them), because tables may be selected, or dropped with ``refresh``, one by one: a table that was not
loaded has not moved. The list is read back to the cursor that is furthest behind.

Everything else saves requests or remembers what is set aside, and is small: text ends at 64 KB somewhere.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from hashlib import blake2b
from typing import Any

import dlt

from zenhire_sync.plan.cursors import Cursors, advanced, earlier_of
from zenhire_sync.sync.known_api import KnownApi

# 32 KB as text.
MOST_ANSWERED = 3_000
_MARK_BYTES = 8


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known when a load begins, of the selected tables together.

    ``cursors`` and ``last_run`` (the time of the last good one) are None when a table was never loaded.
    ``answered`` are marks of sessions whose survey is here; ``checked`` says when a persona was last asked
    for, ``retry`` since when a session is set aside. ``witnesses`` are sessions that a list without pages
    has shown.
    """

    cursors: Cursors | None = None
    last_run: datetime | None = None
    known_api: KnownApi = field(default_factory=KnownApi)
    answered: frozenset[bytes] = frozenset()
    checked: Mapping[str, datetime] = field(default_factory=dict)
    retry: Mapping[str, datetime] = field(default_factory=dict)
    witnesses: Sequence[str] = ()


@dataclass(slots=True)
class Learned:
    """The same at the end of a load: ``seen`` are the latest times of its rows, ``now`` is its own time.

    ``answered`` has a session's end with its mark; the latest are kept.
    """

    now: datetime
    seen: Cursors = field(default_factory=Cursors)
    known_api: KnownApi = field(default_factory=KnownApi)
    answered: dict[bytes, datetime] = field(default_factory=dict)
    checked: dict[str, datetime] = field(default_factory=dict)
    retry: dict[str, datetime] = field(default_factory=dict)
    witnesses: list[str] = field(default_factory=list)


def mark_of(session_id: str, ended: datetime) -> bytes:
    """The interview of a session, in eight bytes."""
    return blake2b(f"{session_id} {ended.isoformat()}".encode(), digest_size=_MARK_BYTES).digest()


def recall(tables: Sequence[str]) -> Remembered:
    """What the state holds for a load of these tables. Within dlt's extraction only."""
    runs: list[Any] = [_table(name).get("last_run_at") for name in tables]
    shared = _shared()
    marks = b64decode(_table("session_feedback").get("answered", "")) if "session_feedback" in tables else b""
    return Remembered(
        cursors=reduce(earlier_of, (_cursors(name) for name in tables)),
        last_run=None if None in runs else min(runs),
        known_api=KnownApi.from_json(shared.get("known_api")),
        answered=frozenset(marks[i : i + _MARK_BYTES] for i in range(0, len(marks), _MARK_BYTES)),
        checked=dict(_table("personas").get("checked", {})) if "personas" in tables else {},
        retry=dict(item for name in tables for item in _table(name).get("retry", {}).items()),
        witnesses=list(shared.get("witnesses", ())),
    )


def remember(tables: Sequence[str], learned: Learned) -> None:
    """Writes it into the state, once every row has been handed over. Within dlt's extraction only."""
    for name in tables:
        cursors = advanced(_cursors(name), learned.seen, learned.now)
        for column, moment in (("created_at", cursors.created_at), ("completed_at", cursors.completed_at)):
            _incremental(name, column).get_state()["last_value"] = moment
        # A session that came whole to other tables is still missing in those that were not loaded then.
        _table(name).update(last_run_at=learned.now, retry=dict(learned.retry))
    if "session_feedback" in tables:
        latest = sorted(learned.answered, key=learned.answered.__getitem__, reverse=True)[:MOST_ANSWERED]
        _table("session_feedback")["answered"] = b64encode(b"".join(sorted(latest))).decode()
    if "personas" in tables:
        _table("personas")["checked"] = learned.checked
    _shared().update(known_api=learned.known_api.to_json(), witnesses=learned.witnesses)


def _cursors(table: str) -> Cursors | None:
    if "last_run_at" not in _table(table):
        return None
    return Cursors(*(_incremental(table, name).last_value for name in ("created_at", "completed_at")))


def _incremental(table: str, column: str) -> dlt.sources.incremental[datetime]:
    """Not a step of the table's pipe: there it would drop rows that are older than its value."""
    cursor = dlt.sources.incremental[datetime](column)
    cursor.resource_name = table
    return cursor


def _table(name: str) -> dict[str, Any]:
    return dlt.current.resource_state(name)


def _shared() -> dict[str, Any]:
    state: dict[str, Any] = dlt.current.source_state().setdefault("list", {})
    return state
