"""One whole reading of a list in a dialect of its own, without a warehouse: thousands of them in minutes.

``python -m tests.lives.readings 1-1000`` names the seeds in which a row was lost, or that were refused.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from pydantic import SecretStr

from tests.lives.life import LENGTHS, START, settings_for
from zenhire_sync.api.client import ApiClient
from zenhire_sync.api.ledger import RequestLedger
from zenhire_sync.api.paging import SessionList
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.errors import ZenhireError
from zenhire_sync.progress import Silent
from zenhire_sync.settings import Settings
from zenhire_sync.simulator import (
    DEFAULT,
    DEFAULT_KEY,
    Arrivals,
    Company,
    CompanySpec,
    Fault,
    FaultPlan,
    SimulatedDialect,
    compose,
)
from zenhire_sync.simulator import SimulatorServer as Server
from zenhire_sync.sync.list_reader import ListReader

KEY = ApiKey(name="default", value=SecretStr(DEFAULT_KEY))
# What costs a reader no row, however often it comes. (A row that is left out may be left out at each look.)
FAULTS = (Fault("row_twice", "sessions", first=4, every=3, times=None),)
BULKS = (1, 10, 12, 20, 25, 50, 61, 64, 100)


@dataclass(frozen=True)
class Reading:
    """What came of a reading. ``lost`` rows are missing although it ended well; ``refusal`` is its error."""

    seed: int
    dialect: SimulatedDialect
    sessions: int
    said: str
    lost: int
    requests: int
    refusal: str | None

    @property
    def is_refused(self) -> bool:
        """Whether a fair client would have read it."""
        if self.refusal is None:
            return False
        return self.dialect.is_readable or self.refusal.startswith("DEFECT")

    def __str__(self) -> str:
        end = f"refused: {self.refusal}" if self.refusal else f"{self.lost} of {self.sessions} lost"
        opaque = f"; opaque: {', '.join(self.dialect.opaque)}" if self.dialect.opaque else ""
        return (
            f"reading {self.seed}: {end} after {self.requests} requests\n  {self.sessions} sessions; "
            f"{', '.join(self.dialect.traits)}{opaque}\n  {self.said}"
        )


@contextmanager
def companies() -> Iterator[Server]:
    """A server whose company is replaced for each reading."""
    with Server(_company(0), now=START + timedelta(days=60), rate_limit_per_minute=10**9) as server:
        yield server


def read(server: Server, seed: int) -> Reading:
    """The reading of a seed."""
    rng = Random(f"reading {seed}")
    dialect, sessions = compose(f"reading {seed}"), rng.choice(LENGTHS)
    company = _company(sessions)
    server.simulator.company = company
    moves = rng.random() < 0.3
    arrivals = Arrivals(
        company,
        lambda: server.now,
        every=rng.choice((0, 1, 3)) if moves else 0,
        bulk={rng.choice((2, 3, 4)): rng.choice(BULKS)} if moves and rng.random() < 0.7 else {},
    )
    server.behaviour = replace(dialect.behaviour, on_request=arrivals)
    accidents = Random(f"accidents of reading {seed}")
    server.faults = FaultPlan(FAULTS if accidents.random() < 0.4 else (), seed=seed)
    server.log.clear()
    before = set(company.at(server.now).ids())
    said = settings_for(rng, dialect)
    settings = Settings(
        base_url=server.base_url,
        data_dir=Path("unused"),
        rate_limit_per_minute=1_000_000,
        retry_base_seconds=0.001,
        **said,
    )
    first = read_list(settings)
    seen, refusal = first.seen, first.error
    if refusal is None and before <= seen:
        before = _next_night(server, company, rng)
        told_later = read_list(settings, first.dialect)
        seen, refusal = told_later.seen, told_later.error
    moved = f"every {arrivals.every}, bulk {dict(arrivals.bulk)}"
    told = f"settings {said}; arrivals {moved if moves else 'none'}"
    server.behaviour = DEFAULT
    lost = 0 if refusal else len(before - seen)
    return Reading(seed, dialect, sessions, told, lost, server.log.count("list"), refusal)


def _next_night(server: Server, company: Company, rng: Random) -> set[str]:
    """The company grows, the server may have a new page length; the ids to be read the next night."""
    for number in range(rng.choice((0, 0, 1, 2, *BULKS))):
        company.add_session(server.now - timedelta(seconds=number))
    if rng.random() < 0.3:
        length = rng.choice((12, 30, 61, 99, 100))
        behaviour = server.behaviour
        server.behaviour = replace(
            behaviour,
            largest_page=min(length, behaviour.largest_page),
            default_page_size=min(behaviour.default_page_size, length),
        )
    return set(company.at(server.now).ids())


@dataclass(frozen=True)
class Read:
    """Ids of a whole reading, the message of the error that ended it, and the way of paging it found."""

    seen: set[str]
    error: str | None
    dialect: Any = None


def read_list(settings: Settings, remembered: Any = None) -> Read:
    """Reads the list as a first sync does, or with what an earlier reading remembered."""
    return asyncio.run(_read(settings, remembered))


async def _read(settings: Settings, remembered: Any) -> Read:
    seen: set[str] = set()
    async with ApiClient(settings, KEY, RequestLedger()) as client:
        sessions = SessionList(client, settings, remembered, is_proven=remembered is None)
        try:
            async for window in ListReader(sessions, settings, None, Silent()).windows():
                # what is set aside came, too
                aside = [rejected.session_id for rejected in window.rejected if rejected.session_id]
                seen.update(session_id.lower() for session_id in (*window.ids, *aside))
        except ZenhireError as error:
            return Read(seen, str(error))
        except Exception as error:
            return Read(seen, f"DEFECT {error!r}")
    return Read(seen, None, sessions.dialect)


def _company(sessions: int) -> Company:
    spec = CompanySpec(
        seed=sessions, sessions=sessions, days=30, start=START, sessions_deleted_share=0, personas_deleted=0
    )
    return Company(spec)


def main(seeds: Iterable[int]) -> int:
    """Prints what went wrong; exit 1 when a row was lost."""
    logging.disable(logging.WARNING)
    ends: Counter[str] = Counter()
    with companies() as server:
        for seed in seeds:
            reading = read(server, seed)
            end = "lost" if reading.lost else "refused" if reading.is_refused else "opaque, refused"
            end = end if reading.lost or reading.refusal else "read"
            ends[end] += 1
            if reading.lost or reading.is_refused:
                sys.stdout.write(f"{reading}\n")
    sys.stdout.write(f"{dict(ends)}\n")
    return 1 if ends["lost"] else 0


if __name__ == "__main__":
    first, _, last = sys.argv[1].partition("-")
    sys.exit(main(range(int(first), int(last or first) + 1)))
