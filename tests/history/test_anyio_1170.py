"""anyio issue 1170: a `CapacityLimiter` lends the same token twice.

Affected: 4.14.1. Fixed: 4.14.2.

What happens: a token is returned and the next in the queue is woken for it, but counts as its borrower only when it
runs. Who asks before that finds nobody in the queue and a token that is free, and takes it; then the one that was woken
takes it, too. No cancellation is needed.
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

    limiter = anyio.CapacityLimiter(1)

    async def use() -> None:
        async with limiter:
            await env.future()

    async def use_later() -> None:
        await env.future("later")
        await use()

    env.always(lambda: limiter.borrowed_tokens <= 1, "a limiter of one token lends one")
    users = {"first": use, "second": use, "third": use_later}
    await asyncio.wait([asyncio.create_task(user(), name=name) for name, user in users.items()])


def test_the_limiter_of_anyio_4_14_1_lends_a_token_twice(release: Callable[..., Place]) -> None:
    release("anyio==4.14.1", "idna==3.10", "typing_extensions==4.16.0").finds(program, "always", events=1)


def test_the_limiter_of_anyio_4_14_2_does_not(release: Callable[..., Place]) -> None:
    release("anyio==4.14.2", "idna==3.10", "typing_extensions==4.16.0").finds_nothing(program)
