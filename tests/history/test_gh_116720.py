"""gh-116720: a nested `asyncio.TaskGroup` swallows the cancellation that the outer one has sent.

Affected: 3.11 and 3.12. Fixed: 3.13.0.

What happens: a task of the inner group fails, and while that group cancels its parent, a task of the outer group fails,
too. The inner group takes both cancellations for its own, so the body of the outer one goes on and is never cancelled.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    async def fail(name: str) -> None:
        await env.future(name)
        raise OSError

    try:
        async with asyncio.TaskGroup() as outer:
            outer.create_task(fail("outer"))
            try:
                async with asyncio.TaskGroup() as inner:
                    inner.create_task(fail("inner"))
            except* OSError:
                pass
            await asyncio.Event().wait()
    except* OSError:
        pass


def test_a_nested_group_swallows_a_cancellation_until_3_13(place: Place) -> None:
    if place.version < (3, 13):
        place.finds(program, "deadlock", events=1)
    else:
        place.finds_nothing(program)
