"""The one door to a warehouse: what the steps ask of it, whichever engine is behind. No engine is named here.

A ``Reader`` answers SQL that means the same on every engine, and a ``Loader`` is a reader that also loads. A
``Warehouse`` hands them out. What an engine does in its own way only (publish, erase, check) is asked for in
one word. ``engines/open.py`` says which engine it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from zenhire_schemas.names import MARTS_SCHEMA
from zenhire_sync.lock import Holder
from zenhire_sync.progress import Progress
from zenhire_sync.warehouse.finding import Finding

# Arrow takes longer to import than `status` takes to answer.
if TYPE_CHECKING:
    import pyarrow as pa

    from zenhire_sync.warehouse.people import Figures, Found, Removal
    from zenhire_sync.warehouse.spool import SpooledTable


class Reader(Protocol):
    """Answers questions about what is committed at that moment. Raises WarehouseError when it cannot."""

    def select(self, sql: str, *values: Any) -> pa.Table:
        """The answer of a SELECT with ``?`` placeholders; raw tables go by their bare names."""

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """The same for few rows, as Python values by the name of their column."""

    def stream(self, sql: str, *values: Any) -> Iterator[pa.RecordBatch]:
        """The same in batches that are not kept; nothing else may be asked before the last one has come."""


class Loader(Reader, Protocol):
    """One run's access to the raw tables. Raises WarehouseError when something cannot be read or written."""

    @property
    def load_bytes(self) -> int:
        """What the rows of one load are to take at most: some engines hold them all at once."""

    def load(
        self,
        tables: MutableMapping[str, pa.Table],
        cursors: Mapping[str, Any] | None = None,
        *,
        are_new: bool = False,
    ) -> dict[str, int]:
        """Merges the tables that hold rows; returns rows by table. Each table commits on its own.

        They are taken out of the mapping as they are written, so that their memory can go.
        ``are_new`` says that none of the keys is in the warehouse: the rows are added then, at half the cost.
        """

    def load_files(
        self,
        files: Mapping[str, SpooledTable],
        cursors: Mapping[str, Any] | None = None,
        *,
        are_new: bool = False,
    ) -> dict[str, int]:
        """The same for rows in files, which are removed, whatever happens."""

    def add(self, table: str, rows: pa.Table) -> None:
        """Adds a few rows whose keys are not there yet, at once and without the fixed cost of a load."""

    def replace(self, table: str, rows: pa.Table) -> None:
        """These few rows take the place of all that the table holds, at once."""

    def remembered_cursors(self) -> dict[str, Any]:
        """The cursors in dlt's state, as the warehouse holds it."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A short look at a warehouse that makes no other process wait.

    ``reader`` is None when nothing was synced yet, and while a run (``holder``) or a stranger
    (``in_use_by``) writes. ``killed`` is the last run, if it could not end itself.
    """

    reader: Reader | None = None
    holder: Holder | None = None
    in_use_by: str | None = None
    killed: Holder | None = None


@dataclass(frozen=True, slots=True)
class DbtTarget:
    """How dbt finds the warehouse: variables that it reads, and arguments of its commands.

    ``clear`` removes what a build that failed or was killed has left; ``let_go`` closes what dbt leaves open
    after a command. ``marts_schema`` is the schema that dbt makes the marts in. ``target`` is the one of
    ``profiles.yml`` where it is not the profile's.
    """

    variables: Mapping[str, str]
    arguments: tuple[str, ...]
    clear: Callable[[], None]
    let_go: Callable[[], None]
    marts_schema: str = MARTS_SCHEMA
    target: str | None = None


@dataclass(frozen=True, slots=True)
class RestatedCredits:
    """Credits by which a month (its first day) that was published before differs, for one cause."""

    month_start_date: date
    cause: str
    credits: int


@dataclass(frozen=True, slots=True)
class PublishSummary:
    """What was published, and where. Times are UTC, ``published_at`` on the wall clock.

    The totals are the marts'; ``parquet_path`` is None where no Parquet is made, ``elsewhere``
    are further places that show the same. ``restatements`` are rows of that mart that are new.
    """

    place: str
    parquet_path: Path | None
    bytes: int
    rows_by_table: Mapping[str, int]
    published_at: datetime
    as_of: datetime
    data_until: datetime | None
    credits_charged: int
    negative_surveys: int
    elsewhere: tuple[str, ...] = ()
    restatements: int = 0
    restated_credits: tuple[RestatedCredits, ...] = ()

    def counts(self) -> dict[str, int]:
        """What the end of the step tells."""
        rows, restated = sum(self.rows_by_table.values()), self.restatements
        return {
            "tables": len(self.rows_by_table),
            "rows": rows,
            "bytes": self.bytes,
            "restatements": restated,
        }


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """Columns and rows as Python values; ``is_cut`` when there are more rows than were asked for."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Backup:
    """The copy, and what is in it by raw table."""

    path: Path
    bytes: int
    rows_by_table: Mapping[str, int]

    @property
    def sessions(self) -> int:
        """Sessions in it, deleted ones included."""
        return self.rows_by_table.get("sessions", 0)


class Warehouse(Protocol):
    """The raw tables, the marts and what is published of one profile."""

    @property
    def place(self) -> str:
        """Where it is, for messages."""

    def raw_tables(self) -> frozenset[str] | None:
        """Names of the tables in the raw schema; None when there is no warehouse. Raises WarehouseError."""

    def exclusive(self, command: str) -> AbstractContextManager[None]:
        """Holds the lock for the block. Raises LockHeldError, naming its holder."""

    def undisturbed(self) -> AbstractContextManager[None]:
        """No run works during the block; keep it short. Raises LockHeldError, naming the run that does."""

    def glimpse(self) -> AbstractContextManager[Glimpse]:
        """A look that disturbs no run; keep it short. Raises WarehouseError for what cannot be read."""

    def reading(self) -> AbstractContextManager[Reader]:
        """The raw tables; under ``exclusive`` or ``undisturbed``.

        Raises WarehouseError when there is nothing to read.
        """

    def built(self) -> AbstractContextManager[Reader]:
        """The marts of the last build that ended well, by their bare names. Raises WarehouseError."""

    def loading(self) -> AbstractContextManager[Loader]:
        """The raw tables brought up to this version, for one run. Raises WarehouseError."""

    @property
    def published_place(self) -> str:
        """Where readers look, for messages."""

    def is_published(self) -> bool:
        """Whether readers see anything."""

    def published(self) -> AbstractContextManager[Reader]:
        """What readers see, marts by ``zenhire_marts.<name>``. Raises WarehouseError when it is not there."""

    def dbt(self) -> DbtTarget:
        """Where dbt builds. Raises ConfigurationError for a setting that this engine cannot use."""

    def switch_marts(self) -> None:
        """Puts the marts that dbt has built in the place of the old, all at once. Raises WarehouseError."""

    def publish(self, *, now: datetime, as_built: bool, progress: Progress) -> PublishSummary:
        """Publishes the marts that an audit accepts. Raises AuditError, WarehouseError."""

    def forget(self, found: Found, now: datetime, run_id: str) -> Removal:
        """Takes people out of the raw tables, in one transaction. Raises WarehouseError."""

    def scrub(self) -> None:
        """Leaves no byte of what was deleted. Raises WarehouseError."""

    def scrub_published(self) -> None:
        """Leaves no older state of what is published."""

    def forgotten(self, now: datetime, files: Collection[str]) -> Figures:
        """Notes that nothing holds the erased any more. Raises WarehouseError when something does."""

    def reader_grants(self) -> str:
        """SQL that makes a role for readers. Raises ConfigurationError where there are no roles."""

    def findings(self) -> list[Finding]:
        """What ``check`` has to tell of it. Never disturbs a run."""

    def ask(self, sql: str, most: int | None, *, raw: bool) -> QueryAnswer:
        """The first ``most`` rows of a person's SELECT on what is published, or on the raw tables.

        Raises ConfigurationError for SQL that cannot be answered, WarehouseError, LockHeldError.
        """

    def compact(self) -> Mapping[str, Mapping[str, int]]:
        """Makes many small files few; what each raw table takes then. Raises ConfigurationError elsewhere."""

    def back_up(self, target: Path, *, replace: bool) -> Backup:
        """A whole copy at ``target``. Raises ConfigurationError, LockHeldError, WarehouseError."""
