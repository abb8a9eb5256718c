"""zenhire-sync: the commands. Each is a few lines around the step it runs."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from zenhire_sync.cli.alert import alert
from zenhire_sync.cli.backup import backup
from zenhire_sync.cli.check import check
from zenhire_sync.cli.close_and_reopen import close, reopen
from zenhire_sync.cli.command_line import run_command_line
from zenhire_sync.cli.compact import compact
from zenhire_sync.cli.company_folder import company
from zenhire_sync.cli.copy import copy
from zenhire_sync.cli.demo import demo
from zenhire_sync.cli.erase import erase
from zenhire_sync.cli.explain_figure import explain
from zenhire_sync.cli.mart_steps import build, publish, report
from zenhire_sync.cli.next_requests import plan
from zenhire_sync.cli.simulate import simulate
from zenhire_sync.cli.sql import sql
from zenhire_sync.cli.status import status
from zenhire_sync.cli.sync import reconcile, sync
from zenhire_sync.cli.whole_night import run

app = typer.Typer(
    name="zenhire-sync",
    help="Brings ZenHire interview sessions into a warehouse and builds marts of credit usage and feedback.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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


app.command()(run)
app.command()(sync)
app.command()(reconcile)
app.command()(build)
app.command()(publish)
app.command()(report)
app.command()(simulate)
app.command()(demo)
app.command()(status)
app.command()(check)
app.command()(plan)
app.command()(alert)
app.command()(sql)
app.command()(explain)
app.command()(close)
app.command()(reopen)
app.command()(company)
app.command()(backup)
app.command()(copy)
app.command()(compact)
app.command()(erase)


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run_command_line(app, sys.argv[1:]))
