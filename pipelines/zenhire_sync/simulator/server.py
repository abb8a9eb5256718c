"""A simulator on a port of this machine: in a thread for tests, in the foreground for the command."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Event, Thread
from types import TracebackType
from typing import Self

from aiohttp import web

from zenhire_sync.simulator.behaviour import DEFAULT, Behaviour
from zenhire_sync.simulator.company import Company
from zenhire_sync.simulator.faults import NO_FAULTS, FaultPlan
from zenhire_sync.simulator.gate import DEFAULT_RATE_LIMIT_PER_MINUTE, KeyRing, RateLimiter
from zenhire_sync.simulator.request_log import RequestLog
from zenhire_sync.simulator.routes import BASE_PATH, ROOT_PATH, create_app
from zenhire_sync.simulator.simulated_api import DEFAULT_KEY, Simulator
from zenhire_sync.simulator.spec import CompanySpec

LOOPBACK = "127.0.0.1"
_START_TIMEOUT_SEC = 10.0


async def _start(simulator: Simulator, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Listen; the runner to clean up and the port taken. Raises ``OSError`` when it is not free."""
    # handlers are cancelled with their client, so that a stalled answer does not outlive a test
    runner = web.AppRunner(
        create_app(simulator), access_log=None, shutdown_timeout=0.1, handler_cancellation=True
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, int(runner.addresses[0][1])


class SimulatorServer:
    """Serves a company from a background thread while the ``with`` block runs.

    ``now``, ``behaviour``, ``faults``, ``rate_limit_per_minute`` and ``keys`` may be set from any thread
    and hold from the next request on. ``keys`` maps a raw key to the project it sees (None: all,
    ``NO_PROJECT``: sessions without one); ``others`` maps the keys of other clients to their companies.
    """

    def __init__(
        self,
        company: Company,
        *,
        now: datetime,
        behaviour: Behaviour = DEFAULT,
        faults: FaultPlan = NO_FAULTS,
        keys: Mapping[str, str | None] | None = None,
        others: Mapping[str, Company] | None = None,
        rate_limit_per_minute: int = DEFAULT_RATE_LIMIT_PER_MINUTE,
        rate_window_sec: float = 60.0,
        port: int = 0,
    ) -> None:
        limiter = RateLimiter(rate_limit_per_minute, rate_window_sec)
        self.simulator = Simulator(
            company, now, behaviour=behaviour, faults=faults, keys=keys, limiter=limiter, others=others
        )
        self.port = port
        self._thread = Thread(target=self._serve, name="zenhire-simulator", daemon=True)
        self._ready = Event()
        self._failure: OSError | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    def start(self) -> Self:
        """Listen on a free port; returns when requests are answered.

        Raises TimeoutError when none is within seconds, or what kept it from listening.
        """
        self._thread.start()
        if not self._ready.wait(_START_TIMEOUT_SEC):
            raise TimeoutError("the simulator did not start listening")
        if self._failure is not None:
            raise self._failure
        return self

    def stop(self) -> None:
        """Close all connections and end the thread."""
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_START_TIMEOUT_SEC)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _serve(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        try:
            runner, self.port = await _start(self.simulator, LOOPBACK, self.port)
        except OSError as error:
            self._failure = error
            return
        finally:
            self._ready.set()
        await self._stopping.wait()
        await runner.cleanup()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def base_url(self) -> str:
        """What ``ZENHIRE_BASE_URL`` is set to."""
        return f"{self.origin}{BASE_PATH}"

    @property
    def root_url(self) -> str:
        """Where ``/health`` and ``/credits`` are."""
        return f"{self.origin}{ROOT_PATH}"

    @property
    def company(self) -> Company:
        """The truth behind the answers."""
        return self.simulator.company

    @property
    def log(self) -> RequestLog:
        """All requests so far."""
        return self.simulator.log

    @property
    def now(self) -> datetime:
        """The company's clock."""
        return self.simulator.now

    @now.setter
    def now(self, moment: datetime) -> None:
        self.simulator.now = moment

    def advance(self, step: timedelta) -> None:
        """Move the clock."""
        self.simulator.now += step

    @property
    def behaviour(self) -> Behaviour:
        """The dialect and manners."""
        return self.simulator.behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self.simulator.behaviour = behaviour

    @property
    def faults(self) -> FaultPlan:
        """The plan of accidents; setting it starts its counts anew."""
        return self.simulator.faults

    @faults.setter
    def faults(self, plan: FaultPlan) -> None:
        self.simulator.faults = plan

    @property
    def rate_limit_per_minute(self) -> int:
        """Requests that each key allows in the window."""
        return self.simulator.limiter.limit

    @rate_limit_per_minute.setter
    def rate_limit_per_minute(self, limit: int) -> None:
        self.simulator.limiter.limit = limit

    def set_keys(self, keys: Mapping[str, str | None]) -> None:
        """Replace all keys; old ones answer 401 from now on."""
        self.simulator.key_ring = KeyRing(keys)


def run_simulator(
    *,
    host: str = LOOPBACK,
    port: int = 8400,
    spec: CompanySpec | None = None,
    now: datetime | None = None,
    behaviour: Behaviour = DEFAULT,
    faults: FaultPlan = NO_FAULTS,
    key: str = DEFAULT_KEY,
    rate_limit_per_minute: int = DEFAULT_RATE_LIMIT_PER_MINUTE,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve a company until interrupted (Ctrl-C returns).

    ``port`` 0 takes a free one; ``on_ready`` gets the base URL once requests are answered. ``now`` is
    the company's clock, by default the moment at which its history ends; ``PUT /simulator/now`` moves
    it. Raises ``OSError`` when the port is taken.
    """
    company = Company(spec)
    clock = now or company.spec.ends_at
    limiter = RateLimiter(rate_limit_per_minute)
    simulator = Simulator(
        company, clock, behaviour=behaviour, faults=faults, keys={key: None}, limiter=limiter
    )
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve_forever(simulator, host, port, on_ready))


async def _serve_forever(
    simulator: Simulator, host: str, port: int, on_ready: Callable[[str], None] | None
) -> None:
    runner, taken = await _start(simulator, host, port)
    try:
        if on_ready is not None:
            on_ready(f"http://{host}:{taken}{BASE_PATH}")
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
