"""zenhire-sync: the commands. Each is a few lines around the step it runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from zenhire_sync.cli.backup import backup
from zenhire_sync.cli.check import check
from zenhire_sync.cli.command_line import run_command_line
from zenhire_sync.cli.compact import compact
from zenhire_sync.cli.company_folder import company
from zenhire_sync.cli.copy import copy
from zenhire_sync.cli.demo import demo
from zenhire_sync.cli.erase import erase
from zenhire_sync.cli.options import AsOf, Json, LogFormat, Profile
from zenhire_sync.cli.perform import Call, Context, Result, parse_moment, perform
from zenhire_sync.cli.simulate import simulate
from zenhire_sync.cli.sql import sql
from zenhire_sync.cli.status import status
from zenhire_sync.errors import EXIT_DONE, ConfigurationError

if TYPE_CHECKING:
    from zenhire_sync.plan.detail_plan import Bounds

app = typer.Typer(
    name="zenhire-sync",
    help="Brings ZenHire interview sessions into a warehouse and builds marts of credit usage and feedback.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def run(
    *, profile: Profile = None, as_of: AsOf = None, json: Json = False, log_format: LogFormat = "text"
) -> None:
    """Do all four steps: sync, build, publish, report. This is what is scheduled."""

    def work(context: Context) -> Result:
        from zenhire_sync.cli import summaries
        from zenhire_sync.run import run_night

        done = run_night(
            context.config,
            as_of=context.as_of,
            progress=context.progress,
            run_id=context.run_id,
            steps=context.steps,
        )
        facts = {
            "sync": summaries.sync_facts(done.sync),
            "build": summaries.build_facts(done.build),
            "publish": summaries.publish_facts(done.publish),
            "report": summaries.report_facts(done.report),
        }
        shown = summaries.text(
            f"run {done.sync.run_id}: {done.sync.outcome}",
            summaries.sync_lines(done.sync),
            summaries.build_lines(done.build),
            summaries.publish_lines(done.publish),
            summaries.report_lines(done.report),
        )
        return Result(facts, shown, _exit_code(done.sync.outcome, context))

    perform(Call("run", profile, json, log_format, as_of), work)


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


@app.command()
def sync(
    *,
    profile: Profile = None,
    as_of: AsOf = None,
    json: Json = False,
    log_format: LogFormat = "text",
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
                run_id=context.run_id,
                tell=step.counts.update,
            )
            step.tell(done.counts(), done.outcome)
        heading = f"sync {done.run_id}: {done.outcome}"
        shown = summaries.text(heading, summaries.sync_lines(done))
        return Result({"sync": summaries.sync_facts(done)}, shown, _exit_code(done.outcome, context))

    def estimate(context: Context) -> Result:
        from zenhire_sync.cli import summaries
        from zenhire_sync.sync.dry_run import estimate_bill

        settings, keys = context.config.settings, context.config.keys()
        bill = estimate_bill(settings, keys, as_of=context.as_of, progress=context.progress)
        shown = summaries.text("dry run", summaries.bill_lines(bill))
        return Result({"bill": summaries.bill_facts(bill)}, shown)

    perform(Call("sync", profile, json, log_format, as_of), estimate if dry_run else work)


@app.command()
def reconcile(
    *, profile: Profile = None, as_of: AsOf = None, json: Json = False, log_format: LogFormat = "text"
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
        return Result({"reconcile": summaries.sync_facts(done)}, shown, _exit_code(done.outcome, context))

    perform(Call("reconcile", profile, json, log_format, as_of), work)


@app.command()
def build(
    *, profile: Profile = None, as_of: AsOf = None, json: Json = False, log_format: LogFormat = "text"
) -> None:
    """Build and test the marts from the raw tables."""

    def work(context: Context) -> Result:
        from zenhire_sync.cli import summaries
        from zenhire_sync.marts import build_marts

        with context.steps.step("build") as step:
            done = build_marts(
                context.config.settings, context.config.profile, context.as_of, context.progress
            )
            step.tell(done.counts())
        shown = summaries.text("build", summaries.build_lines(done))
        return Result({"build": summaries.build_facts(done)}, shown)

    perform(Call("build", profile, json, log_format, as_of), work)


@app.command()
def publish(
    *,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
    as_built: Annotated[
        bool, typer.Option("--as-built", help="Publish marts that are older than the last good sync, too.")
    ] = False,
) -> None:
    """Audit the marts and swap them in as published/zenhire.duckdb."""

    def work(context: Context) -> Result:
        from zenhire_sync.cli import summaries
        from zenhire_sync.publish import publish_marts

        with context.steps.step("publish") as step:
            done = publish_marts(
                context.config.settings, now=context.as_of, as_built=as_built, progress=context.progress
            )
            step.tell(done.counts())
        left = summaries.older_report_lines(context.config.settings.report_path)
        shown = summaries.text("publish", summaries.publish_lines(done), left)
        return Result({"publish": summaries.publish_facts(done), "is_report_older": bool(left)}, shown)

    perform(Call("publish", profile, json, log_format), work)


@app.command()
def report(*, profile: Profile = None, json: Json = False, log_format: LogFormat = "text") -> None:
    """Write published/report.html from the published marts."""

    def work(context: Context) -> Result:
        from zenhire_sync.cli import summaries
        from zenhire_sync.report import write_report

        with context.steps.step("report") as step:
            done = write_report(context.config.settings, now=context.as_of, progress=context.progress)
            step.tell(done.counts())
        shown = summaries.text("report", summaries.report_lines(done))
        return Result({"report": summaries.report_facts(done)}, shown)

    perform(Call("report", profile, json, log_format), work)


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


def _exit_code(outcome: str, context: Context) -> int:
    """Of a run that ended well. Most schedulers take whatever is not 0 for a failure, and start it again."""
    return int(context.config.settings.set_aside_exit) if outcome == "set_aside" else EXIT_DONE


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"zenhire-sync {version('zenhire-sync')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    pass


app.command()(simulate)
app.command()(demo)
app.command()(status)
app.command()(check)
app.command()(sql)
app.command()(company)
app.command()(backup)
app.command()(copy)
app.command()(compact)
app.command()(erase)


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run_command_line(app, sys.argv[1:]))
