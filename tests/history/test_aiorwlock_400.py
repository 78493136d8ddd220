"""aiorwlock issue 400: a lock that nobody can get any more.

Affected: 1.5.0. Fixed: 1.5.1.

What happens: a writer waits for a lock that a reader holds, and is cancelled. It takes back a count that it has never
raised, so the number of writers is -1 for ever, and nobody is woken again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import aiorwlock

    lock = aiorwlock.RWLock()

    async def read() -> None:
        async with lock.reader_lock:
            await env.future("read")

    async def write() -> None:
        async with lock.writer_lock:
            await env.future("written")

    await asyncio.wait([asyncio.create_task(read()), env.cancellable(asyncio.create_task(write()))])
    await read()


def test_aiorwlock_1_5_0_cannot_be_had_any_more(release: Callable[..., Place]) -> None:
    release("aiorwlock==1.5.0").finds(program, "deadlock", events=1)


def test_aiorwlock_1_5_1_can(release: Callable[..., Place]) -> None:
    release("aiorwlock==1.5.1").finds_nothing(program)
