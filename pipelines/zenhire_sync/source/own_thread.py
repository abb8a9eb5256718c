"""An async iterator as a plain one, with an event loop in a thread of its own.

dlt's generators are plain, may be asked for their next item from several threads, and in a notebook the
calling thread has a loop that is running.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


def in_own_thread(items: AsyncGenerator[T, None]) -> Iterator[T]:
    """The items, and what ``items`` raises. It is closed when this iterator is, or a signal comes."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="zenhire", daemon=True)
    thread.start()
    try:
        while True:
            step = asyncio.run_coroutine_threadsafe(_next(items), loop)
            try:
                found = step.result()
            except BaseException:
                # Ctrl-C ends the wait, and with it what is waited for.
                step.cancel()
                raise
            if found is None:
                return
            yield found[0]
    finally:
        asyncio.run_coroutine_threadsafe(_close(items, loop), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _next(items: AsyncGenerator[T, None]) -> tuple[T] | None:
    try:
        return (await anext(items),)
    except StopAsyncIteration:
        return None


async def _close(items: AsyncGenerator[T, None], loop: asyncio.AbstractEventLoop) -> None:
    this = asyncio.current_task()
    waiting = [task for task in asyncio.all_tasks() if task is not this]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    with suppress(Exception):
        # What it raises while it is closed would hide why.
        await items.aclose()
    await loop.shutdown_asyncgens()
