"""anyio issue 947: a `CapacityLimiter` loses a token.

Affected: 4.9.0. Fixed: 4.10.0.

What happens: a token is returned and the next in the queue is woken for it. If that one is cancelled before it runs, it
leaves without waking the one behind it, which waits for a token that is there.
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

    limiter = anyio.CapacityLimiter(1)

    async def use() -> None:
        async with limiter:
            await env.future()

    tasks = [
        asyncio.create_task(use(), name="first"),
        env.cancellable(asyncio.create_task(use(), name="second")),
        asyncio.create_task(use(), name="third"),
    ]
    await asyncio.wait(tasks)


def test_anyio_4_9_0_loses_a_token(release: Callable[..., Place]) -> None:
    release("anyio==4.9.0", "idna==3.10", "sniffio==1.3.1").finds(program, "deadlock", events=1)


def test_anyio_4_10_0_loses_none(release: Callable[..., Place]) -> None:
    release("anyio==4.10.0", "idna==3.10", "sniffio==1.3.1").finds_nothing(program)
