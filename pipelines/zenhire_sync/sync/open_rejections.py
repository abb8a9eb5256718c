"""Rows that broke the contract, and what has healed since. What is open is read once: nobody else writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import pyarrow as pa

from zenhire_schemas.tables import REJECTED_ROWS
from zenhire_sync.plan.detail_plan import OpenRejection
from zenhire_sync.rows.changes import Rules
from zenhire_sync.rows.contract import DETAIL_ENDPOINT, LIST_ENDPOINT, Rejection
from zenhire_sync.rows.erased import without_payload
from zenhire_sync.rows.privacy import private_rejection
from zenhire_sync.sync.outcome import SyncOutcome
from zenhire_sync.warehouse.port import Loader
from zenhire_sync.warehouse.questions import Memory


class OpenRejections:
    """The open rejections of one run's warehouse."""

    def __init__(self, warehouse: Loader, memory: Memory, outcome: SyncOutcome) -> None:
        self._warehouse = warehouse
        self._memory = memory
        self._outcome = outcome
        self._seen: set[str] = set()

    @cached_property
    def _open(self) -> dict[str, OpenRejection]:
        return {rejection.rejected_id: rejection for rejection in self._memory.open_rejections()}

    def open(self) -> list[OpenRejection]:
        """What is not healed yet, oldest first."""
        return sorted(self._open.values(), key=lambda found: (found.first_seen_at, found.rejected_id))

    def add(self, rejected: Sequence[Rejection], rules: Rules) -> None:
        """Writes rows, without what may not be kept. Raises WarehouseError."""
        distinct = {rejection.rejected_id: rejection for rejection in rejected}
        if not distinct:
            return
        now = self._outcome.stamped_at
        for key, rejection in distinct.items():
            first_seen_at = self._open[key].first_seen_at if key in self._open else now
            self._open[key] = OpenRejection(key, rejection.endpoint, rejection.session_id, first_seen_at)
        # The id is that of the row as it came: without a session id it is made from the payload.
        rows = [self._row(self._open[key], rejection, rules) for key, rejection in distinct.items()]
        self._load(rows)
        self._seen.update(distinct)
        self._outcome.rejected += len(rows)

    def heal(self, session_ids: Iterable[str], *endpoints: str) -> None:
        """These sessions came as the contract says. Raises WarehouseError."""
        healthy = set(session_ids)
        self._mark([r for r in self._open.values() if r.endpoint in endpoints and r.session_id in healthy])

    def heal_nameless(self) -> None:
        """Nobody can ask for rows without an id; this run's lists, read to their ends, do not show them any
        more, or they were set aside again. Raises WarehouseError.
        """
        self._mark(
            [
                rejection
                for key, rejection in self._open.items()
                if rejection.endpoint == LIST_ENDPOINT
                and rejection.session_id is None
                and key not in self._seen
            ]
        )

    def known_to_fail(self) -> set[str]:
        """Sessions whose detail is broken."""
        return {r.session_id for r in self._open.values() if r.endpoint == DETAIL_ENDPOINT and r.session_id}

    def _row(self, found: OpenRejection, rejection: Rejection, rules: Rules) -> dict[str, object]:
        is_erased = rules.erasures.concern(rejection)
        kept = without_payload(rejection) if is_erased else private_rejection(rules.privacy, rejection)
        return {
            "rejected_id": found.rejected_id,
            "endpoint": kept.endpoint,
            "session_id": kept.session_id,
            "reason": kept.reason,
            "payload": kept.payload,
            "request_id": kept.request_id,
            "first_seen_at": found.first_seen_at,
            "seen_at": self._outcome.stamped_at,
            "healed_at": None,
            "run_id": self._outcome.run_id,
        }

    def _mark(self, healed: Sequence[OpenRejection]) -> None:
        if not healed:
            return
        ids = [rejection.rejected_id for rejection in healed]
        rows = self._memory.rejected_rows(ids)
        self._load([{**row, "healed_at": self._outcome.stamped_at} for row in rows])
        for key in ids:
            del self._open[key]
        self._outcome.healed += len(ids)

    def _load(self, rows: Sequence[dict[str, object]]) -> None:
        table = pa.Table.from_pylist(rows, schema=REJECTED_ROWS.arrow_schema())
        self._outcome.rows_by_table.update(self._warehouse.load({REJECTED_ROWS.name: table}))
