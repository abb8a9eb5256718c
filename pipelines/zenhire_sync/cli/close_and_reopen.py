"""``zenhire-sync close`` and ``reopen``: the totals that finance signed stay as they are."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from zenhire_sync.cli.options import Json, LogFormat, Profile
from zenhire_sync.cli.perform import Call, Context, Result, perform

Month = Annotated[str, typer.Argument(help="Such as 2026-02.", show_default=False)]
Note = Annotated[str | None, typer.Option(metavar="TEXT", help="Why, or who signed; kept beside it.")]

_NEXT = "  next       `zenhire-sync build` and `zenhire-sync publish` show it in credit_close"


def close(
    month: Month,
    *,
    note: Note = None,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
) -> None:
    """Close a month: later changes of it become adjustments of the open one (credit_close)."""

    def work(context: Context) -> Result:
        from zenhire_sync.month_close import close_month

        settings, now = context.config.settings, datetime.now(UTC)
        signed = close_month(settings, month, note=note, now=now, run_id=context.run_id)
        adjusted = (
            f", {signed.adjustment_credits:+,} of them for earlier months"
            if signed.adjustment_credits
            else ""
        )
        lines = [
            f"close: {signed.month} is closed with {signed.credits + signed.adjustment_credits:,} credits"
            f"{adjusted} ({signed.interviews:,} interviews, projects: {signed.projects:,})",
            _NEXT,
        ]
        return Result({"close": asdict(signed)}, "\n".join(lines))

    perform(Call("close", profile, json, log_format), work)


def reopen(
    month: Month,
    *,
    note: Note = None,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
) -> None:
    """Open a closed month again; that it was closed, and with what, stays on record."""

    def work(context: Context) -> Result:
        from zenhire_sync.month_close import reopen_month

        settings, now = context.config.settings, datetime.now(UTC)
        reopen_month(settings, month, note=note, now=now, run_id=context.run_id)
        lines = [
            f"reopen: {month} is open again; zenhire_raw.closed_months keeps what was signed",
            _NEXT,
        ]
        return Result({"reopen": {"month": month}}, "\n".join(lines))

    perform(Call("reopen", profile, json, log_format), work)
