"""`asyncio.timeout` and `asyncio.wait_for`, after `Lib/asyncio/timeouts.py` and `tasks.py`.

`wait_for` is one algorithm up to 3.11 and another from 3.12 on. What 3.13 adds to `Timeout.__aexit__` rewrites the
contexts of other exceptions, which no property looks at.
"""

from __future__ import annotations

import asyncio
from typing import Any

from treadle_models.automaton.intrinsics import call_later, call_soon, create_future, current_task, since
from treadle_models.automaton.sources.taskgroups import is_cancellation
from treadle_models.automaton.sources.waiting import ensure_future


class Timeout:
    """The context manager; its states are named as in `timeouts._State`.

    CPython works out the deadline when this is made, here it counts from the entry: a program may make one where it
    enters it, and nowhere else.
    """

    def __init__(self, delay: Any) -> None:
        self.state = "created"
        self.delay = delay
        self.timer: Any = None
        self.task: Any = None
        self.cancelling: Any = None

    async def __aenter__(self) -> Any:
        """Remember the count and set the timer; one that is due is called soon."""
        if self.state != "created":
            raise RuntimeError
        task = current_task()
        if task is None:
            raise RuntimeError
        self.state = "active"
        self.task = task
        self.cancelling = self.task.cancelling()
        if self.delay is not None:
            if self.delay <= 0:
                self.timer = call_soon(self.on_timeout)
            else:
                self.timer = call_later(self.delay, self.on_timeout)
        return self

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> None:
        """Take the own request back, and raise `TimeoutError` if no other came."""
        assert self.state in ("active", "expiring")  # noqa: S101 - as in CPython
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self.state == "expiring":
            self.state = "expired"
            if self.task.uncancel() <= self.cancelling and kind is not None and is_cancellation(kind):
                raise TimeoutError
        elif self.state == "active":
            self.state = "finished"

    def on_timeout(self) -> None:
        """Cancel the task."""
        assert self.state == "active"  # noqa: S101 - as in CPython
        self.task.cancel()
        self.state = "expiring"
        self.timer = None

    def expired(self) -> bool:
        """Say whether it has expired."""
        return self.state in ("expiring", "expired")


def timeout(delay: Any) -> Any:
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


async def wait_for_until_311(fut: Any, timeout: Any) -> Any:
    """Wait with a waiter and a timer."""
    waiting = Release()
    timer = call_later(timeout, waiting.expire)
    future = ensure_future(fut)
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


async def wait_for(fut: Any, timeout: Any) -> Any:
    """Wait for a future or a coroutine for at most so long."""
    if timeout is None and not since(3, 12):
        return await fut
    if timeout is not None and timeout <= 0:
        future = ensure_future(fut)
        if future.done():
            return future.result()
        await cancel_and_wait(future)
        try:
            return future.result()
        except asyncio.CancelledError:
            raise TimeoutError from None
    if not since(3, 12):
        return await wait_for_until_311(fut, timeout)
    async with Timeout(timeout):
        return await fut
