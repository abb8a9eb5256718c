"""Lives through a life: nights pass, accidents befall them, and each run is judged. Tells its story."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event as Signal
from typing import Any

from pydantic import SecretStr

from tests.lives import events
from tests.lives.children import Children, Order, perform
from tests.lives.judge import Raw, Truth, WrongError, judge_always, judge_at_rest, judge_good_end
from tests.lives.life import START, Life, Night
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.config import load_config
from zenhire_sync.marts import build_marts
from zenhire_sync.settings import Settings
from zenhire_sync.simulator import (
    DEFAULT_KEY,
    NO_FAULTS,
    NO_PROJECT,
    Arrivals,
    Company,
    FaultPlan,
    RequestRecord,
    SimulatorServer,
)

UNLIMITED = 1_000_000
GOOD = (0, 3)


class RefusedError(WrongError):
    """A run ended with an error that nothing in its life explains; no row was lost."""


@dataclass
class Story:
    """What happened, line by line."""

    lines: list[str] = field(default_factory=list)
    runs: int = 0
    good_runs: int = 0

    def tell(self, line: str) -> None:
        """One more line."""
        self.lines.append(line)


@dataclass
class Lived:
    """A life under way."""

    life: Life
    sim: SimulatorServer
    settings: Settings
    children: Children
    story: Story
    # a backup of the warehouse
    backup: Path | None = None
    message: str = ""

    @property
    def company(self) -> Company:
        """The truth."""
        return self.sim.company

    def key_values(self) -> dict[str, str | None]:
        """All keys and what each sees."""
        if not self.life.keys:
            return {DEFAULT_KEY: None}
        projects = (*self.company.project_ids, NO_PROJECT)
        return {f"zh_api_key_of_project_{n}": project for n, project in enumerate(projects)}

    def keys(self) -> tuple[ApiKey, ...]:
        """The same, as settings have them."""
        return tuple(ApiKey(name=f"k{n}", value=SecretStr(v)) for n, v in enumerate(self.key_values()))


def live(life: Life, folder: Path, children: Children, story: Story) -> None:
    """The whole life. Raises WrongError for what is wrong, RefusedError for what need not have failed."""
    _introduce(life, story)
    company = Company(life.spec)
    first = START + timedelta(days=life.spec.days * 0.7, hours=2)
    with SimulatorServer(
        company, now=first, behaviour=life.dialect.behaviour, rate_limit_per_minute=UNLIMITED
    ) as sim:
        settings = Settings(
            base_url=sim.base_url,
            data_dir=folder / "data",
            rate_limit_per_minute=UNLIMITED,
            retry_base_seconds=0.001,
            **life.settings,
        )
        lived = Lived(life, sim, settings, children, story)
        for number, night in enumerate(life.nights):
            _pass_night(lived, number, night)
        _come_to_rest(lived)


def _introduce(life: Life, story: Story) -> None:
    dialect = life.dialect
    story.tell(f"life {life.seed}: {life.spec.sessions} sessions, {life.keys or 'one'} key(s)")
    story.tell(f"  dialect: {', '.join(dialect.traits)}")
    story.tell(f"  opaque: {', '.join(dialect.opaque) or 'no, a fair client can read it'}")
    story.tell(f"  settings: {life.settings}")


def _pass_night(lived: Lived, number: int, night: Night) -> None:
    rng = Random(f"night {lived.life.seed} {number}")
    sim, story = lived.sim, lived.story
    sim.advance(night.gap)
    story.tell(f"night {number + 1}, {sim.now:%Y-%m-%d %H:%M}: {_described(night)}")
    for event in night.events:
        story.tell(f"  {event}: {events.happen(event, lived.company, sim.now, rng)}")
    _damage(lived, night)
    _prepare(lived, night)
    as_of = sim.now - night.as_of_back
    before = set(lived.company.at(sim.now).ids())
    code = _run(lived, night, as_of)
    is_reconcile = night.run == "reconcile"
    _judge(lived, code, before, as_of, night, is_whole=is_reconcile)
    if code in GOOD and rng.random() < 0.5:
        _back_up(lived)
    _let_alone(lived)


def _described(night: Night) -> str:
    plain = Night(night.gap)
    names = [name for name in Night.__dataclass_fields__ if name not in {"gap", "run", "events"}]
    odd = [f"{n}={getattr(night, n)}" for n in names if getattr(night, n) != getattr(plain, n)]
    return f"{night.run} {' '.join(odd)}"


def _damage(lived: Lived, night: Night) -> None:
    if night.state_is_lost:
        shutil.rmtree(lived.settings.state_dir, ignore_errors=True)
    if night.restored and lived.backup is not None:
        shutil.copy(lived.backup, lived.settings.warehouse_path)
        with suppress(FileNotFoundError):
            lived.settings.warehouse_path.with_suffix(".duckdb.wal").unlink()


def _back_up(lived: Lived) -> None:
    lived.backup = lived.settings.data_dir.parent / "backup.duckdb"
    shutil.copy(lived.settings.warehouse_path, lived.backup)


def _prepare(lived: Lived, night: Night) -> None:
    """Makes the API behave as this night has it."""
    sim, behaviour = lived.sim, lived.sim.behaviour
    keys = lived.key_values()
    if night.refused_key is not None:
        del keys[list(keys)[night.refused_key]]
    sim.set_keys(keys)
    if night.capitals is not None:
        behaviour = replace(behaviour, id_case="upper" if night.capitals else "lower")
    if night.page_length is not None:
        behaviour = replace(
            behaviour,
            largest_page=min(night.page_length, behaviour.largest_page),
            default_page_size=min(behaviour.default_page_size, night.page_length),
        )
    newest = lived.company.at(sim.now).ids()[-1:]
    arrivals = Arrivals(
        lived.company,
        lambda: sim.now,
        every=night.arrives_every,
        bulk={night.bulk_before_request: night.bulk} if night.bulk_before_request else {},
        deleted={night.deleted_before_request: newest[0]} if night.deleted_before_request and newest else {},
    )
    sim.behaviour = replace(behaviour, personas_flap=night.flaps, on_request=arrivals)
    sim.faults = FaultPlan(faults=night.faults, seed=7)


def _let_alone(lived: Lived) -> None:
    lived.sim.behaviour = replace(lived.sim.behaviour, on_request=None, personas_flap=False)
    lived.sim.faults = NO_FAULTS
    lived.sim.set_keys(lived.key_values())


def _run(lived: Lived, night: Night, as_of: datetime) -> int:
    command = "reconcile" if night.run == "reconcile" else "sync"
    order = Order(command, lived.settings, lived.keys(), as_of)
    lived.story.runs += 1
    started = time.monotonic()
    lived.sim.log.clear()
    if night.run in {"sync", "reconcile"}:
        code, lived.message = perform(order)
    elif night.run == "killed at a step":
        lived.children.start(replace(order, deadly=night.at))
        code, lived.message = lived.children.ended(), ""
    else:
        which = signal.SIGINT if night.run == "stopped at a request" else signal.SIGKILL
        code, lived.message = _struck_at_request(lived, order, night.at, which), ""
    lived.story.good_runs += code in GOOD
    requests = lived.sim.log.count("list"), lived.sim.log.count("detail")
    seconds = time.monotonic() - started
    asked = f"{requests[0]} pages and {requests[1]} details asked for"
    lived.story.tell(f"  -> exit {code}, {asked}, {seconds:.0f} s; {lived.message[:300]}")
    return code


def _struck_at_request(lived: Lived, order: Order, at: int, which: int) -> int:
    """Sends a signal to the run when its ``at``-th request has come, before it is answered."""
    pid, is_known, count = 0, Signal(), 0
    arrivals = lived.sim.behaviour.on_request

    def strike(record: RequestRecord) -> None:
        nonlocal count
        if arrivals is not None:
            arrivals(record)
        count += 1
        if count == at and is_known.wait(10):
            with suppress(ProcessLookupError):
                os.kill(pid, which)

    lived.sim.behaviour = replace(lived.sim.behaviour, on_request=strike)
    pid = lived.children.start(order)
    is_known.set()
    return lived.children.ended()


def _judge(
    lived: Lived, code: int, before: set[str], as_of: datetime, night: Night, *, is_whole: bool
) -> None:
    if code not in GOOD and not night.is_troubled and lived.life.dialect.is_readable:
        raise RefusedError(f"REFUSED ({_kind_of(lived.message)})", lived.message)
    if not lived.settings.warehouse_path.exists():
        return
    now = lived.sim.now
    truth = Truth(
        lived.company,
        now,
        as_of,
        frozenset(before & set(lived.company.at(now).ids())),
        frozenset(_within_reach(lived, night)),
        is_whole=is_whole and night.refused_key is None,
    )
    raw = Raw(lived.settings)
    judge_always(raw, truth)
    if code in GOOD:
        judge_good_end(raw, truth)


def _kind_of(message: str) -> str:
    """A message without its numbers."""
    return "".join("#" if letter.isdigit() else letter for letter in message)[:90]


def _within_reach(lived: Lived, night: Night) -> set[str]:
    """Sessions of the keys that were not refused."""
    rows = lived.company.at(lived.sim.now).sessions()
    seen = {project for n, project in enumerate(lived.key_values().values()) if n != night.refused_key}
    if None in seen:
        return {row["id"] for row in rows}
    return {row["id"] for row in rows if (row["project_id"] or NO_PROJECT) in seen}


def _come_to_rest(lived: Lived) -> None:
    """The vendor is quiet, the recheck window passes, everything is reconciled, and equals the truth."""
    sim = lived.sim
    sim.now = max(sim.now, lived.company.settled_at) + timedelta(days=31)
    lived.story.tell(f"at rest, {sim.now:%Y-%m-%d}: reconcile")
    night = Night(timedelta(), "reconcile")
    before = set(lived.company.at(sim.now).ids())
    code = _run(lived, night, sim.now)
    _judge(lived, code, before, sim.now, night, is_whole=True)
    if code not in GOOD:
        return
    judge_at_rest(Raw(lived.settings), lived.company, sim.now)
    if lived.life.is_built:
        _judge_marts(lived)


def _judge_marts(lived: Lived) -> None:
    """The marts are built as every night builds them; their credits are raw's."""
    lived.story.tell("build")
    environ: dict[str, Any] = {"ZENHIRE_API_KEY": DEFAULT_KEY}
    build_marts(lived.settings, load_config(environ, None).profile, lived.sim.now)
    raw, marts = events.credits_of(lived.settings)
    if raw != marts:
        raise WrongError("credits of the marts differ", f"{marts} is not {raw}")
