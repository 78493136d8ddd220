"""anyio pull request 1075: a `Condition` loses a notification.

Affected: 4.12.1. Fixed: 4.13.0.

What happens: `notify()` wakes the first of those who wait. If its scope is cancelled before it runs, it leaves without
passing the notification on, and the one behind it waits for ever.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import anyio

    condition = anyio.Condition()
    stock: list[str] = []

    async def take() -> None:
        async with condition:
            while not stock:
                await condition.wait()
            stock.pop()

    async def take_or_give_up() -> None:
        with anyio.CancelScope() as scope:
            env.may(scope.cancel, name="scope.cancel()")
            await take()

    async def put() -> None:
        await env.future("delivery")
        async with condition:
            stock.append("item")
            condition.notify()

    first = asyncio.create_task(take_or_give_up(), name="first")
    second = asyncio.create_task(take(), name="second")
    await put()
    await first
    if stock:
        await second
    second.cancel()


def test_anyio_4_12_1_loses_a_notification(release: Callable[..., Place]) -> None:
    release("anyio==4.12.1", "idna==3.10", "typing_extensions==4.16.0").finds(program, "deadlock", events=1)


def test_anyio_4_13_0_loses_none(release: Callable[..., Place]) -> None:
    release("anyio==4.13.0", "idna==3.10", "typing_extensions==4.16.0").finds_nothing(program)
