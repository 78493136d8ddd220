"""tornado issue 2826: a queue loses an item.

Affected: 6.1, as all others. Not fixed: 6.6.1 has it still.

What happens: `put()` hands an item to a task that waits in `get()`. If that task is cancelled before it runs, the item
has left the queue and reaches nobody.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    from tornado.queues import Queue

    queue: Queue[str] = Queue()
    received: list[str] = []

    async def take() -> None:
        received.append(await queue.get())

    taker = env.cancellable(asyncio.create_task(take(), name="taker"))
    await env.future("something to do")
    queue.put_nowait("item")
    await asyncio.wait([taker])
    if queue.qsize():
        received.append(queue.get_nowait())
    assert received == ["item"]


def test_tornado_6_1_loses_an_item(release: Callable[..., Place]) -> None:
    release("tornado==6.1").finds(program, "raises", events=1)


def test_tornado_6_6_1_loses_it_still(release: Callable[..., Place]) -> None:
    release("tornado==6.6.1").finds(program, "raises", events=1)
