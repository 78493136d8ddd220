"""async-lru issue 503: whoever asks a cache that is cleared meanwhile waits for ever.

Affected: 2.0.3. Fixed: 2.0.4.

What happens: a call is under way when `cache_clear()` forgets all of them. When the call is done, its callback wants to
strike it from the list, fails with `KeyError`, and never hands the result on to who waits for it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    from async_lru import alru_cache

    @alru_cache
    async def look_up(key: str) -> str:
        await env.future("answer")
        return key

    env.may(look_up.cache_clear, name="cache_clear()")
    assert tuple(await asyncio.gather(look_up("one"), look_up("one"))) == ("one", "one")


def test_async_lru_2_0_3_lets_its_caller_wait_for_ever(release: Callable[..., Place]) -> None:
    explored = release("async-lru==2.0.3").explore(program)
    found = {str(each.property): each.events for each in explored.violations}
    assert found == {"deadlock": 1, "reported": 1}, str(explored)


def test_async_lru_2_0_4_does_not(release: Callable[..., Place]) -> None:
    release("async-lru==2.0.4").finds_nothing(program)
