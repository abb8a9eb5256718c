"""The sync step as a command runs it: keys in, one committed run out."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from zenhire_schemas.tables import AUDIT_RESULTS, CREDIT_BALANCES, DETAIL_RESULTS
from zenhire_sync.api.client import ApiClient
from zenhire_sync.api_keys import ApiKey
from zenhire_sync.company import company_of
from zenhire_sync.engines.open import warehouse_of
from zenhire_sync.errors import ZenhireError
from zenhire_sync.plan.audit_sample import NO_SAMPLE, AuditSample
from zenhire_sync.plan.detail_plan import NO_BOUNDS, Bounds, DetailPlan
from zenhire_sync.progress import Progress
from zenhire_sync.run_id import new_run_id
from zenhire_sync.settings import Settings
from zenhire_sync.stopping import Stopped, held, run_politely, stop_behind
from zenhire_sync.sync.account_balances import account_balances, key_by_client
from zenhire_sync.sync.accuracy_audit import audit, drawn_sample
from zenhire_sync.sync.night import Night
from zenhire_sync.sync.outcome import SyncOutcome
from zenhire_sync.sync.pace import NO_LIMIT, DetailTime, Paces, told_pace
from zenhire_sync.sync.problems import log_problems
from zenhire_sync.sync.rolling_reconcile import verify
from zenhire_sync.sync.room import RoomWatch
from zenhire_sync.sync.session_sync import SessionSync
from zenhire_sync.warehouse.port import Loader
from zenhire_sync.warehouse.session_states import add_states_of_run

log = logging.getLogger(__name__)


Steps = Callable[[SessionSync, Sequence[ApiClient]], Awaitable[None]]


def sync_sessions(
    settings: Settings,
    keys: Sequence[ApiKey],
    *,
    as_of: datetime,
    progress: Progress,
    with_details: bool = True,
    bounds: Bounds = NO_BOUNDS,
    time: DetailTime = NO_LIMIT,
    run_id: str | None = None,
    tell: Callable[[Mapping[str, int]], None] = lambda _: None,
) -> SyncOutcome:
    """Brings what changed into zenhire_raw and returns what was done; the run is called ``run_id``.

    ``bounds`` limit a backfill: the list is read back to ``since`` only, and details are asked for between
    the two. Rows outside that come along are kept; cursors stay where they were while there is an ``until``.
    What there is no ``time`` for stays due, and is counted.

    ``as_of`` is "now" for every decision. Raises ZenhireError when the run cannot be finished; what was
    committed until then stays, and the next run goes on from there.
    """
    outcome = _new_outcome("sync", as_of, run_id)

    async def steps(sync: SessionSync, clients: Sequence[ApiClient]) -> None:
        readings = await sync.list_all(clients, whole=False, since=bounds.since)
        if bounds == NO_BOUNDS:
            await verify(sync, readings, sync.calls(readings, time.until if with_details else 0.0))
        plan = sync.plan(readings, bounds)
        sample = drawn_sample(sync.night, plan)
        if bounds.until is not None:
            outcome.cursors_after = dict(outcome.cursors_before)
        outcome.details_left = len(plan)
        paces = Paces([client.pace for client in clients])
        # A list that never ends well would keep its details waiting for ever.
        outcome.details_postponed = (
            paces.seconds_for(len(plan)) > time.longest_seconds and not sync.has_doubts
        )
        if with_details and not outcome.details_postponed:
            await sync.fetch(plan, readings, until=time.until)
        sync.raise_doubts()
        if with_details and not outcome.details_postponed:
            await audit(sync.night, sync.calls(readings, time.until), sample)
        outcome.balances = await account_balances(readings)

    return _recorded(settings, keys, outcome, progress, steps, tell=tell)


@dataclass(frozen=True, slots=True)
class PlannedNight:
    """A night whose list was read: what it would ask for next, with as many ``balances``.

    ``missing`` counts sessions that it would ask for because its lists did not show them.
    """

    outcome: SyncOutcome
    plan: DetailPlan
    sample: AuditSample
    balances: int
    missing: int


def plan_only(
    settings: Settings, keys: Sequence[ApiKey], *, as_of: datetime, progress: Progress
) -> PlannedNight:
    """Commits the list and plans details, sample and balances, without asking for them."""
    outcome = _new_outcome("sync", as_of, None)
    plan, sample, balances, missing = DetailPlan(()), NO_SAMPLE, 0, 0

    async def steps(sync: SessionSync, clients: Sequence[ApiClient]) -> None:
        nonlocal plan, sample, balances, missing
        readings = await sync.list_all(clients, whole=False)
        missing = await verify(sync, readings, None)
        plan, balances = sync.plan(readings), len(key_by_client(readings))
        sample = drawn_sample(sync.night, plan)
        sync.raise_doubts()

    _recorded(settings, keys, outcome, progress, steps)
    return PlannedNight(outcome, plan, sample, balances, missing)


def reconcile_sessions(
    settings: Settings,
    keys: Sequence[ApiKey],
    *,
    as_of: datetime,
    progress: Progress,
    run_id: str | None = None,
    tell: Callable[[Mapping[str, int]], None] = lambda _: None,
) -> SyncOutcome:
    """Reads every list whole, marks what vanished as deleted, and repairs whatever differs.

    Raises ZenhireError as ``sync_sessions`` does. Nothing is marked when a key's list could not be read.
    """
    outcome = _new_outcome("reconcile", as_of, run_id)

    async def steps(sync: SessionSync, clients: Sequence[ApiClient]) -> None:
        readings = await sync.list_all(clients, whole=True)
        await sync.mark_vanished(readings, clients)
        await verify(sync, readings, sync.calls(readings))
        await sync.fetch(sync.plan(readings), readings)
        sync.raise_doubts()
        outcome.balances = await account_balances(readings)

    return _recorded(settings, keys, outcome, progress, steps, tell=tell)


def _new_outcome(command: str, as_of: datetime, run_id: str | None) -> SyncOutcome:
    return SyncOutcome(run_id or new_run_id(), command, as_of, datetime.now(UTC))


def _recorded(
    settings: Settings,
    keys: Sequence[ApiKey],
    outcome: SyncOutcome,
    progress: Progress,
    steps: Steps,
    *,
    tell: Callable[[Mapping[str, int]], None] = lambda _: None,
) -> SyncOutcome:
    """Runs the steps and writes the run into sync_runs, whatever became of it; ``tell`` gets its counts."""
    # A wrong file of the company is told before anything is opened or asked for.
    room, company = RoomWatch(settings, progress), company_of(settings)
    with warehouse_of(settings).loading() as warehouse:
        try:
            sync = SessionSync(Night.begin(settings, warehouse, outcome, room, company))
            run_politely(
                lambda: _with_clients(settings, keys, outcome, progress, lambda found: steps(sync, found))
            )
            _add_states(settings, warehouse, outcome)
        except (Exception, KeyboardInterrupt) as error:
            stop = _stop_with_what_is_kept(error, outcome)
            outcome.error = _why(stop or error)
            outcome.cursors_after = outcome.cursors_before
            tell(outcome.counts())
            with held():
                _try_to_record(settings, warehouse, outcome)
            if stop is not None:
                raise stop from error
            raise
        # All is done: a signal from here on stops what comes after this step.
        with held():
            if outcome.balances:
                warehouse.add(CREDIT_BALANCES.name, outcome.balance_rows())
            _add_results(warehouse, outcome)
            warehouse.load({"sync_runs": outcome.as_row()}, outcome.cursors_after)
            log_problems(warehouse, outcome)
    return outcome


def _stop_with_what_is_kept(error: BaseException, outcome: SyncOutcome) -> Stopped | None:
    """The stop that ended the run, or None: after a signal whatever fails does so because of it."""
    stop = stop_behind(error)
    if stop is None:
        return None
    sessions, details = outcome.new_sessions, outcome.details_kept
    kept = f"{sessions:,} new sessions and {details:,} details are kept; the next run goes on from there"
    return Stopped(stop.number, kept)


def _why(error: BaseException) -> str:
    # The message of a defect may hold values of rows.
    return str(error) if isinstance(error, ZenhireError | Stopped) else f"unexpected {type(error).__name__}"


def _add_states(settings: Settings, warehouse: Loader, outcome: SyncOutcome) -> None:
    """A night that wrote no session has seen no state."""
    if outcome.rows_by_table["sessions"]:
        outcome.rows_by_table.update(add_states_of_run(warehouse, settings, outcome.run_id))


def _add_results(warehouse: Loader, outcome: SyncOutcome) -> None:
    for table, rows in (
        (DETAIL_RESULTS, outcome.detail_results.rows(outcome.run_id)),
        (AUDIT_RESULTS, outcome.audit_results.rows(outcome.run_id)),
    ):
        if rows.num_rows:
            warehouse.add(table.name, rows)


def _try_to_record(settings: Settings, warehouse: Loader, outcome: SyncOutcome) -> None:
    # The next run adds what is missing.
    with suppress(ZenhireError):
        _add_states(settings, warehouse, outcome)
    with suppress(ZenhireError):
        _add_results(warehouse, outcome)
    try:
        warehouse.load({"sync_runs": outcome.as_row()})
    except ZenhireError as error:
        # The first error is the one to tell; this one is mostly its echo (a full disk, a broken file).
        log.warning(
            "this run could not be noted in sync_runs; what it committed stays", extra={"why": str(error)}
        )


async def _with_clients(
    settings: Settings,
    keys: Sequence[ApiKey],
    outcome: SyncOutcome,
    progress: Progress,
    work: Callable[[Sequence[ApiClient]], Awaitable[None]],
) -> None:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(ApiClient(settings, key, outcome.ledger)) for key in keys]
        try:
            with told_pace(progress, [client.pace for client in clients]):
                await work(clients)
        finally:
            rates = ((client.key_name, client.found_rate) for client in clients)
            outcome.rates_found = {name: rate for name, rate in rates if rate is not None}
