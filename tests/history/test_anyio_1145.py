"""anyio pull request 1145: a lock or semaphore that is free, and whoever asks for it waits for ever.

Affected: 4.13.0. Fixed: 4.14.0.

What happens: a task that waits for a lock is cancelled, and before it runs, the owner gives the lock back. `release()`
passes over the cancelled one but leaves it in the queue, so that the next who asks, here the owner itself, stands
behind it. When the cancelled one leaves, it wakes nobody, and nobody else will.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import anyio

    lock = anyio.Lock()

    async def use(times: int) -> None:
        for _ in range(times):
            async with lock:
                await env.future()

    first = asyncio.create_task(use(2), name="first")
    second = env.cancellable(asyncio.create_task(use(1), name="second"))
    await asyncio.wait([first, second])


def test_the_lock_of_anyio_4_13_0_is_lost(release: Callable[..., Place]) -> None:
    release("anyio==4.13.0", "idna==3.10", "typing_extensions==4.16.0").finds(program, "deadlock", events=1)


def test_the_lock_of_anyio_4_14_0_is_not(release: Callable[..., Place]) -> None:
    release("anyio==4.14.0", "idna==3.10", "typing_extensions==4.16.0").finds_nothing(program)
