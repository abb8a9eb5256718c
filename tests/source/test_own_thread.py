"""The event loop of a load, in a thread of its own: it ends with the load, however that ends."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncGenerator, Iterator

import pytest

from zenhire_sync.source.own_thread import in_own_thread


class Steps:
    """Counts up, and notes when it was closed."""

    def __init__(self, error: Exception | None = None) -> None:
        self.is_closed = False
        self._error = error

    async def items(self) -> AsyncGenerator[int, None]:
        try:
            for number in range(3):
                await asyncio.sleep(0)
                yield number
            if self._error is not None:
                raise self._error
        finally:
            # As a connection does it.
            await asyncio.sleep(0)
            self.is_closed = True


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def test_all_items_come_in_order() -> None:
    steps = Steps()
    assert list(in_own_thread(steps.items())) == [0, 1, 2]
    assert steps.is_closed


def test_an_error_is_the_callers() -> None:
    steps = Steps(ValueError("gone"))
    with pytest.raises(ValueError, match="gone"):
        list(in_own_thread(steps.items()))
    assert steps.is_closed


def test_a_load_that_is_given_up_closes_its_connections() -> None:
    steps = Steps()
    items = in_own_thread(steps.items())
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert steps.is_closed


def test_ctrl_c_ends_a_wait_for_an_answer() -> None:
    cancelled: list[bool] = []

    async def waiting() -> AsyncGenerator[int, None]:
        try:
            await asyncio.sleep(60)
            yield 0
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    items = in_own_thread(waiting())
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        next(items)
    timer.join()
    assert cancelled == [True]
