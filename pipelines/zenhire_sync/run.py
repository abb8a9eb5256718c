"""The whole story: sessions in, trusted marts out. What is scheduled each night.

Data flow: API -> zenhire_raw -> zenhire_marts -> published/zenhire.duckdb -> report.html
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf

from zenhire_sync.config import Config
from zenhire_sync.marts import BuildSummary, build_marts
from zenhire_sync.progress import Progress
from zenhire_sync.publish import PublishSummary, publish_marts
from zenhire_sync.report import ReportSummary, write_report
from zenhire_sync.step_record import read_records
from zenhire_sync.steps import Steps
from zenhire_sync.sync.outcome import SyncOutcome
from zenhire_sync.sync.pace import DetailTime
from zenhire_sync.sync.step import sync_sessions

# Details that take longer than this do not keep the marts waiting: credits need none of them.
LONGEST_WAIT = timedelta(minutes=10)
# The steps after the sync take as long as they did when they last ended well, and half as much again.
_SAFETY = 1.5
_SHORTEST_END = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class NightResult:
    """What the four steps did, in their order."""

    sync: SyncOutcome
    build: BuildSummary
    publish: PublishSummary
    report: ReportSummary


@dataclass(frozen=True, slots=True)
class TimedNight:
    """One run: the steps, and how much time there is for them. ``ends`` is of ``time.monotonic``."""

    config: Config
    as_of: datetime
    progress: Progress
    steps: Steps
    ends: float = inf

    def sync(self, *, longest: float = inf, run_id: str | None = None) -> SyncOutcome:
        """Asks for details as long as the steps after it can still be done in time."""
        limit = DetailTime(self.ends - self._end_seconds(), longest)
        with self.steps.step("sync") as step:
            done = sync_sessions(
                self.config.settings,
                self.config.keys(),
                as_of=self.as_of,
                progress=self.progress,
                time=limit,
                run_id=run_id,
                tell=step.counts.update,
            )
            step.tell(done.counts(), done.outcome)
        return done

    def marts(self) -> tuple[BuildSummary, PublishSummary, ReportSummary]:
        """The three steps that need no API."""
        settings, progress = self.config.settings, self.progress
        with self.steps.step("build") as step:
            built = build_marts(settings, self.config.profile, self.as_of, progress)
            step.tell(built.counts())
        with self.steps.step("publish") as step:
            published = publish_marts(settings, now=datetime.now(UTC), progress=progress)
            step.tell(published.counts())
        with self.steps.step("report") as step:
            report = write_report(settings, now=datetime.now(UTC), progress=progress)
            step.tell(report.counts())
        return built, published, report

    def has_time_for_details(self) -> bool:
        """Whether a second sync could ask for any."""
        return time.monotonic() < self.ends - self._end_seconds()

    def _end_seconds(self) -> float:
        """How long the steps after the sync are expected to take."""
        took = [
            record.good_seconds or 0.0
            for record in read_records(self.config.settings.state_dir)
            if record.step in {"build", "publish", "report"}
        ]
        return max(_SHORTEST_END.total_seconds(), _SAFETY * sum(took))


def run_night(
    config: Config,
    *,
    as_of: datetime,
    progress: Progress,
    run_id: str | None = None,
    steps: Steps | None = None,
    within: timedelta | None = None,
) -> NightResult:
    """Does the four steps. A step that fails stops those after it; what is published stays until then.

    Where details would take longer than ``LONGEST_WAIT``, the marts are published without them first, and
    again once they are there, or once ``within`` (from now) is all but up: what is left is asked for by the
    next run.
    """
    ends = inf if within is None else time.monotonic() + within.total_seconds()
    night = TimedNight(config, as_of, progress, steps or Steps(), ends)
    synced = night.sync(longest=LONGEST_WAIT.total_seconds(), run_id=run_id)
    marts = night.marts()
    if synced.details_postponed and night.has_time_for_details():
        synced = synced.followed_by(night.sync())
        marts = night.marts()
    return NightResult(synced, *marts)
