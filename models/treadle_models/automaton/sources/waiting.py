"""`asyncio.wait` on tasks and futures, and `asyncio.sleep`, after `Lib/asyncio/tasks.py`.

`_wait` there counts the futures in a variable that its callback shares; here an object does, with the same steps:
one callback a future, one waiter, callbacks removed on every way out. The two sets that it returns nobody looks at.
"""

from __future__ import annotations

from typing import Any

from treadle_models.automaton.intrinsics import bare_yield, call_later, create_future, current_task

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
    return (fs, ())


def set_unless_done(future: Any) -> None:
    """Complete a future; `_set_result_unless_cancelled`."""
    if not future.done():
        future.set_result(None)


async def sleep(delay: float, result: Any = None) -> Any:
    """Yield once, or wait for a timer."""
    if delay <= 0:
        await bare_yield
        return result
    future = create_future()
    timer = call_later(delay, set_unless_done, future)
    try:
        await future
    finally:
        timer.cancel()
    return result


class Loop:
    """What a candidate asks the running loop for."""

    def create_future(self) -> Any:
        """Return a new future."""
        return create_future()


def get_running_loop() -> Any:
    """Return something with `create_future`."""
    return Loop()


def current() -> Any:
    """Return the task that runs; `asyncio.current_task`."""
    return current_task()
