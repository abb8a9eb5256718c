"""How things stand: what the last runs did, how fresh the published marts are, what is set aside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.lock import Holder
from zenhire_sync.settings import Settings
from zenhire_sync.status.facts import Publication, Raw
from zenhire_sync.status.reading import RUNS_SHOWN, read_publication, read_raw
from zenhire_sync.step_record import BEGUN, FAILED, STOPPED, StepRecord, read_records


@dataclass(frozen=True, slots=True)
class Status:
    """How things stand at ``now``.

    ``raw`` is None before the first run, and while a run (``holder``) or a stranger (``in_use_by``) writes
    the warehouse: then only the published file tells. ``killed`` is the last run, if it could not end itself.
    ``steps`` is how each step last went.
    """

    now: datetime
    data_dir: Path
    holder: Holder | None
    in_use_by: str | None
    raw: Raw | None
    publication: Publication | None
    killed: Holder | None = None
    steps: tuple[StepRecord, ...] = ()

    @property
    def age(self) -> timedelta | None:
        """How old the data that readers see is; None when they see none."""
        until = None if self.publication is None else self.publication.data_until
        return None if until is None else max(self.now - until, timedelta())

    @property
    def is_unpublished(self) -> bool:
        """Whether the warehouse holds a good sync that readers do not see: no build or publish followed it.

        False while the warehouse cannot be read.
        """
        raw, shown = self.raw, self.publication
        if raw is None or raw.data_until is None:
            return False
        if shown is None or shown.data_until is None:
            return True
        # Two syncs may have the same time (--as-of); their ends tell them apart.
        ended, newest = shown.last_sync_finished_at, raw.last_sync_finished_at
        is_later = ended is not None and newest is not None and ended < newest
        return is_later or shown.data_until < raw.data_until

    @property
    def broken_steps(self) -> tuple[StepRecord, ...]:
        """Steps that failed, were stopped or were killed, and have not ended well since."""
        return tuple(
            step
            for step in self.steps
            if step.outcome in {FAILED, STOPPED} or (step.outcome == BEGUN and self.holder is None)
        )

    def is_older_than(self, most: timedelta) -> bool:
        """Whether readers see older data than that, or none at all."""
        return self.age is None or self.age > most


def read_status(
    settings: Settings, now: datetime, *, runs: int = RUNS_SHOWN, with_rejected: bool = False
) -> Status:
    """How things stand, with the last ``runs`` and, if asked, each row set aside. No process waits for it.

    Raises WarehouseError when a file cannot be read.
    """
    warehouse, raw = warehouse_of(settings), None
    with warehouse.glimpse() as seen:
        # Within the look: a step that has begun and never ended is then a dead one.
        steps = read_records(settings.state_dir)
        if seen.reader is not None:
            raw = read_raw(
                seen.reader, runs=runs, with_rejected=with_rejected, is_running=seen.holder is not None
            )
    publication = None
    if warehouse.is_published():
        with warehouse.published() as reader:
            publication = read_publication(reader, warehouse.published_place)
    return Status(
        now,
        settings.data_dir.absolute(),
        seen.holder,
        seen.in_use_by,
        raw,
        publication,
        seen.killed,
        steps,
    )
