"""How each step last ended, kept beside the warehouse: what a killed build or a full disk leaves of itself.

One small file a step, replaced in one go when the step begins and when it ends. A step that begins and never
ends was killed. ``sync_runs`` tells of syncs alone, and of none that died before the warehouse was open.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zenhire_sync.steps import Step

STEPS_FOLDER = "steps"
BEGUN, FAILED, STOPPED = "begun", "failed", "stopped"
# A block of the file system: what ends can then be written over what began when the disk has become full.
_FILE_BYTES = 4096
_LONGEST_MESSAGE = 600


@dataclass(frozen=True, slots=True)
class StepRecord:
    """How a step last went. ``outcome`` is begun, done, set_aside, failed or stopped; times are UTC.

    ``ended_at`` is None as long as it is begun: it works now, or its process was killed. ``good_seconds`` is
    how long it took when it last ended well, however it went since.
    """

    step: str
    command: str
    run_id: str
    begun_at: datetime
    ended_at: datetime | None
    outcome: str
    error: str | None
    good_seconds: float | None = None


class StepRecords:
    """Writes the records of one command's steps. What cannot be written is left out: the step is what counts.

    ``tidy`` makes a message fit to be kept (no keys in it).
    """

    def __init__(self, state_dir: Path, command: str, tidy: Callable[[str], str] = str) -> None:
        self._folder = state_dir / STEPS_FOLDER
        self._command = command
        self._tidy = tidy

    def begins(self, step: Step) -> None:
        """The step is about to work."""
        self._write(self._record(step, None, BEGUN, None, self._good_seconds(step)))

    def ends(self, step: Step) -> None:
        """The step has ended, well or not."""
        error = None if step.error is None else self._tidy(" ".join(step.error.split()))[:_LONGEST_MESSAGE]
        good_seconds = self._good_seconds(step) if step.outcome in {FAILED, STOPPED} else step.seconds
        self._write(self._record(step, datetime.now(UTC), step.outcome, error, good_seconds))

    def _record(
        self, step: Step, ended_at: datetime | None, outcome: str, error: str | None, good: float | None
    ) -> StepRecord:
        return StepRecord(
            step.name, self._command, step.run_id, step.started_at, ended_at, outcome, error, good
        )

    def _good_seconds(self, step: Step) -> float | None:
        known = _read(self._path(step.name))
        return None if known is None else known.good_seconds

    def _path(self, step: str) -> Path:
        return self._folder / f"{step}.json"

    def _write(self, record: StepRecord) -> None:
        path = self._path(record.step)
        text = json.dumps(asdict(record), default=_iso, ensure_ascii=False)
        content = text.encode("utf-8", "backslashreplace").ljust(_FILE_BYTES)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(path, content)
        except OSError:
            # A full disk: the space that the last record takes is ours already.
            with suppress(OSError), path.open("r+b") as file:
                file.write(content)


def read_records(state_dir: Path) -> tuple[StepRecord, ...]:
    """How each step last went, the latest first. What cannot be read is left out."""
    found = (_read(path) for path in (state_dir / STEPS_FOLDER).glob("*.json"))
    return tuple(sorted((record for record in found if record), key=lambda r: r.begun_at, reverse=True))


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with fresh.open("wb") as file:
            fresh.chmod(0o600)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def _read(path: Path) -> StepRecord | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        record = StepRecord(**found)
        ended = record.ended_at and datetime.fromisoformat(str(record.ended_at))
        return replace(record, begun_at=datetime.fromisoformat(str(record.begun_at)), ended_at=ended)
    except (OSError, ValueError, TypeError):
        return None


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
