"""What a person must know now: data that is old, steps that broke, and what the published marts tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from zenhire_sync.alerts.told import Trouble
from zenhire_sync.report import published_concerns
from zenhire_sync.settings import Settings
from zenhire_sync.status import Status, read_status
from zenhire_sync.step_record import BEGUN, FAILED, StepRecord

# As sync_freshness has it: a night that was missed shows on the second morning.
STALE = timedelta(hours=36)
_LONGEST_WHY = 300


def troubles_of(settings: Settings, now: datetime) -> tuple[Trouble, ...]:
    """What needs attention, what stops work first. Raises WarehouseError when a file cannot be read."""
    status = read_status(settings, now)
    concerns = () if status.publication is None else published_concerns(settings, now)
    return (
        *_stale(status),
        *map(_broken, status.broken_steps),
        *(Trouble(concern.cause, concern.sentence, concern.levels) for concern in concerns),
    )


def _stale(status: Status) -> Iterator[Trouble]:
    """Data that is old. Before the first good night it is a step that is broken, or nothing is."""
    age = status.age
    if age is None or age <= STALE:
        return
    hours, doubled = age / timedelta(hours=1), int(age / STALE).bit_length()
    yield Trouble("stale", f"What readers see is {hours:,.0f} hours old.", {"": doubled})


def _broken(step: StepRecord) -> Trouble:
    how = {BEGUN: "was killed", FAILED: "failed"}.get(step.outcome, "was stopped")
    why = f": {step.error[:_LONGEST_WHY]}" if step.error else ""
    return Trouble(
        f"step/{step.step}", f"The last {step.step} ({step.begun_at:%Y-%m-%d %H:%M} UTC) {how}{why}", {"": 0}
    )
