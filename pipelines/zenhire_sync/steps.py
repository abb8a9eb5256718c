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
from zenhire_sync.stopping import asked, raise_if_asked


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
        """What it did, said by whoever did it, before it ends well."""
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
        """The block is the step. Raises what it raises, and Stopped when somebody asked to end before it."""
        raise_if_asked()
        step, began = Step(name, self.run_id, datetime.now(UTC)), time.monotonic()
        for listener in self.listeners:
            listener.begins(step)
        try:
            yield step
        except BaseException as error:
            step.outcome, step.error = _end(error)
            raise
        finally:
            step.seconds = round(time.monotonic() - began, 3)
            self.ended.append(step)
            for listener in self.listeners:
                listener.ends(step)


def _end(error: BaseException) -> tuple[str, str]:
    """The outcome and the words of a step that ended by an error."""
    if isinstance(error, KeyboardInterrupt):
        return "stopped", str(error) or "stopped by Ctrl-C"
    if (stop := asked()) is not None:
        return "stopped", str(stop)
    # The message of a defect may hold values of rows.
    return "failed", str(error) if isinstance(error, ZenhireError) else f"unexpected {type(error).__name__}"
