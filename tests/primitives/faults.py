"""Primitives with one fault each, and the program and property that must find it: a table of what holds is worth little
if nothing could fail.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Mutant(NamedTuple):
    """One fault: what is replaced, by what, and which property of which program must be violated."""

    owner: Any
    name: str
    fault: Callable[..., Any]
    program: str
    property: str


async def _unfair(self: Any) -> bool:
    """Take the lock if it is free, whoever waits for it."""
    while self._locked:
        waiter = asyncio.get_running_loop().create_future()
        self._waiters = deque([waiter, *(self._waiters or ())])
        try:
            await waiter
        finally:
            self._waiters.remove(waiter)
    self._locked = True
    return True


def _one(self: Any) -> None:
    """Wake one of those who wait for the event, and not all."""
    self._value = True
    for waiter in list(self._waiters)[:1]:
        if not waiter.done():
            waiter.set_result(True)


async def _leaky(self: Any) -> bool:
    """Lose a permit when the one who was woken is cancelled."""
    if self._value > 0 and not self._waiters:
        self._value -= 1
        return True
    waiter = asyncio.get_running_loop().create_future()
    self._waiters = self._waiters if self._waiters is not None else deque()
    self._waiters.append(waiter)
    try:
        await waiter
    finally:
        self._waiters.remove(waiter)
    return True


async def _forgetful(self: Any) -> Any:
    """Wake nobody else when the one who was woken is cancelled."""
    while self.empty():
        getter = asyncio.get_running_loop().create_future()
        self._getters.append(getter)
        await getter
    return self.get_nowait()


async def _swallowing(aw: Any, _: float | None) -> Any:
    """Return what has come, although the caller was cancelled."""
    task = asyncio.ensure_future(aw)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if task.done():
            return task.result()
        task.cancel()
        raise


async def _impatient(_self: Any, *_: object) -> None:
    """Leave the children alone."""


async def _open(_: Any) -> None:
    """Do not wait until the writer may go on."""
    await asyncio.Event().wait()


MUTANTS = {
    "unfair-lock": Mutant(asyncio.Lock, "acquire", _unfair, "of_lock.py:users", "order"),
    "deaf-lock": Mutant(asyncio.Lock, "_wake_up_first", lambda _: None, "of_lock.py:users", "wakes"),
    "event-for-one": Mutant(asyncio.Event, "set", _one, "of_event.py:waiters", "wakes"),
    "leaky-semaphore": Mutant(asyncio.Semaphore, "acquire", _leaky, "of_semaphore.py:one_permit", "wakes"),
    "forgetful-queue": Mutant(asyncio.Queue, "get", _forgetful, "of_queue.py:getters", "wakes"),
    "shield-that-is-none": Mutant(asyncio, "shield", lambda task: task, "of_shield.py:inside", "no-trace"),
    "swallowing-wait-for": Mutant(asyncio, "wait_for", _swallowing, "of_wait_for.py:a_task", "lost"),
    "impatient-group": Mutant(asyncio.TaskGroup, "__aexit__", _impatient, "of_task_group.py:children", "joined"),
    "deaf-drain": Mutant(asyncio.StreamWriter, "drain", _open, "of_streams.py:writers", "wakes"),
}


@contextlib.contextmanager
def put_in(mutant: Mutant) -> Iterator[None]:
    """Put the fault in its place while the block runs."""
    whole = getattr(mutant.owner, mutant.name)
    setattr(mutant.owner, mutant.name, mutant.fault)
    try:
        yield
    finally:
        setattr(mutant.owner, mutant.name, whole)
