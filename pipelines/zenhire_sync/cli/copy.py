"""``zenhire-sync copy``: the raw tables of one profile into the empty warehouse of another."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from zenhire_sync.cli.options import Json, LogFormat, Profile
from zenhire_sync.cli.perform import Call, Context, Result, perform


def copy(
    *,
    to: Annotated[str, typer.Option("--to", metavar="PROFILE", help="The profile to copy into.")],
    profile: Profile = None,
    json: Json = False,
    log_format: LogFormat = "text",
) -> None:
    """Carry the raw tables, with their history, into another profile's empty warehouse."""

    def work(context: Context) -> Result:
        from zenhire_sync.config import load_config
        from zenhire_sync.engines.open import warehouse_of
        from zenhire_sync.errors import ConfigurationError
        from zenhire_sync.warehouse.raw_copy import copy_raw, require_unused

        settings = load_config(os.environ, profile).settings
        if settings.home == context.config.settings.home:
            raise ConfigurationError(f"--profile and --to are the same place: {warehouse_of(settings).place}")
        target = warehouse_of(context.config.settings)
        with target.loading() as loader, warehouse_of(settings).reading() as reader:
            require_unused(loader, target.place)
            rows = copy_raw(reader, loader, settings.state_dir / "spool" / "copy")
        lines = [
            f"copy: {sum(rows.values()):,} rows of {len(rows)} tables into {target.place}",
            f"  sessions   {rows['sessions']:,}",
            f"  next       zenhire-sync run --profile {to}",
        ]
        return Result({"copy": {"rows_by_table": rows, "place": target.place}}, "\n".join(lines))

    perform(Call("copy", to, json, log_format), work)
