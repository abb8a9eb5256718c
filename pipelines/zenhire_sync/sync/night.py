"""What the steps of one sync share."""

from __future__ import annotations

from dataclasses import dataclass

from zenhire_sync.company import CompanyFiles
from zenhire_sync.progress import Progress
from zenhire_sync.settings import Settings
from zenhire_sync.sync.additions import Additions
from zenhire_sync.sync.commit import Committer
from zenhire_sync.sync.outcome import SyncOutcome
from zenhire_sync.sync.privacy_settings import privacy_of
from zenhire_sync.sync.record import begin_run
from zenhire_sync.warehouse.orphans import drop_orphans
from zenhire_sync.warehouse.port import Loader
from zenhire_sync.warehouse.questions import Memory
from zenhire_sync.warehouse.session_states import add_states_left_behind, has_no_state


@dataclass(frozen=True, slots=True)
class Night:
    """One run: its settings, its warehouse, and what it has done so far."""

    settings: Settings
    warehouse: Loader
    outcome: SyncOutcome
    progress: Progress
    memory: Memory
    committer: Committer

    @classmethod
    def begin(
        cls,
        settings: Settings,
        warehouse: Loader,
        outcome: SyncOutcome,
        progress: Progress,
        company: CompanyFiles,
    ) -> Night:
        """A night before its first request, written into sync_runs. Raises WarehouseError."""
        memory = Memory(warehouse)
        have_ended_well = begin_run(warehouse, outcome)
        if not have_ended_well:
            drop_orphans(warehouse)
        if not have_ended_well or has_no_state(warehouse):
            outcome.rows_by_table.update(add_states_left_behind(warehouse, settings))
        # Reconcile mends whatever differs, however it came about.
        trusting = have_ended_well and outcome.command != "reconcile"
        additions = Additions(settings, warehouse, outcome)
        privacy = privacy_of(settings, company.metadata_keys)
        committer = Committer(warehouse, memory, outcome, privacy, additions, trusting=trusting)
        return cls(settings, warehouse, outcome, progress, memory, committer)
