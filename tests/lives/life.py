"""What a life is made of, all from its seed: company, dialect, keys, settings and what each night brings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Literal

from zenhire_sync.simulator import CompanySpec, Fault, SimulatedDialect, compose

START = datetime(2026, 1, 5, tzinfo=UTC)
Run = Literal["sync", "reconcile", "killed at a step", "killed at a request", "stopped at a request"]
Event = Literal[
    "some arrive",
    "a bulk arrives",
    "the newest are deleted",
    "any are deleted",
    "some are completed",
    "late surveys",
    "failed ones are invited again",
    "a persona is edited",
    "some move to another project",
]
EVENTS: tuple[Event, ...] = Event.__args__  # type: ignore[attr-defined]
# what a client that tries a request five times gets over, most nights
FAULTS = (
    Fault("rate_limited", times=3, retry_after_header="0"),
    Fault("warming", times=3, retry_after_seconds=0.01),
    Fault("reset", first=2, times=2),
    Fault("closed", first=2, times=2),
    Fault("truncated", path="sessions*", first=2, times=1),
    Fault("html_502", path="sessions*", times=2),
    Fault("internal_error", path="sessions/*", first=3, times=2),
    Fault("internal_error", path="sessions/*", every=3, times=12),
    Fault("error_in_200", path="sessions", first=1, times=1),
    Fault("error_in_200", path="sessions/*", first=2, times=1),
    Fault("not_json", path="sessions", first=2, times=1),
    Fault("empty_page", path="sessions", first=2, times=1),
    Fault("repeated_page", path="sessions", first=2, times=1),
    Fault("row_left_out", path="sessions", first=2, every=2, times=3),
    Fault("row_twice", path="sessions", every=2, times=3),
    Fault("words_for_rows", path="sessions", first=2, times=2),
)
LENGTHS = (0, 1, 2, 5, 7, 10, 12, 20, 33, 50, 61, 64, 75, 99, 100, 101, 128, 150, 200, 250, 300, 400)


@dataclass(frozen=True)
class Night:
    """One night: what happened before, what befalls its run, and which run it is."""

    gap: timedelta
    run: Run = "sync"
    events: tuple[Event, ...] = ()
    faults: tuple[Fault, ...] = ()
    arrives_every: int = 0
    bulk_before_request: int = 0
    bulk: int = 0
    deleted_before_request: int = 0
    at: int = 0
    as_of_back: timedelta = timedelta(0)
    refused_key: int | None = None
    capitals: bool | None = None
    flaps: bool = False
    page_length: int | None = None
    state_is_lost: bool = False
    restored: bool = False

    @property
    def is_troubled(self) -> bool:
        """Whether an end with an error may be this night's own fault."""
        return bool(self.faults) or self.refused_key is not None or self.run not in {"sync", "reconcile"}


@dataclass(frozen=True)
class Life:
    """A life before it is lived. ``keys``: how many projects have a key of their own; 0: one sees all."""

    seed: str
    spec: CompanySpec
    dialect: SimulatedDialect
    keys: int
    settings: dict[str, Any]
    nights: tuple[Night, ...]
    is_built: bool = field(default=False)


def conceive(seed: int | str, *, is_short: bool = False) -> Life:
    """The life of a seed; equal seeds give equal lives."""
    rng = Random(f"life {seed}")
    dialect = compose(f"life {seed}")
    most = 150 if is_short else 400
    sessions = rng.choice([length for length in LENGTHS if length <= most])
    spec = CompanySpec(
        seed=rng.randrange(1_000_000),
        sessions=sessions,
        days=rng.choice((10, 40)),
        start=START,
        personas=rng.randint(1, 4),
        projects=rng.randint(0, 3),
        sessions_deleted_share=rng.choice((0, 0.03)),
        late_appearance_share=rng.choice((0, 0.05)),
        reinvite_share=rng.choice((0.35, 0.7)),
        awkward_share=rng.choice((0, 0.2)),
        tie_share=rng.choice((0.05, 0.5)),
    )
    keys = spec.projects + 1 if spec.projects and rng.random() < 0.4 else 0
    count = rng.randint(1, 2) if is_short else rng.randint(3, 8)
    nights = tuple(_night(rng, keys, is_first=number == 0) for number in range(count))
    if is_short:
        nights = tuple(night for night in nights if night.run == "sync") or (Night(timedelta(days=1)),)
    # A build takes longer than all the rest of a short life.
    is_built = Random(f"{seed}/is built").random() < (0.3 if is_short else 0.1)
    return Life(str(seed), spec, dialect, keys, settings_for(rng, dialect), nights, is_built)


def settings_for(rng: Random, dialect: SimulatedDialect) -> dict[str, Any]:
    """Settings of a user: small windows, or the way of paging by hand."""
    settings: dict[str, Any] = {}
    if rng.random() < 0.5:
        settings["page_size"] = rng.choice((5, 7, 10, 20, 33, 50, 200, 1000))
    if rng.random() < 0.5:
        settings["recheck_pages"] = rng.choice((1, 2, 3))
    if rng.random() < 0.3:
        settings["cursor_lag_minutes"] = rng.choice((30, 240, 1440))
    if rng.random() < 0.3:
        settings["window_sessions"] = 100
        settings["window_details"] = 40
    if rng.random() < 0.2:
        settings["filters"] = "off"
    behaviour = dialect.behaviour
    if rng.random() < 0.15 and behaviour.paging != "everything":
        is_address = behaviour.link_header or behaviour.links_key or "url" in behaviour.next_form
        settings["paging"] = "cursor" if is_address else behaviour.paging
        if not is_address:
            settings["paging_param"] = behaviour.page_param
        if behaviour.size_param:
            settings["page_size_param"] = behaviour.size_param
        if behaviour.rows_key:
            settings["rows_field"] = behaviour.rows_key
    return settings


def _night(rng: Random, keys: int, *, is_first: bool) -> Night:
    days = 0.0 if is_first else rng.choice((0.2, 1.0, 1.0, 1.0, 1.0, 2.0, 9.0, 35.0))
    runs: tuple[Run, ...] = (
        *("sync",) * 14,
        *("reconcile",) * 3,
        "killed at a step",
        "killed at a request",
        "stopped at a request",
    )
    run = rng.choice(runs)
    is_moved = rng.random() < 0.35
    return Night(
        gap=timedelta(days=days),
        run=run,
        events=tuple(rng.sample(EVENTS, rng.choice((0, 0, 1, 2, 3)))),
        faults=tuple(rng.sample(FAULTS, rng.choice((0, 0, 0, 1, 2)))),
        arrives_every=rng.choice((0, 0, 1, 2, 5)) if is_moved else 0,
        bulk_before_request=rng.choice((2, 3, 4)) if is_moved and rng.random() < 0.6 else 0,
        bulk=rng.choice((1, 10, 20, 50, 61, 100)),
        deleted_before_request=rng.choice((2, 3)) if is_moved and rng.random() < 0.3 else 0,
        at=rng.randint(1, 40) if "request" in run else rng.randint(1, 2_000),
        as_of_back=timedelta(days=rng.choice((1, 3)))
        if not is_first and rng.random() < 0.06
        else timedelta(),
        refused_key=rng.randrange(keys) if keys and rng.random() < 0.2 else None,
        capitals=rng.random() < 0.5 if rng.random() < 0.15 else None,
        flaps=rng.random() < 0.1,
        page_length=rng.choice((12, 30, 61, 99, 100)) if rng.random() < 0.12 else None,
        state_is_lost=not is_first and rng.random() < 0.08,
        restored=not is_first and rng.random() < 0.08,
    )
