"""`asyncio.Semaphore` and `BoundedSemaphore`: more users than there are permits; the last one comes late."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised, unpromised

if TYPE_CHECKING:
    from treadle import Env

_COUNTER = (
    "A semaphore manages an internal counter which is decremented by each acquire() call and incremented by each "
    "release() call."
)
_NEVER_BELOW = (
    "The counter can never go below zero; when acquire() finds that it is zero, it blocks, waiting until some task "
    "calls release()."
)
_AT = "asyncio-sync.html#asyncio.Semaphore"
_CLAIMS = (
    promised("exclusion", _NEVER_BELOW, at=_AT),
    promised("wakes", _NEVER_BELOW, at=_AT),
    promised("permits", _COUNTER, at=_AT),
    unpromised("order", "the documentation says nothing of who comes first; threading's is not fair either"),
    LOST,
    PHANTOM,
)
_LOCKED = promised(
    "result",
    "Returns True if semaphore can not be acquired immediately.",
    at="asyncio-sync.html#asyncio.Semaphore.locked",
)


async def _use(env: Env, semaphore: asyncio.Semaphore, room: int) -> None:
    inside: list[int] = []
    served: list[int] = []

    async def use(number: int) -> None:
        at_once = not semaphore.locked()
        others: list[int] = []
        asyncio.get_running_loop().call_soon(others.append, 1)
        async with semaphore:
            assert at_once is not bool(others), "result: locked() was wrong about whether one would have to wait"
            happened("result")
            inside.append(number)
            served.append(number)
            assert len(inside) <= room, "exclusion: more are inside than there are permits"
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
    if len(served) > room:
        happened("order")
        happened("wakes")
    for _ in range(room):
        assert not semaphore.locked(), "permits: a permit is taken, and nobody has it"
        await semaphore.acquire()
    assert semaphore.locked(), "permits: there are more permits than in the beginning"
    happened("permits")


@judges(*_CLAIMS, _LOCKED, primitive="Semaphore", tasks=4, cancels=2, events=2, fast=True)
async def one_permit(env: Env) -> None:
    """Four users of one permit."""
    await _use(env, asyncio.Semaphore(1), 1)


@judges(*_CLAIMS, _LOCKED, primitive="Semaphore", tasks=4, cancels=2, events=2)
async def two_permits(env: Env) -> None:
    """Four users of two permits."""
    await _use(env, asyncio.Semaphore(2), 2)


@judges(
    *_CLAIMS,
    promised(
        "items",
        "Bounded Semaphore is a version of Semaphore that raises a ValueError in release() if it increases the "
        "internal counter above the initial value.",
        at="asyncio-sync.html#asyncio.BoundedSemaphore",
    ),
    primitive="BoundedSemaphore",
    tasks=4,
    cancels=2,
    events=2,
)
async def bounded(env: Env) -> None:
    """Four users of two permits; a ValueError in one of their releases would leave the program."""
    semaphore = asyncio.BoundedSemaphore(2)
    await _use(env, semaphore, 2)
    for _ in range(2):
        semaphore.release()
    try:
        semaphore.release()
    except ValueError:
        happened("items")
    else:
        raise AssertionError("items: one permit more was given back than there are")
