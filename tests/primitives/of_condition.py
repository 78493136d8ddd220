"""`asyncio.Condition`: consumers that wait for an item, and notifications that must reach one of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised

if TYPE_CHECKING:
    from treadle import Env

_NOTIFY = promised(
    "wakes",
    "Wake up n tasks (1 by default) waiting on this condition.",
    at="asyncio-sync.html#asyncio.Condition.notify",
)
_LOCKED = promised(
    "exclusion",
    "Once awakened, the Condition re-acquires its lock and this method returns True.",
    at="asyncio-sync.html#asyncio.Condition.wait",
)
_HANDED_ON = promised(
    "failure-kept",
    "The msg parameter is propagated from cancelled task to its awaiter.",
    at="asyncio-task.html#asyncio.Task.cancel",
)


@judges(_NOTIFY, _LOCKED, LOST, PHANTOM, primitive="Condition", tasks=4, cancels=2, events=2, fast=True)
async def consumers(env: Env) -> None:
    """Three tasks wait for one item, which a fourth brings: one of those that are left has it."""
    condition = asyncio.Condition()
    items: list[int] = []
    inside: list[int] = []

    async def consume() -> None:
        async with condition:
            while not items:
                try:
                    await condition.wait()
                finally:
                    assert condition.locked(), "exclusion: wait() has ended, and the lock is not held"
                    assert not inside, "exclusion: two have the lock"
                    happened("exclusion")
            items.pop()
            happened("wakes")

    tasks = [start(env, f"consumer {number}", consume()) for number in range(3)]
    await env.future("an item")
    async with condition:
        inside.append(1)
        items.append(1)
        condition.notify()
        await asyncio.sleep(0)
        inside.clear()
    waiting = set(tasks)
    while items and waiting:
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    if waiting:
        await asyncio.wait(waiting)
    for task in tasks:
        hear(task)
    see_cancellations(tasks)
    assert not condition.locked(), "exclusion: the lock is taken, and nobody has it"


@judges(_NOTIFY, _LOCKED, LOST, PHANTOM, primitive="Condition", tasks=3, cancels=2, events=2)
async def everybody(env: Env) -> None:
    """Two tasks wait for a predicate, and all are notified."""
    condition = asyncio.Condition()
    ready: list[int] = []

    async def wait() -> None:
        async with condition:
            got = await condition.wait_for(lambda: ready)
            assert got, "exclusion: wait_for() returned what is not true"
            happened("wakes")
            happened("exclusion")

    tasks = [start(env, f"waiter {number}", wait()) for number in range(2)]
    await env.future("it is true")
    async with condition:
        ready.append(1)
        condition.notify_all()
        await asyncio.sleep(0)
    await asyncio.wait(tasks)
    for task in tasks:
        hear(task)
    see_cancellations(tasks)
    assert not condition.locked(), "exclusion: the lock is taken, and nobody has it"


@judges(_HANDED_ON, primitive="Condition", tasks=2, cancels=1, events=2)
async def message(env: Env) -> None:
    """A task is cancelled with a message, perhaps while it takes the lock again."""
    condition = asyncio.Condition()

    async def wait() -> None:
        async with condition:
            await condition.wait()

    task = env.cancellable(asyncio.create_task(wait(), name="waiter"), message="why")
    await env.future("a notification")
    async with condition:
        condition.notify()
        await env.future("work")
    try:
        await task
    except asyncio.CancelledError as error:
        assert error.args == ("why",), "failure-kept: the message of the cancellation is lost"
        happened("failure-kept")
