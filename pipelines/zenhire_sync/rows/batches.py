"""Pages of accepted rows, collected into a few Arrow tables: one table a page costs 1.5x (measured)."""

from __future__ import annotations

from collections.abc import Sequence

from zenhire_schemas.session import SessionSummary
from zenhire_sync.rows.columns import SessionTables, concat_latest, session_tables
from zenhire_sync.rows.fast_contract import PlainRows

BATCH_ROWS = 2_000


class Batches:
    """Rows in the order they were read; of a session that was read twice, the last row counts."""

    def __init__(self) -> None:
        self._tables: list[SessionTables] = []
        self._models: dict[str, SessionSummary] = {}
        self._plain: PlainRows | None = None
        self._plain_ids: set[str] = set()

    def add(self, rows: Sequence[SessionSummary]) -> None:
        """Takes rows that the models accepted."""
        if self._plain is not None:
            self._build()
        self._models.update((row.id, row) for row in rows)
        if len(self._models) >= BATCH_ROWS:
            self._build()

    def add_plain(self, page: PlainRows) -> None:
        """Takes a page of plain rows, which is not to be used afterwards."""
        if self._models or not self._plain_ids.isdisjoint(page.ids):
            self._build()
        if self._plain is None:
            self._plain = page
        else:
            self._plain.extend(page)
        self._plain_ids.update(page.ids)
        if len(self._plain_ids) >= BATCH_ROWS:
            self._build()

    def extend(self, other: Batches) -> None:
        """Takes the rows of another one, which is not to be used afterwards."""
        self._build()
        other._build()
        self._tables.extend(other._tables)

    def take(self) -> SessionTables | None:
        """Everything so far, ids distinct; None when there is nothing. Starts anew."""
        self._build()
        tables, self._tables = self._tables, []
        return concat_latest(tables) if tables else None

    def _build(self) -> None:
        if self._models:
            self._tables.append(session_tables(list(self._models.values())))
        if self._plain is not None:
            self._tables.append(self._plain.tables())
        self._models, self._plain, self._plain_ids = {}, None, set()
