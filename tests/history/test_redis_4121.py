"""redis-py issue 4121: a pipeline that is cancelled while it is closed keeps its connection.

Affected: 8.0.0. Fixed: 8.0.1.

What happens: a pipeline that watches a key is left, sends `UNWATCH`, and waits for the answer. If its task is cancelled
there, the connection is not given back to the pool, and the pool has one less for ever.
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

    async def look() -> None:
        async with client.pipeline() as pipeline:
            await pipeline.watch("one")
            assert await pipeline.get("one") == b"one"

    async with await asyncio.start_server(speak_redis, HOST, 6379):
        options = {"socket_timeout": None, "socket_connect_timeout": None, "lib_name": None, "protocol": 2}
        pool = redis.BlockingConnectionPool(host=HOST, port=6379, max_connections=1, timeout=None, **options)
        async with redis.Redis.from_pool(pool) as client:
            await client.get("warm")
            await asyncio.gather(env.cancellable(asyncio.create_task(look(), name="look")), return_exceptions=True)
            await client.get("two")


def test_a_pipeline_of_redis_8_0_0_keeps_its_connection(release: Callable[..., Place]) -> None:
    explored = release("redis==8.0.0").explore(program, events=1)
    found = {str(each.property): (each.events, each.text) for each in explored.violations}
    assert {name: events for name, (events, _) in found.items()} == {"deadlock": 1, "reported": 1}, str(explored)
    assert "Unclosed Pipeline client" in found["reported"][1]


def test_a_pipeline_of_redis_8_0_1_gives_it_back(release: Callable[..., Place]) -> None:
    release("redis==8.0.1").finds_nothing(program, at_most=1)
