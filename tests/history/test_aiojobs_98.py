"""aiojobs issue 98: a scheduler that starts no job any more.

Affected: 1.0.0. Fixed: 1.1.0.

What happens: a job for which there is no room waits before `spawn()`, and is already counted as active. So the
scheduler believes to be at its limit when a job ends, and starts none of those that wait.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import aiojobs

    scheduler = await aiojobs.create_scheduler(limit=1, pending_limit=1)

    async def order(number: int) -> None:
        job = await scheduler.spawn(work(number))
        await job.wait()

    async def work(number: int) -> None:
        await env.future(f"work {number}")

    await asyncio.gather(*(asyncio.create_task(order(number)) for number in range(3)))
    await scheduler.close()


def test_the_scheduler_of_aiojobs_1_0_0_stops(release: Callable[..., Place]) -> None:
    release("aiojobs==1.0.0", "async-timeout==4.0.3").finds(program, "deadlock", events=0)


def test_the_scheduler_of_aiojobs_1_1_0_goes_on(release: Callable[..., Place]) -> None:
    release("aiojobs==1.1.0", "async-timeout==4.0.3").finds_nothing(program)
