"""``zenhire-sync backup``: the warehouse in one file, while everything else goes on."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from zenhire_sync.cli.options import Json, LogFormat, Profile
from zenhire_sync.cli.perform import Call, Context, Result, perform


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes.", show_default=False)],
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
) -> None:
    """Copy the warehouse into a file, whole and looked through, while runs and readers go on."""

    def work(context: Context) -> Result:
        from zenhire_sync.engines.open import warehouse_of

        done = warehouse_of(context.config.settings).back_up(file, replace=force)
        lines = [
            f"backup: {done.path} ({done.bytes / 1e6:.1f} MB, {done.sessions:,} sessions)",
            "  holds      what the warehouse held, people included; keep it as you keep the warehouse",
            '  restore    docs/runbook.md, "Backup and restore"',
        ]
        return Result({"backup": asdict(done)}, "\n".join(lines))

    perform(Call("backup", profile, json, log_format, needs_lock=False), work)
