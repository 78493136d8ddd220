"""janus issue 715: `AsyncQueue.join()` spins and never gives way.

Affected: 1.1.0. Fixed: 1.2.0.

What happens: a thread is done with the last item and has an event set, by way of the loop; before that callback runs, a
thread puts another item and clears the event. The late callback sets it again, and from now on `join()` finds items,
waits for an event that is set, and looks again, without end and without letting anybody else run.

The threads are steps here: what they do with the queue is the same, and no lock is held for longer than a step.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import janus

    queue: janus.Queue[int] = janus.Queue()
    queue.sync_q.put(0)

    async def take_all() -> None:
        while queue.sync_q.unfinished_tasks:
            await env.future("time to take")
            queue.sync_q.get()
            queue.sync_q.task_done()
            await asyncio.sleep(0)

    def put_one_more() -> None:
        if not taker.done():
            queue.sync_q.put(1)

    taker = asyncio.create_task(take_all(), name="taking thread")
    env.may(put_one_more)
    await queue.async_q.join()
    await taker


def test_join_of_janus_1_1_0_spins(release: Callable[..., Place]) -> None:
    explored = release("janus==1.1.0", "typing_extensions==4.12.2").explore(program)
    assert [str(each.property) for each in explored.violations] == ["step-ends"], str(explored)


def test_join_of_janus_1_2_0_ends(release: Callable[..., Place]) -> None:
    release("janus==1.2.0", "typing_extensions==4.12.2").finds_nothing(program)
