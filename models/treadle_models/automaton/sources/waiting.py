"""`asyncio.wait` on tasks and futures, and `asyncio.sleep`, after `Lib/asyncio/tasks.py`.

`_wait` there counts the futures in a variable that its callback shares; here an object does, with the same steps:
one callback a future, one waiter, callbacks removed on every way out.
"""

from __future__ import annotations

from typing import Any

from treadle_models.automaton.intrinsics import (
    bare_yield,
    call_later,
    create_future,
    is_coroutine,
    is_future,
    make_task,
)

ALL_COMPLETED = "ALL_COMPLETED"
FIRST_COMPLETED = "FIRST_COMPLETED"
FIRST_EXCEPTION = "FIRST_EXCEPTION"


class Waiting:
    """The state that `_wait` and its callback share."""

    def __init__(self, left: int, return_when: str) -> None:
        self.left = left
        self.return_when = return_when
        self.waiter = create_future()
        self.timer: Any = None

    def on_completion(self, future: Any) -> None:
        """Hear that one of them is done; `_on_completion`."""
        self.left = self.left - 1
        enough = self.left == 0 or self.return_when == FIRST_COMPLETED
        if not enough and self.return_when == FIRST_EXCEPTION and not future.cancelled():
            enough = future.exception() is not None
        if enough:
            if self.timer is not None:
                self.timer.cancel()
            if not self.waiter.done():
                self.waiter.set_result(None)

    def on_timeout(self) -> None:
        """Stop waiting; `_release_waiter`."""
        if not self.waiter.done():
            self.waiter.set_result(None)


async def wait(fs: Any, *, timeout: Any = None, return_when: str = "ALL_COMPLETED") -> Any:
    """Wait until the futures are done, or until the timeout; never raises what they end with."""
    if is_future(fs) or is_coroutine(fs):
        raise TypeError
    if not fs:
        raise ValueError
    if return_when not in (FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED):
        raise ValueError
    fs = set(fs)
    for each in fs:
        if is_coroutine(each):
            raise TypeError
    return await wait_until(fs, timeout, return_when)


async def wait_until(fs: Any, timeout: Any, return_when: str) -> Any:
    """Do so; `_wait`."""
    waiting = Waiting(len(fs), return_when)
    if timeout is not None:
        waiting.timer = call_later(timeout, waiting.on_timeout)
    for future in fs:
        future.add_done_callback(waiting.on_completion)
    try:
        await waiting.waiter
    finally:
        if waiting.timer is not None:
            waiting.timer.cancel()
        for future in fs:
            future.remove_done_callback(waiting.on_completion)
    done: Any = set()
    pending: Any = set()
    for future in fs:
        if future.done():
            done.add(future)
        else:
            pending.add(future)
    return done, pending


def set_unless_cancelled(future: Any, result: Any) -> None:
    """Complete a future; `_set_result_unless_cancelled`."""
    if not future.cancelled():
        future.set_result(result)


async def sleep(delay: float, result: Any = None) -> Any:
    """Yield once, or wait for a timer."""
    if delay <= 0:
        await bare_yield
        return result
    future = create_future()
    timer = call_later(delay, set_unless_cancelled, future, result)
    try:
        return await future
    finally:
        timer.cancel()


def ensure_future(coro_or_future: Any) -> Any:
    """Return a future as it is, and make a task of a coroutine."""
    if is_future(coro_or_future):
        return coro_or_future
    if is_coroutine(coro_or_future):
        return make_task(coro_or_future)
    raise TypeError


def create_task(coro: Any, *, name: Any = None) -> Any:
    """Make a task; what it is called makes no difference."""
    return make_task(coro)
