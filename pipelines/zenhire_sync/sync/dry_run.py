"""The bill beforehand: which requests a sync would make now, by reason, and how long they take."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from zenhire_sync.api_keys import ApiKey
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.progress import Progress
from zenhire_sync.settings import Home, Settings
from zenhire_sync.sync.step import plan_only
from zenhire_sync.warehouse.raw_copy import copy_raw


@dataclass(frozen=True, slots=True)
class Bill:
    """Requests by reason. The list was really read and its end proven, to know the rest; details were not.

    ``list_pages`` counts what was asked for that, repetitions included.
    """

    list_pages: int
    list_by_reason: dict[str, int]
    details_by_reason: dict[str, int]
    balances: int
    minutes: float

    @property
    def requests(self) -> int:
        """All requests of the sync that would run now."""
        return self.list_pages + sum(self.details_by_reason.values()) + self.balances


def estimate_bill(settings: Settings, keys: Sequence[ApiKey], *, as_of: datetime, progress: Progress) -> Bill:
    """Reads the list into a copy of the warehouse, plans, and throws the copy away.

    Raises ZenhireError as ``sync_sessions`` does.
    """
    folder = settings.state_dir / "dry-run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    aside = settings.model_copy(update={"data_dir": folder}).at(Home())
    try:
        _copy_aside(settings, aside)
        planned = plan_only(aside, keys, as_of=as_of, progress=progress)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ledger, sampled = planned.outcome.ledger, len(planned.sample.details)
    requests = ledger.total + len(planned.plan) + sampled + planned.missing + planned.balances
    minutes = requests / settings.rate_limit_per_minute / len(keys)
    beyond = {"missing": planned.missing, "audit": sampled}
    details = planned.plan.by_reason() | {reason: count for reason, count in beyond.items() if count}
    return Bill(ledger.total, dict(ledger.by_reason), details, planned.balances, minutes)


def _copy_aside(settings: Settings, aside: Settings) -> None:
    """The warehouse in a file of its own, whichever engine it is on."""
    if settings.home == aside.home:
        if settings.warehouse_path.exists():
            shutil.copyfile(settings.warehouse_path, aside.warehouse_path)
        return
    here = warehouse_of(settings)
    if here.raw_tables():
        with here.reading() as reader, warehouse_of(aside).loading() as loader:
            copy_raw(reader, loader, aside.state_dir / "spool" / "copy")
