"""gh-112202: `asyncio.Condition` loses a notification.

Affected: 3.12 and older. Fixed: 3.13.0.

What happens: `notify()` has chosen a waiter, which has not run yet and is cancelled in this gap. It leaves without
passing the notification on, so that another one waits for ever, with an item there for it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    condition = asyncio.Condition()
    items: list[int] = []

    async def consume() -> None:
        async with condition:
            while not items:
                await condition.wait()
            items.pop()

    consumers = [env.cancellable(asyncio.create_task(consume(), name="first")), asyncio.create_task(consume())]
    await env.future("start")
    async with condition:
        items.append(1)
        condition.notify()
    await asyncio.wait(consumers, return_when=asyncio.FIRST_COMPLETED)
    if consumers[0].cancelled():
        await consumers[1]
    else:
        consumers[1].cancel()
        await asyncio.wait(consumers)


def test_a_condition_loses_a_notification_until_3_13(place: Place) -> None:
    if place.version < (3, 13):
        place.finds(program, "deadlock", events=1)
    else:
        place.finds_nothing(program)
