"""`asyncio.Lock`: users that take it in turn; the last one comes late, when the first may have finished."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised

if TYPE_CHECKING:
    from treadle import Env

_AT = "asyncio-sync.html#asyncio.Lock"


@judges(
    promised("exclusion", "An asyncio lock can be used to guarantee exclusive access to a shared resource.", at=_AT),
    promised(
        "wakes",
        "This method waits until the lock is unlocked, sets it to locked and returns True.",
        at="asyncio-sync.html#asyncio.Lock.acquire",
    ),
    promised(
        "permits",
        "This method waits until the lock is unlocked, sets it to locked and returns True.",
        at="asyncio-sync.html#asyncio.Lock.acquire",
    ),
    promised(
        "order",
        "Acquiring a lock is fair: the coroutine that proceeds will be the first coroutine that started waiting on "
        "the lock.",
        at="asyncio-sync.html#asyncio.Lock.acquire",
    ),
    LOST,
    PHANTOM,
    primitive="Lock",
    tasks=4,
    cancels=2,
    events=2,
    fast=True,
)
async def users(env: Env) -> None:
    """Three users, and one more who comes at any time."""
    lock = asyncio.Lock()
    inside: list[int] = []
    served: list[int] = []

    async def use(number: int) -> None:
        async with lock:
            inside.append(number)
            served.append(number)
            assert len(inside) == 1, "exclusion: two have the lock"
            happened("exclusion")
            try:
                await asyncio.sleep(0)
            finally:
                inside.remove(number)

    tasks = [start(env, f"user {number}", use(number)) for number in range(3)]
    await env.future("late")
    tasks.append(start(env, "user 3", use(3)))
    await asyncio.wait(tasks)
    for task in tasks:
        hear(task)
    see_cancellations(tasks)
    assert served == sorted(served), "order: one has overtaken another"
    if len(served) > 1:
        happened("order")
        happened("wakes")
    assert not lock.locked(), "permits: the lock is taken, and nobody has it"
    happened("permits")
