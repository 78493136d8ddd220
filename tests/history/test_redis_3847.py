"""redis-py issue 3847: a lock that is held by nobody and cannot be had.

Affected: 7.1.1. Fixed: 7.2.0.

What happens: `release()` forgets that it owns the lock before it has told the server. If it is cancelled in between,
the lock is still there, and its owner, who tries again, is told that it has none.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    from redis import asyncio as redis
    from servers import HOST, redis_value, speak_redis

    kept: dict[bytes, bytes] = {}

    def answers(words: list[bytes]) -> bytes:
        """Keep values, and take the script, which is the only one here, for that of a release."""
        match words:
            case [b"SET", key, value, b"NX"]:
                return b"+OK\r\n" if kept.setdefault(key, value) is value else redis_value(None)
            case [b"GET", key]:
                return redis_value(kept.get(key))
            case [b"EVALSHA", _, _, key, token]:
                return b":1\r\n" if kept.get(key) == token and kept.pop(key) else b":0\r\n"
        return b"+OK\r\n"

    options = {"lib_name": None, "lib_version": None}
    async with (
        await asyncio.start_server(partial(speak_redis, answers=answers), HOST, 6379),
        redis.Redis(host=HOST, port=6379, socket_timeout=None, socket_connect_timeout=None, **options) as client,
    ):
        lock = client.lock("door")
        await lock.acquire(token="mine")
        await asyncio.wait([env.cancellable(asyncio.create_task(lock.release(), name="release"))])
        with contextlib.suppress(redis.lock.LockError):
            await lock.release()
    assert not kept


def test_a_lock_of_redis_7_1_1_is_lost(release: Callable[..., Place]) -> None:
    release("redis==7.1.1").finds(program, "raises", events=1, at_most=1)


def test_a_lock_of_redis_7_2_0_is_not(release: Callable[..., Place]) -> None:
    release("redis==7.2.0").finds_nothing(program, at_most=1)
