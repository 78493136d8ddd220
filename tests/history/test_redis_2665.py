"""redis-py issue 2665: a request gets the answer to another one. It has happened to ChatGPT, with the users' data.

Affected: 4.5.3 (and, as issue 2624, all before it). Fixed: 4.5.5.

What happens: a task that has sent a request and waits for its answer is cancelled. The connection goes back to the pool
as if it were at rest. Whoever uses it next reads the answer that comes first, which is not his.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    from redis import asyncio as redis
    from servers import HOST, speak_redis

    async with await asyncio.start_server(speak_redis, HOST, 6379), redis.Redis(host=HOST, port=6379) as client:
        await client.get("warm")
        first = env.cancellable(asyncio.create_task(client.get("one"), name="first"))
        await asyncio.gather(first, return_exceptions=True)
        assert await client.get("two") == b"two"


def test_redis_4_5_3_mixes_up_answers(release: Callable[..., Place]) -> None:
    release("redis==4.5.3", "async-timeout==4.0.3").finds(program, "raises", events=1, at_most=1)


def test_redis_4_5_5_does_not(release: Callable[..., Place]) -> None:
    release("redis==4.5.5", "async-timeout==4.0.3").finds_nothing(program, at_most=1)
