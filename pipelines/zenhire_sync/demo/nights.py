"""Lives through the nights: the clock moves a day, the same job runs again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from zenhire_sync.config import Config
from zenhire_sync.demo.news import Look, News, Seen, look, news
from zenhire_sync.demo.story import NIGHTS, Story, night
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.progress import Progress
from zenhire_sync.run import NightResult, run_night
from zenhire_sync.simulator import SimulatorServer
from zenhire_sync.sync.outcome import SyncOutcome
from zenhire_sync.sync.step import sync_sessions


@dataclass(frozen=True, slots=True)
class DemoNight:
    """One night. ``run`` is there on nights that did all four steps; ``news`` from the second night on.

    ``followed`` is the session that is invited again on the second night.
    """

    number: int
    as_of: datetime
    seconds: float
    sync: SyncOutcome
    run: NightResult | None
    news: News | None
    followed: tuple[str, Seen]


def live_through(
    config: Config, server: SimulatorServer, story: Story, progress: Progress
) -> Iterator[DemoNight]:
    """Each night once it is over. The first and the last do all four steps, those between only sync."""
    before: Look = {}
    for number in range(1, NIGHTS + 1):
        started = time.monotonic()
        as_of = server.now = night(number, story.last_night)
        run = None
        # The seed of a night's sample: so that each demo asks for the same sessions.
        run_id = f"night-{number}"
        if number in {1, NIGHTS}:
            run = run_night(config, as_of=as_of, progress=progress, run_id=run_id)
            synced = run.sync
        else:
            keys = config.keys()
            synced = sync_sessions(config.settings, keys, as_of=as_of, progress=progress, run_id=run_id)
        after = look(warehouse_of(config.settings))
        told = news(before, after, night(number - 1, story.last_night)) if before else None
        followed = (story.reinvited_id, after[story.reinvited_id])
        yield DemoNight(number, as_of, time.monotonic() - started, synced, run, told, followed)
        before = after
