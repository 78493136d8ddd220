"""A neighbour of async-lru 503: somebody asks again after the cache was cleared, and the first one is cancelled.

Calls with the same arguments are to share one call of the function while that is under way. After `cache_clear()` the
function is called anew, once; what becomes of the call before that is no matter of the cache any more.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle import Env


async def program(env: Env) -> None:
    from async_lru import alru_cache

    under_way: list[str] = []

    @alru_cache
    async def look_up(key: str) -> str:
        under_way.append(key)
        await env.future("answer")
        return key

    def is_forgotten() -> bool:
        return forgotten

    forgotten = False
    first = env.cancellable(asyncio.create_task(look_up("one"), name="first"), when=is_forgotten)
    await asyncio.sleep(1)
    look_up.cache_clear()
    forgotten = True
    second = asyncio.create_task(look_up("one"), name="second")
    await asyncio.sleep(1)
    third = asyncio.create_task(look_up("one"), name="third")
    await asyncio.wait([first, second, third])
    assert len(under_way) <= 2
