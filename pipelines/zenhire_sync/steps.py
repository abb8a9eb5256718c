"""The steps of a command: each begins, and ends with an outcome, and both are told to who listens.

A step is sync, reconcile, build, publish, report or erase. Its log lines and its part of ``--json`` come from
here; what else has to know how a step ended is one more listener.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from zenhire_sync.errors import ZenhireError
from zenhire_sync.run_id import new_run_id
from zenhire_sync.stopping import Stopped, raise_if_asked, stop_behind

_LEFT_BY_A_STOP = {
    "build": "what is published stays as it was; run again to go on",
    "publish": "each published file is the old one or the new one, whole; run again to go on",
    "report": "the report stays as it was; run again to go on",
    "erase": "run the same erase again, it finishes what is left",
}


@dataclass(slots=True)
class Step:
    """One step. ``outcome`` is done, set_aside (done, with rejected rows), failed or stopped.

    ``error`` is the message that the user is shown; None unless it failed or was stopped.
    """

    name: str
    run_id: str
    started_at: datetime
    outcome: str = "done"
    seconds: float = 0.0
    counts: dict[str, Any] = field(default_factory=dict)
    error: str | None = None

    def tell(self, counts: Mapping[str, Any], outcome: str = "done") -> None:
        """Notes what the step did, before it ends well."""
        self.counts.update(counts)
        self.outcome = outcome

    def facts(self) -> dict[str, Any]:
        """The step as JSON has it."""
        end = {} if self.error is None else {"error": self.error}
        return {"step": self.name, "outcome": self.outcome, "seconds": self.seconds, **self.counts, **end}


class Listener(Protocol):
    """Told of each step of a command. What it cannot do it keeps to itself: the step is what counts."""

    def begins(self, step: Step) -> None:
        """The step is about to work."""

    def ends(self, step: Step) -> None:
        """The step has ended, with its outcome, seconds, counts and error."""


@dataclass(slots=True)
class Steps:
    """Runs the steps of one command and tells its listeners."""

    run_id: str = field(default_factory=new_run_id)
    listeners: list[Listener] = field(default_factory=list)
    ended: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """The block is the step. Raises what it raises, and Stopped when a stop was asked for before it."""
        step, began = Step(name, self.run_id, datetime.now(UTC)), time.monotonic()
        for listener in self.listeners:
            listener.begins(step)
        try:
            # Said of the step that did not come to it: the ones before have ended well.
            raise_if_asked()
            yield step
        except BaseException as error:
            stop = stop_behind(error)
            if stop is not None and not stop.kept:
                stop = Stopped(stop.number, _LEFT_BY_A_STOP.get(name, ""))
            step.outcome, step.error = "failed" if stop is None else "stopped", _words(stop or error)
            if stop is None:
                raise
            raise stop from error
        finally:
            step.seconds = round(time.monotonic() - began, 3)
            self.ended.append(step)
            for listener in self.listeners:
                listener.ends(step)


def _words(error: BaseException) -> str:
    # The message of a defect may hold values of rows.
    return str(error) if isinstance(error, ZenhireError | Stopped) else f"unexpected {type(error).__name__}"
