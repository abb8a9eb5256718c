"""Being asked to end: Ctrl-C, SIGTERM, a terminal that is closed. One place for the whole process.

The first signal stops what is under way: it cancels requests that wait for an answer (``run_politely``),
lets a commit finish (``held``), and raises Stopped in everything else. The second one ends the process at
once, and so does a stop that takes too long. Nothing of that can break what is committed: a run may be killed
at any instruction.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

# Docker gives a process ten seconds between SIGTERM and SIGKILL.
LONGEST_STOP_SECONDS = 9.0
# A commit on a slow disk gets more: who has no time for it kills us, which is what we would do.
LONGEST_COMMIT_SECONDS = 60.0
BETWEEN_COMMITS_SECONDS = 3.0
# `timeout` sends its signal to the process and to its group: that is one wish, not two.
ONE_WISH_SECONDS = 0.2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGHUP: "SIGHUP (its terminal was closed)"}


class Stopped(KeyboardInterrupt):
    """This process was asked to end; ``kept`` says what was saved, once a step has told it."""

    def __init__(self, number: int = signal.SIGINT, kept: str = "") -> None:
        super().__init__()
        self.number = number
        self.kept = kept

    @property
    def exit_code(self) -> int:
        """What a shell reports of a process that ended by this signal: 130 for Ctrl-C, 143 for SIGTERM."""
        return 128 + self.number

    def __str__(self) -> str:
        by = f"stopped by {_name(self.number)}"
        return f"{by}: {self.kept}" if self.kept else by


@dataclass(slots=True)
class _State:
    number: int | None = None
    asked_at: float = 0.0
    holds: int = 0
    held_until: float = 0.0
    cancel: Callable[[], None] | None = None
    interrupts: list[Callable[[], None]] = field(default_factory=list)
    farewell: bytes = b""
    asked: threading.Event = field(default_factory=threading.Event)


_state = _State()


@contextmanager
def signals_stop(farewell: bytes) -> Iterator[None]:
    """From here on signals stop the block. ``farewell`` is written to standard error when it ends at once.

    Signals that the process was told to ignore (``nohup``, ``&`` in a script) stay ignored. In other threads
    than the main one nothing changes, as Python gives signals to that one alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    global _state  # noqa: PLW0603 - signals belong to the process, and so does this
    _state = state = _State(farewell=farewell)
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    watch = threading.Thread(target=_end_in_time, args=(state,), daemon=True)
    watch.start()
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _receive)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        state.farewell, state.number = b"", None
        _state = _State()


def asked() -> Stopped | None:
    """The stop that was asked for, if any."""
    return None if _state.number is None else Stopped(_state.number)


def stop_behind(error: BaseException) -> Stopped | None:
    """The stop that ``error`` comes from, or None: after a signal whatever fails does so because of it."""
    if isinstance(error, Stopped):
        return error
    return asked() or (Stopped() if isinstance(error, KeyboardInterrupt) else None)


def raise_if_asked() -> None:
    """Between two things to do. Raises Stopped when the process was asked to end meanwhile."""
    if (stop := asked()) is not None:
        raise stop


@contextmanager
def held() -> Iterator[None]:
    """The first signal waits until the block is done; then ``raise_if_asked`` tells. Blocks may be nested."""
    _state.holds += 1
    try:
        yield
    finally:
        _state.holds -= 1
        _state.held_until = time.monotonic()


@contextmanager
def interrupted(query: Callable[[], None]) -> Iterator[None]:
    """While the block runs a stop calls ``query``, a database connection's ``interrupt``.

    Without that DuckDB notices a signal, and then waits for its other threads to finish the query.
    """
    _state.interrupts.append(query)
    try:
        yield
    finally:
        _state.interrupts.remove(query)


def run_politely(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """asyncio.run of ``work()``, which the first signal cancels at its next await. Raises Stopped then."""
    raise_if_asked()

    async def cancellable() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is None:
            raise RuntimeError("not a task")

        def cancel() -> None:
            loop.call_soon_threadsafe(give_up)

        def give_up() -> None:
            log.warning("stopping: what came is being kept; a second signal ends at once")
            task.cancel()

        _state.cancel = cancel
        try:
            return await work()
        finally:
            _state.cancel = None

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise asked() or Stopped() from None


def _receive(number: int, _frame: object) -> None:
    now = time.monotonic()
    if _state.number is not None:
        if now - _state.asked_at > ONE_WISH_SECONDS:
            _end_at_once(_state)
        return
    _state.number, _state.asked_at = number, now
    _state.asked.set()
    if _state.cancel is not None:
        _state.cancel()
    elif not _state.holds:
        for interrupt in _state.interrupts:
            interrupt()
        raise Stopped(number)


def _end_in_time(state: _State) -> None:
    """Waits in a thread of its own for a stop that hangs: a name server, a disk that does not answer."""
    state.asked.wait()
    time.sleep(LONGEST_STOP_SECONDS)
    latest = state.asked_at + LONGEST_COMMIT_SECONDS
    # After a commit comes the next one: the run's own row.
    while time.monotonic() < latest:
        if not state.holds and time.monotonic() > state.held_until + BETWEEN_COMMITS_SECONDS:
            break
        time.sleep(0.1)
    if state.number is not None:
        _end_at_once(state)


def _end_at_once(state: _State) -> None:
    with suppress(OSError):
        # Not print: a signal may come in the middle of one.
        os.write(2, state.farewell)
    os._exit(128 + (state.number or signal.SIGTERM))


def _name(number: int) -> str:
    return _NAMES.get(signal.Signals(number), signal.Signals(number).name)
