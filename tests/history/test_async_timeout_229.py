"""async-timeout issue 229: a timeout swallows a cancellation.

Affected: 4.0.3. Fixed: 5.0.0, which is `asyncio.timeout` from Python 3.11 on.

What happens: the time is up and the task has been cancelled for it; before it runs, somebody else cancels it, too. The
timeout takes both for its own and raises `TimeoutError`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import async_timeout

    async def worker() -> None:
        try:
            async with async_timeout.timeout(1):
                await env.future("reply")
        except TimeoutError:
            pass

    await asyncio.wait([env.cancellable(asyncio.create_task(worker()))])


def test_async_timeout_4_0_3_swallows_a_cancellation(release: Callable[..., Place]) -> None:
    release("async-timeout==4.0.3").finds(program, "swallowed", events=1)


def test_async_timeout_5_0_0_swallows_none(release: Callable[..., Place]) -> None:
    release("async-timeout==5.0.0").finds_nothing(program)
