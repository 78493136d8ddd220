"""anyio issue 387: a lock or semaphore that nobody gets any more.

Affected: 3.3.4. Fixed: 3.4.0.

What happens: `release()` wakes the next in the queue. If that task is cancelled before it runs, it leaves `acquire()`
and passes the wake-up on to nobody, so that the task behind it waits for a lock that is free.
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

    async def use() -> None:
        async with lock:
            await env.future()

    tasks = [
        asyncio.create_task(use(), name="first"),
        env.cancellable(asyncio.create_task(use(), name="second")),
        asyncio.create_task(use(), name="third"),
    ]
    await asyncio.wait(tasks)


def test_the_lock_of_anyio_3_3_4_is_lost(release: Callable[..., Place]) -> None:
    release("anyio==3.3.4", "idna==3.10", "sniffio==1.3.1").finds(program, "deadlock", events=1)


def test_the_lock_of_anyio_3_4_0_is_not(release: Callable[..., Place]) -> None:
    release("anyio==3.4.0", "idna==3.10", "sniffio==1.3.1").finds_nothing(program)
