"""anyio issue 398: a lock or semaphore that is free is taken for ever by a task that has gone.

Affected: 3.4.0. Fixed: 3.5.0.

What happens: `acquire()` takes a lock that is free, and then lets other tasks run once. A task that is cancelled there
by `task.cancel()` ends without giving the lock back.
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

    first = env.cancellable(asyncio.create_task(use(), name="first"))
    second = asyncio.create_task(use(), name="second")
    await asyncio.wait([first, second])


def test_the_lock_of_anyio_3_4_0_is_taken_for_ever(release: Callable[..., Place]) -> None:
    release("anyio==3.4.0", "idna==3.10", "sniffio==1.3.1").finds(program, "deadlock", events=1)


def test_the_lock_of_anyio_3_5_0_is_not(release: Callable[..., Place]) -> None:
    release("anyio==3.5.0", "idna==3.10", "sniffio==1.3.1").finds_nothing(program)
