"""Sends what one signal has to say in a thread of its own: an endpoint that hangs costs a few seconds.

The thread is one that a process need not wait for. What it cannot send is told once, by ``problem``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread

# What all signals together may cost at the end of a command.
LONGEST_WAIT_SECONDS = 5.0
# A process that was told to end has ten seconds, and a commit may have taken most of them.
LONGEST_WAIT_OF_A_STOP_SECONDS = 1.0

_THREAD = "zenhire-signal"

Message = Callable[[], None]


class CannotBeSentError(Exception):
    """Why a message could not be sent, in words that may be shown: no address's path, no key."""


class Outbox:
    """Messages of one signal, sent one after the other in the order in which they were put in."""

    def __init__(self) -> None:
        self._messages: SimpleQueue[Message | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._problem: str | None = None

    def put(self, message: Message) -> None:
        """Has it sent, without waiting. A message that cannot be sent does not keep those after it."""
        if self._thread is None:
            self._thread = Thread(target=self._work, name=_THREAD, daemon=True)
            self._thread.start()
        self._messages.put(message)

    def close(self) -> None:
        """Nothing more will come."""
        self._messages.put(None)

    def problem(self, until: float) -> str | None:
        """Why not all of it was sent, once it was tried, or at ``until`` (of ``time.monotonic``)."""
        if self._thread is None:
            return None
        self._thread.join(max(0.0, until - time.monotonic()))
        return "no answer in time" if self._thread.is_alive() else self._problem

    def _work(self) -> None:
        while (message := self._messages.get()) is not None:
            try:
                message()
            except CannotBeSentError as error:
                self._problem = str(error)
            except Exception as error:
                # Whatever a library raises, the run goes on; its words may hold an address with a login.
                self._problem = type(error).__name__


def keep_to_themselves(handlers: Iterable[logging.Handler]) -> None:
    """What libraries log while they send stays out: their words may hold an address with a login."""
    for handler in handlers:
        handler.addFilter(lambda record: record.threadName != _THREAD)


@contextmanager
def overheard(library: str) -> Iterator[list[str]]:
    """What a library logs meanwhile, where that alone tells why it failed."""
    words: list[str] = []
    logger, ear = logging.getLogger(library), logging.Handler()
    ear.emit = lambda record: words.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(ear)
    try:
        yield words
    finally:
        logger.removeHandler(ear)
