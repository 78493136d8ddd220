"""A neighbour of aiojobs 98: there is one job more that waits for its turn, and it is closed before that."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle import Env


async def program(env: Env) -> None:
    import aiojobs

    scheduler = aiojobs.Scheduler(limit=1, pending_limit=2, close_timeout=None)
    running: list[int] = []

    async def work(number: int) -> None:
        running.append(number)
        try:
            await env.future(f"work {number}")
        finally:
            running.remove(number)

    env.always(lambda: len(running) <= 1, "no more jobs run than the limit allows")
    jobs = [await scheduler.spawn(work(number)) for number in range(3)]
    await jobs[2].close()
    await asyncio.gather(*(job.wait() for job in jobs[:2]))
    await scheduler.close()
