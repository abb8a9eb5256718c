"""The whole story: sessions in, trusted marts out. What is scheduled each night.

Data flow: API -> zenhire_raw -> zenhire_marts -> published/zenhire.duckdb -> report.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from zenhire_sync.config import Config
from zenhire_sync.marts import BuildSummary, build_marts
from zenhire_sync.progress import Progress
from zenhire_sync.publish import PublishSummary, publish_marts
from zenhire_sync.report import ReportSummary, write_report
from zenhire_sync.steps import Steps
from zenhire_sync.sync.outcome import SyncOutcome
from zenhire_sync.sync.step import sync_sessions


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What the four steps did, in their order."""

    sync: SyncOutcome
    build: BuildSummary
    publish: PublishSummary
    report: ReportSummary


def run_night(
    config: Config,
    *,
    as_of: datetime,
    progress: Progress,
    run_id: str | None = None,
    steps: Steps | None = None,
) -> RunSummary:
    """Does the four steps. A step that fails stops those after it; what is published stays until then."""
    settings, steps = config.settings, steps or Steps()
    with steps.step("sync") as step:
        synced = sync_sessions(
            settings, config.keys(), as_of=as_of, progress=progress, run_id=run_id, tell=step.counts.update
        )
        step.tell(synced.counts(), synced.outcome)
    with steps.step("build") as step:
        built = build_marts(settings, config.profile, as_of, progress)
        step.tell(built.counts())
    with steps.step("publish") as step:
        published = publish_marts(settings, now=datetime.now(UTC), progress=progress)
        step.tell(published.counts())
    with steps.step("report") as step:
        report = write_report(settings, now=datetime.now(UTC), progress=progress)
        step.tell(report.counts())
    return RunSummary(synced, built, published, report)
