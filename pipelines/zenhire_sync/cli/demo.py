"""``zenhire-sync demo``: four nights of a simulated company, on the screen."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zenhire_sync.cli.options import Json, LogFormat
from zenhire_sync.cli.perform import Call, Context, Result, parse_moment, perform
from zenhire_sync.cli.wrapping import fitted

if TYPE_CHECKING:
    from zenhire_sync.config import Config
    from zenhire_sync.demo.nights import DemoNight
    from zenhire_sync.settings import Settings

NEWEST = 8
_NO_LIMIT = 1_000_000


Until = Annotated[
    str | None,
    typer.Option(
        metavar="ISO",
        help="When the last of the nights is (default: this moment); the same time, the same demo.",
    ),
]


def demo(*, until: Until = None, json: Json = False, log_format: LogFormat = "text") -> None:
    """Show the main job on a simulated company: four nights, no key, under a minute."""

    def work(context: Context) -> Result:
        from zenhire_sync.demo.folder import demo_folder
        from zenhire_sync.demo.nights import live_through
        from zenhire_sync.demo.story import tell_story, write_company
        from zenhire_sync.progress import Silent
        from zenhire_sync.simulator import SimulatorServer

        # The nights tell what matters; warnings still show.
        logging.getLogger("zenhire_sync").setLevel(logging.WARNING)
        story = tell_story(context.as_of if until is None else parse_moment(until, "--until"))
        nights = []
        with (
            demo_folder(context.config.settings.data_dir) as folder,
            SimulatorServer(
                story.company, now=story.company.spec.start, rate_limit_per_minute=_NO_LIMIT
            ) as server,
        ):
            config = _config(folder, server.base_url, context.config.settings)
            write_company(config.settings.company_path, story)
            tell = _silent if json else _teller(folder, server.base_url)
            for night in live_through(config, server, story, Silent()):
                nights.append(night)
                tell(night)
        return _result(config.settings, nights)

    # The demo keeps to the default profile: it must not write where real data goes.
    perform(Call("demo", "duckdb", json, log_format, needs_lock=False), work)


def _config(folder: Path, base_url: str, settings: Settings) -> Config:
    """The user's own settings only where they are about reading: the rest is for the real API."""
    from zenhire_sync.config import Config
    from zenhire_sync.settings import Profile, Settings
    from zenhire_sync.simulator import DEFAULT_KEY

    own = Settings(
        base_url=base_url,
        data_dir=folder,
        rate_limit_per_minute=_NO_LIMIT,
        reporting_time_zone=settings.reporting_time_zone,
        memory_limit=settings.memory_limit,
    )
    profile = Profile(name="demo", description="A simulated company")
    return Config(own, profile, {"ZENHIRE_API_KEY": DEFAULT_KEY})


def _silent(night: DemoNight) -> None:
    """The JSON object at the end says it all."""


def _teller(folder: Path, base_url: str) -> Callable[[DemoNight], None]:
    from zenhire_sync.demo.screen import night_lines, screen

    console = screen()
    console.print(
        f"a simulated company at {base_url}; everything is written to {folder}\n"
        "four nights; the first reads all of its history and takes about half of the time",
        soft_wrap=True,
    )

    def tell(night: DemoNight) -> None:
        console.print(fitted("\n".join(night_lines(night)), sys.stdout), soft_wrap=True, markup=False)

    return tell


def _result(settings: Settings, nights: list[DemoNight]) -> Result:
    from zenhire_sync.demo.mart_rows import credit_rows, newest_negative_rows
    from zenhire_sync.demo.screen import credits_table, negative_table, screen
    from zenhire_sync.engines.open import warehouse_of

    with warehouse_of(settings).published() as published:
        credit, negative = credit_rows(published), newest_negative_rows(published, NEWEST)
    facts = {
        "nights": [_facts(night) for night in nights],
        "credits_by_month": [asdict(row) for row in credit],
        "newest_negative_feedback": [asdict(row) for row in negative],
        "published": settings.published_path,
        "report": settings.report_path,
    }
    console = screen()
    with console.capture() as shown:
        console.print("", credits_table(credit), "", negative_table(negative), sep="\n")
    paths = (
        "open next:",
        f"  {settings.report_path}    in a browser",
        f"  {settings.published_path}    with DuckDB, read-only; queries are in the README",
    )
    tables = "\n".join(line.rstrip() for line in shown.get().splitlines())
    return Result(facts, "\n".join((tables, "", *paths)), keeps_lines=True)


def _facts(night: DemoNight) -> dict[str, Any]:
    from zenhire_sync.cli.summaries import sync_facts

    news = night.news
    late = {} if news is None else news.late_surveys
    return {
        "as_of": night.as_of,
        "sync": sync_facts(night.sync),
        "late_surveys": {session_id: _days(delay) for session_id, delay in late.items()},
        "came_alive_again": [] if news is None else [asdict(revival) for revival in news.revivals],
    }


def _days(delay: timedelta) -> float:
    return round(delay / timedelta(days=1), 2)
