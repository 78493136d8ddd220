"""psycopg issue 1401: the pool of connections swallows a cancellation, while it checks one.

Affected: psycopg_pool 3.3.1. Fixed: 3.3.2.

What happens: a task that asks for a connection is cancelled while the pool checks whether that one works. The pool
takes the `CancelledError` for the answer that it does not, puts it back, and looks for another one. (Up to 3.2.7, issue
1208, the connection was lost instead.)
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import psycopg_pool
    from postgres import Connection, ask

    async def use() -> None:
        with contextlib.suppress(psycopg_pool.PoolTimeout):
            async with pool.connection():
                await asyncio.sleep(1)

    await asyncio.sleep(1)  # connections that were made at second 0 the pool takes for outdated
    options = {"connection_class": Connection, "check": ask, "min_size": 1, "num_workers": 1}
    async with psycopg_pool.AsyncConnectionPool(**options) as pool:
        await use()
        await asyncio.wait([env.cancellable(asyncio.create_task(use(), name="user"))])
        await use()


_NEEDS = ("psycopg==3.2.10", "psycopg-binary==3.2.10", "typing_extensions==4.16.0")


def test_psycopg_pool_3_3_1_swallows_a_cancellation(release: Callable[..., Place]) -> None:
    release("psycopg-pool==3.3.1", *_NEEDS).finds(program, "swallowed", events=1, at_most=1)


def test_psycopg_pool_3_3_2_swallows_none(release: Callable[..., Place]) -> None:
    release("psycopg-pool==3.3.2", *_NEEDS).finds_nothing(program, at_most=1)
