"""``zenhire-sync check``: one line a test, with what to do."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from zenhire_sync.cli.options import Json, LogFormat, Profile
from zenhire_sync.cli.perform import Call, Context, Result, perform

if TYPE_CHECKING:
    from zenhire_sync.check import Finding, Report

_NAME_WIDTH = 15
_SHOWN = {"ok": "ok", "warning": "warning", "failed": "FAILED"}


def check(
    *,
    grant_reader: Annotated[
        bool,
        typer.Option("--grant-reader", help="Print the SQL of a role that may only read the marts, no more."),
    ] = False,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
) -> None:
    """Test settings, keys, API, paging, disk and warehouse; say what to do. Exit 2: a setting or key."""

    def work(context: Context) -> Result:
        if grant_reader:
            from zenhire_sync.engines.open import warehouse_of

            sql = warehouse_of(context.config.settings).reader_grants()
            return Result({"sql": sql}, sql, keeps_lines=True)
        from zenhire_sync.check import check_everything

        report = check_everything(context.config)
        facts = {"requests": report.requests, "tests": [asdict(finding) for finding in report.findings]}
        return Result({"check": facts}, "\n".join(_lines(report)), report.exit_code)

    perform(Call("check", profile, json, log_format, needs_lock=False), work)


def _lines(report: Report) -> list[str]:
    failures = sum(finding.verdict == "failed" for finding in report.findings)
    warnings = sum(finding.verdict == "warning" for finding in report.findings)
    heading = f"check: {failures} failed, {warnings} warnings, {report.requests} requests"
    return [heading, *(_line(finding) for finding in report.findings)]


def _line(finding: Finding) -> str:
    advice = f" -> {finding.advice}" if finding.advice else ""
    return f"  {_SHOWN[finding.verdict]:<7} {finding.name:<{_NAME_WIDTH}} {finding.found}{advice}"
