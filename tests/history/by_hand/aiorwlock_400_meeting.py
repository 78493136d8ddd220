"""A neighbour of aiorwlock 400: the writer gives up, and behind it waits a reader for whom the first one waits.

Two readers may hold the lock at once, as long as there is no writer. The second one comes while a writer waits, and
must wait, too. When that writer is gone, nothing is in the way of the reader any more.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle import Env


async def program(env: Env) -> None:
    import aiorwlock

    lock = aiorwlock.RWLock()
    met = asyncio.Event()

    async def read_until_met() -> None:
        async with lock.reader_lock:
            await met.wait()

    async def meet() -> None:
        async with lock.reader_lock:
            met.set()

    async def write() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5), lock.writer_lock:
                await env.future("written")

    users = {"first reader": read_until_met, "writer": write, "second reader": meet}
    await asyncio.wait([asyncio.create_task(user(), name=name) for name, user in users.items()])
