"""The signals that the settings switch on, told of each step and of the command's end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from zenhire_schemas.run_summary import RunSummary
from zenhire_sync.alerts import channels_of
from zenhire_sync.config import Config
from zenhire_sync.signals.alerting import Alerting
from zenhire_sync.signals.outbox import (
    LONGEST_WAIT_OF_A_STOP_SECONDS,
    LONGEST_WAIT_SECONDS,
    Message,
    Outbox,
    keep_to_themselves,
)
from zenhire_sync.steps import Step
from zenhire_sync.stopping import asked

log = logging.getLogger(__name__)


class Signal(Protocol):
    """One way of telling. Each method makes the message of an event, or None; sending it may take long."""

    name: str

    def begun(self, step: Step) -> Message | None:
        """A step is about to work."""

    def ended(self, step: Step) -> Message | None:
        """A step has ended, well or not."""

    def told(self, summary: RunSummary) -> Message | None:
        """The command has ended, well or not."""


class Signals:
    """All that are switched on. Listens to the steps of a command; never fails, and never waits for long."""

    def __init__(self, signals: Sequence[Signal] = ()) -> None:
        self._signals = [(signal, Outbox()) for signal in signals]

    def __bool__(self) -> bool:
        return bool(self._signals)

    def begins(self, step: Step) -> None:
        """Has it told that the step begins."""
        self._put(lambda signal: signal.begun(step))

    def ends(self, step: Step) -> None:
        """Has it told how the step ended."""
        self._put(lambda signal: signal.ended(step))

    def tell(self, summary: RunSummary) -> None:
        """Has it told how the command ended. A dry run is no run: nothing is told of it."""
        if summary.bill is None:
            self._put(lambda signal: signal.told(summary))

    def wait(self) -> None:
        """Until all is sent, for five seconds in all, or one after a stop. What was not is a warning."""
        until = time.monotonic() + (
            LONGEST_WAIT_SECONDS if asked() is None else LONGEST_WAIT_OF_A_STOP_SECONDS
        )
        for _, outbox in self._signals:
            outbox.close()
        for signal, outbox in self._signals:
            try:
                problem = outbox.problem(until)
            except KeyboardInterrupt:
                # The command has done its work: whoever stops it now does not want to wait.
                problem, until = "stopped", 0.0
            if problem is not None:
                _warn(signal, problem)

    def _put(self, event: Callable[[Signal], Message | None]) -> None:
        for signal, outbox in self._signals:
            try:
                message = event(signal)
            except Exception as error:
                # A defect of a signal must not cost a night.
                _warn(signal, type(error).__name__)
            else:
                if message is not None:
                    outbox.put(message)


def signals_of(config: Config, command: str, tidy: Callable[[str], str]) -> Signals:
    """The signals of one command. ``tidy`` makes a message fit to be sent (no keys in it).

    Raises ConfigurationError when the address of one cannot be used.
    """
    found = tuple(_signals(config, command, tidy))
    if found:
        keep_to_themselves(logging.getLogger().handlers)
    return Signals(found)


def _signals(config: Config, command: str, tidy: Callable[[str], str]) -> Iterator[Signal]:
    # The libraries take a second to import, which only those pay who switched them on.
    rate = config.settings.rate_limit_per_minute * len(config.profile.keys)
    if command == "run" and channels_of(config.settings):
        yield Alerting(config.settings)
    if config.settings.heartbeat_url is not None and command == "run":
        from zenhire_sync.signals.heartbeat import Heartbeat

        yield Heartbeat(config.settings.heartbeat_url.get_secret_value())
    if config.settings.prometheus_file is not None:
        from zenhire_sync.signals.prometheus import PrometheusFile

        yield PrometheusFile(config.settings.prometheus_file, rate)
    if config.settings.otel:
        from zenhire_sync.signals.otel import Telemetry

        yield Telemetry(command, config.environ, rate, tidy)
    if config.settings.openlineage:
        from zenhire_sync.signals.lineage import Lineage

        yield Lineage(command, config.settings, config.environ, tidy)


def _warn(signal: Signal, problem: str) -> None:
    log.warning("a signal could not be sent; the run goes on", extra={"signal": signal.name, "why": problem})
