"""What a person must know now: data that is old, steps that broke, and what the published marts tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from zenhire_sync.alerts.told import Trouble
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.report import published_concerns
from zenhire_sync.settings import Settings
from zenhire_sync.status import Status, read_status
from zenhire_sync.step_record import BEGUN, FAILED, StepRecord

# As sync_freshness has it: a night that was missed shows on the second morning.
STALE = timedelta(hours=36)
_LONGEST_WHY = 300
_RECENT = timedelta(days=7)
_STEP = "step/"


def troubles_of(settings: Settings, now: datetime, told: Iterable[Trouble]) -> tuple[Trouble, ...]:
    """What needs attention, what stops work first. Raises WarehouseError when a file cannot be read.

    Where nothing is published, what was ``told`` of it is not over: it cannot be seen.
    """
    status = read_status(settings, now)
    broken = map(_broken, status.broken_steps)
    if status.publication is None:
        return *_unpublished(status), *broken, *(one for one in told if not one.cause.startswith(_STEP))
    concerns = published_concerns(settings, now)
    return (
        *_stale(status),
        *broken,
        *(Trouble(concern.cause, concern.sentence, concern.levels) for concern in concerns),
        *_negative_surveys(settings, now),
    )


def _unpublished(status: Status) -> Iterator[Trouble]:
    """What was published and is there no more: a file was deleted, or a disk is not mounted."""
    if any(step.step == "publish" and step.good_seconds is not None for step in status.steps):
        sentence = "What was published is gone, and readers see nothing: look for it, or publish again."
        yield Trouble("unpublished", sentence, {"": 0})


def _negative_surveys(settings: Settings, now: datetime) -> Iterator[Trouble]:
    """Each negative survey that may have been found in the last week, where that is asked for, the oldest
    first; with its comment where that is, too.
    """
    if settings.alert_negative_feedback == "off":
        return
    rungs = sorted({0, *settings.survey_ladder_days})
    # One that comes just after a look is found by the next.
    pause = timedelta(days=max((later - rung for rung, later in pairwise(rungs)), default=0))
    sql = """
        select session_id, feedback_date, project_name, persona_name, rating, comment
        from zenhire_marts.negative_feedback where feedback_date > ?
        order by feedback_date, session_id
    """
    with warehouse_of(settings).published() as reader:
        rows = reader.rows(sql, (now - _RECENT - pause).date())
    for row in rows:
        rated = "rated" if row["rating"] is None else f"rated {row['rating']} of 5"
        sentence = f"{row['feedback_date']}, {row['project_name']}, {row['persona_name']}: {rated}"
        if settings.alert_negative_feedback == "comments" and row["comment"]:
            sentence += f": {' '.join(row['comment'].split())[:_LONGEST_WHY]}"
        yield Trouble(f"survey/{row['session_id']}", sentence, {"": 0}, is_event=True)


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
        f"{_STEP}{step.step}",
        f"The last {step.step} ({step.begun_at:%Y-%m-%d %H:%M} UTC) {how}{why}",
        {"": 0},
    )
