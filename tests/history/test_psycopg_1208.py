"""psycopg issue 1208: the pool loses a connection.

Affected: psycopg_pool 3.2.7. Fixed: 3.2.8, which swallows the cancellation instead: issue 1401.

What happens: a task that asks for a connection is cancelled while the pool checks whether that one works. The pool was
prepared for every `Exception`, which `CancelledError` is none of: the connection is neither used nor put back.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import psycopg_pool
    from postgres import Connection, ask

    async def use() -> None:
        async with pool.connection():
            await asyncio.sleep(1)

    await asyncio.sleep(1)  # connections that were made at second 0 the pool takes for outdated
    options = {"connection_class": Connection, "check": ask, "min_size": 1, "num_workers": 1}
    async with psycopg_pool.AsyncConnectionPool(**options) as pool:
        await use()
        await asyncio.wait([env.cancellable(asyncio.create_task(use(), name="user"), may_swallow=True)])
        await use()


_NEEDS = ("psycopg==3.2.10", "psycopg-binary==3.2.10", "typing_extensions==4.16.0")


def test_psycopg_pool_3_2_7_loses_a_connection(release: Callable[..., Place]) -> None:
    release("psycopg-pool==3.2.7", *_NEEDS).finds(program, "raises", events=1, at_most=1)


def test_psycopg_pool_3_2_8_loses_none(release: Callable[..., Place]) -> None:
    release("psycopg-pool==3.2.8", *_NEEDS).finds_nothing(program, at_most=1)
