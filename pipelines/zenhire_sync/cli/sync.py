"""``zenhire-sync sync`` and ``reconcile``: the steps that ask the API."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from zenhire_sync.cli.next_requests import bill_of_next
from zenhire_sync.cli.options import AsOf, Json, LogFormat, Profile, SummaryFile, Within
from zenhire_sync.cli.perform import Call, Context, Result, exit_code_of, parse_moment, parse_within, perform
from zenhire_sync.errors import ConfigurationError

if TYPE_CHECKING:
    from zenhire_sync.plan.detail_plan import Bounds
    from zenhire_sync.sync.pace import DetailTime

Details = Annotated[
    bool, typer.Option("--details/--no-details", help="Ask for session details, or leave them due.")
]
Since = Annotated[
    str | None, typer.Option(metavar="ISO", help="Backfill sessions created from then on only.")
]
Until = Annotated[str | None, typer.Option(metavar="ISO", help="Backfill sessions created before then only.")]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Read the list, show the requests that would follow, keep nothing."),
]


def sync(
    *,
    profile: Profile = None,
    as_of: AsOf = None,
    json: Json = False,
    log_format: LogFormat = "text",
    summary: SummaryFile = None,
    within: Within = None,
    details: Details = True,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
) -> None:
    """Bring new and changed sessions into the raw tables."""

    def work(context: Context) -> Result:
        from zenhire_sync.cli import summaries
        from zenhire_sync.sync.step import sync_sessions

        settings, keys, bounds = context.config.settings, context.config.keys(), _bounds(since, until)
        with context.steps.step("sync") as step:
            done = sync_sessions(
                settings,
                keys,
                as_of=context.as_of,
                progress=context.progress,
                with_details=details,
                bounds=bounds,
                time=_time(within),
                run_id=context.run_id,
                tell=step.counts.update,
            )
            step.tell(done.counts(), done.outcome)
        heading = f"sync {done.run_id}: {done.outcome}"
        shown = summaries.text(heading, summaries.sync_lines(done))
        return Result({"sync": summaries.sync_facts(done)}, shown, exit_code_of(done.outcome, context))

    def bill(context: Context) -> Result:
        asked = {"--within": within, "--since": since, "--until": until, "--no-details": not details}
        for name in (name for name, value in asked.items() if value):
            raise ConfigurationError(f"--dry-run is the bill of a sync as it is scheduled: leave out {name}")
        return bill_of_next(context)

    perform(Call("sync", profile, json, log_format, as_of, summary=summary), bill if dry_run else work)


def reconcile(
    *,
    profile: Profile = None,
    as_of: AsOf = None,
    json: Json = False,
    log_format: LogFormat = "text",
    summary: SummaryFile = None,
) -> None:
    """Read the whole list, mark vanished sessions as deleted, repair what differs. Meant monthly."""

    def work(context: Context) -> Result:
        from zenhire_sync.cli import summaries
        from zenhire_sync.sync.step import reconcile_sessions

        settings, keys = context.config.settings, context.config.keys()
        with context.steps.step("reconcile") as step:
            done = reconcile_sessions(
                settings,
                keys,
                as_of=context.as_of,
                progress=context.progress,
                run_id=context.run_id,
                tell=step.counts.update,
            )
            step.tell(done.counts(), done.outcome)
        heading = f"reconcile {done.run_id}: {done.outcome}, {done.changed_sessions:,} rows repaired"
        shown = summaries.text(heading, summaries.sync_lines(done))
        return Result({"reconcile": summaries.sync_facts(done)}, shown, exit_code_of(done.outcome, context))

    perform(Call("reconcile", profile, json, log_format, as_of, summary=summary), work)


def _bounds(since: str | None, until: str | None) -> Bounds:
    """Of a backfill. Raises ConfigurationError for what is no moment, and for an end before the beginning."""
    from zenhire_sync.plan.detail_plan import Bounds

    bounds = Bounds(
        None if since is None else parse_moment(since, "--since"),
        None if until is None else parse_moment(until, "--until"),
    )
    if bounds.since and bounds.until and bounds.since >= bounds.until:
        raise ConfigurationError(f"--since is not before --until: {since!r}, {until!r}")
    return bounds


def _time(within: str | None) -> DetailTime:
    from zenhire_sync.sync.pace import DetailTime

    limit = parse_within(within)
    return DetailTime() if limit is None else DetailTime(monotonic() + limit.total_seconds())
