"""`asyncio.timeout` and `asyncio.wait_for`, after `Lib/asyncio/timeouts.py` and `tasks.py`.

`wait_for` is one algorithm up to 3.11 and another from 3.12 on. What 3.13 adds to `Timeout.__aexit__` rewrites the
contexts of other exceptions, which no property looks at.
"""

from __future__ import annotations

import asyncio
from typing import Any

from treadle_models.automaton.intrinsics import call_later, create_future, current_task, issubclass_of, since


class Timeout:
    """The context manager; its states are named as in `timeouts._State`."""

    def __init__(self, delay: float) -> None:
        self.state = "created"
        self.delay = delay
        self.timer: Any = None
        self.task: Any = None
        self.cancelling: Any = None

    async def __aenter__(self) -> Any:
        """Remember the count and set the timer."""
        self.state = "active"
        self.task = current_task()
        self.cancelling = self.task.cancelling()
        self.timer = call_later(self.delay, self.on_timeout)
        return self

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> None:
        """Take the own request back, and raise `TimeoutError` if no other came."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self.state == "expiring":
            self.state = "expired"
            if self.task.uncancel() <= self.cancelling and issubclass_of(kind, asyncio.CancelledError):
                raise TimeoutError
        elif self.state == "active":
            self.state = "finished"

    def on_timeout(self) -> None:
        """Cancel the task."""
        assert self.state == "active"  # noqa: S101 - as in CPython
        self.task.cancel()
        self.state = "expiring"
        self.timer = None


def timeout(delay: float) -> Any:
    """Return the context manager."""
    return Timeout(delay)


class Release:
    """The waiter of the old `wait_for`, and of `_cancel_and_wait`, with the callback that completes it."""

    def __init__(self) -> None:
        self.waiter = create_future()

    def release(self, _future: Any) -> None:
        """Complete the waiter; `_release_waiter`."""
        if not self.waiter.done():
            self.waiter.set_result(None)

    def expire(self) -> None:
        """Complete the waiter, from the timer."""
        if not self.waiter.done():
            self.waiter.set_result(None)


async def cancel_and_wait(future: Any) -> None:
    """Cancel a future and wait until it is done; `_cancel_and_wait`."""
    waiting = Release()
    future.add_done_callback(waiting.release)
    try:
        future.cancel()
        await waiting.waiter
    finally:
        future.remove_done_callback(waiting.release)


async def wait_for_until_311(future: Any, delay: float) -> Any:
    """Wait with a waiter and a timer."""
    waiting = Release()
    timer = call_later(delay, waiting.expire)
    future.add_done_callback(waiting.release)
    try:
        try:
            await waiting.waiter
        except asyncio.CancelledError:
            if future.done():
                return future.result()
            future.remove_done_callback(waiting.release)
            await cancel_and_wait(future)
            raise
        if future.done():
            return future.result()
        future.remove_done_callback(waiting.release)
        await cancel_and_wait(future)
        try:
            return future.result()
        except asyncio.CancelledError:
            raise TimeoutError from None
    finally:
        timer.cancel()


async def wait_for(future: Any, delay: float) -> Any:
    """Wait for a future for at most so long."""
    if not since(3, 12):
        return await wait_for_until_311(future, delay)
    async with timeout(delay):
        return await future
