"""``zenhire-sync simulate``: the simulated API on a port, for trying things out without a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from errno import EADDRINUSE
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from zenhire_sync.cli.perform import Call, Result, guard, parse_moment
from zenhire_sync.errors import ConfigurationError, ZenhireError

if TYPE_CHECKING:
    from zenhire_sync.simulator import Behaviour, CompanySpec, FaultPlan

DeletedAnswer = Literal["404", "410", "200"]
Order = Literal[
    "newest_first",
    "oldest_first",
    "by_completed_at",
    "unordered",
    "newest_first_with_jitter",
    "newest_first_with_ties",
    "newest_first_unstable_ties",
]
_STATUSES: Final[dict[str, Literal[404, 410, 200]]] = {"404": 404, "410": 410, "200": 200}
_LIST_DIALECTS = "help"


Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0 takes a free one.")]
Seed = Annotated[int, typer.Option(help="Equal seeds give equal companies.")]
Sessions = Annotated[int, typer.Option(min=0, max=5_000_000, help="Sessions the company has.")]
Days = Annotated[int, typer.Option(min=1, max=3_650, help="Days in which they were created.")]
Until = Annotated[
    str | None,
    typer.Option(
        metavar="ISO",
        help="When its last session was created (default: --now, else this moment). Equal seeds with an equal"
        " --until give equal companies; at another time the same people come on other days.",
    ),
]
Now = Annotated[
    str | None,
    typer.Option(metavar="ISO", help="The company's clock (default: --until). PUT /simulator/now moves it."),
]
Personas = Annotated[int, typer.Option(min=1, max=1_000, help="Personas that interview.")]
Projects = Annotated[int, typer.Option(min=0, max=1_000, help="Projects with sessions of their own.")]
Tags = Annotated[int, typer.Option(min=0, max=1_000, help="Different tags in use.")]
Languages = Annotated[int, typer.Option(min=1, max=40, help="Languages of the personas.")]
LongNames = Annotated[
    bool,
    typer.Option(
        "--long-names",
        help="Roles, tags and references as long as some companies write them, in six scripts.",
    ),
]
DialectName = Annotated[
    str, typer.Option(metavar="NAME", help="How the list pages; --dialect help prints the names.")
]
ListOrder = Annotated[Order, typer.Option(help="Order of the list.")]
Filters = Annotated[
    bool, typer.Option("--filters/--no-filters", help="Honour filters by time and status, or ignore them.")
]
Deleted = Annotated[DeletedAnswer, typer.Option(help="Status that a deleted session answers.")]
DeletedListed = Annotated[bool, typer.Option("--deleted-listed", help="Keep deleted sessions in the list.")]
Permission = Annotated[
    bool, typer.Option("--permission/--no-permission", help="Answer, or refuse every call with 403.")
]
RateLimit = Annotated[int, typer.Option(min=1, help="Requests a minute that the key allows.")]
LatencyMs = Annotated[int, typer.Option(min=0, max=60_000, help="Delay of each answer.")]
Trouble = Annotated[
    float, typer.Option(min=0, max=1, help="Share of requests that meet a 429, 500, 503 or a reset.")
]


def simulate(
    *,
    host: Host = "127.0.0.1",
    port: Port = 8400,
    seed: Seed = 7,
    sessions: Sessions = 2_000,
    days: Days = 60,
    until: Until = None,
    now: Now = None,
    personas: Personas = 6,
    projects: Projects = 2,
    tags: Tags = 8,
    languages: Languages = 7,
    long_names: LongNames = False,
    dialect: DialectName = "cursor_next_cursor_in_pagination",
    order: ListOrder = "newest_first",
    filters: Filters = False,
    deleted_answer: Deleted = "404",
    deleted_listed: DeletedListed = False,
    permission: Permission = True,
    rate_limit: RateLimit = 500,
    latency_ms: LatencyMs = 0,
    trouble: Trouble = 0.0,
) -> None:
    """Serve a simulated ZenHire API with a living company behind it, until Ctrl-C."""

    def work() -> Result:
        if dialect == _LIST_DIALECTS:
            return Result({}, "\n".join(_dialects()))
        clock, end = _clock_and_end(now, until)
        sizes = {"personas": personas, "projects": projects, "tags": tags, "languages": languages}
        spec = _spec(end, seed=seed, sessions=sessions, days=days, long_names=long_names, **sizes)
        behaviour = replace(
            _dialect(dialect),
            order=order,
            filters=_filters(filters),
            deleted_answer=_STATUSES[deleted_answer],
            deleted_stays_listed=deleted_listed,
            has_permission=permission,
            latency_sec=latency_ms / 1000,
        )
        options = {"now": clock, "faults": _trouble(trouble), "rate_limit_per_minute": rate_limit}
        return _serve(host=host, port=port, spec=spec, behaviour=behaviour, **options)

    guard(Call("simulate"), work)


def _clock_and_end(now: str | None, until: str | None) -> tuple[datetime | None, datetime]:
    clock = None if now is None else parse_moment(now, "--now")
    return clock, (clock or datetime.now(UTC)) if until is None else parse_moment(until, "--until")


def _serve(**options: Any) -> Result:
    from zenhire_sync.simulator import run_simulator

    try:
        run_simulator(**options, on_ready=_tell)
    except OSError as error:
        raise ZenhireError(_cannot_listen(f"{options['host']}:{options['port']}", error)) from None
    return Result({}, "stopped")


def _spec(end: datetime, *, days: int, **sizes: Any) -> CompanySpec:
    """A company whose last session is created at that end."""
    from zenhire_sync.simulator import CompanySpec, first_day

    return CompanySpec(days=days, start=first_day(end, days), until=end, **sizes)


def _filters(are_honoured: bool) -> frozenset[Any]:
    from zenhire_sync.simulator import ALL_FILTERS

    return ALL_FILTERS if are_honoured else frozenset()


def _cannot_listen(where: str, error: OSError) -> str:
    reason = "the port is taken" if error.errno == EADDRINUSE else error.strerror
    return f"cannot listen on {where}: {reason}; choose another --port"


def _dialects() -> Mapping[str, Behaviour]:
    from zenhire_sync.simulator import DIALECTS

    return DIALECTS


def _dialect(name: str) -> Behaviour:
    if name not in _dialects():
        raise ConfigurationError(f"unknown dialect {name!r}; --dialect {_LIST_DIALECTS} prints the names")
    return _dialects()[name]


def _trouble(share: float) -> FaultPlan:
    from zenhire_sync.simulator import NO_FAULTS, Fault, FaultPlan

    if not share:
        return NO_FAULTS
    each = share / 4
    return FaultPlan(
        faults=(
            Fault("rate_limited", times=None, probability=each, retry_after_header="1"),
            Fault("warming", times=None, probability=each, retry_after_header="1"),
            Fault("internal_error", times=None, probability=each),
            Fault("reset", times=None, probability=each),
        )
    )


def _tell(base_url: str) -> None:
    from zenhire_sync.simulator import DEFAULT_KEY

    lines = (
        f"simulated ZenHire API at {base_url} (Ctrl-C ends it); in another terminal:",
        f"export ZENHIRE_BASE_URL={base_url}",
        f"export ZENHIRE_API_KEY={DEFAULT_KEY}",
        "zenhire-sync run",
    )
    print("\n".join(lines), flush=True)  # noqa: T201
