"""``zenhire-sync build``, ``publish`` and ``report``: the steps that need no API."""

from __future__ import annotations

from typing import Annotated

import typer

from zenhire_sync.cli.options import AsOf, Json, LogFormat, Profile, SummaryFile
from zenhire_sync.cli.perform import Call, Context, Result, perform


def build(
    *,
    profile: Profile = None,
    as_of: AsOf = None,
    json: Json = False,
    log_format: LogFormat = "text",
    summary: SummaryFile = None,
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

    perform(Call("build", profile, json, log_format, as_of, summary=summary), work)


def publish(
    *,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
    summary: SummaryFile = None,
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

    perform(Call("publish", profile, json, log_format, summary=summary), work)


def report(
    *,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
    summary: SummaryFile = None,
) -> None:
    """Write published/report.html from the published marts."""

    def work(context: Context) -> Result:
        from zenhire_sync.cli import summaries
        from zenhire_sync.report import write_report

        with context.steps.step("report") as step:
            done = write_report(context.config.settings, now=context.as_of, progress=context.progress)
            step.tell(done.counts())
        shown = summaries.text("report", summaries.report_lines(done))
        return Result({"report": summaries.report_facts(done)}, shown)

    perform(Call("report", profile, json, log_format, summary=summary), work)
