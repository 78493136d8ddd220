"""Programs that showed historical bugs of CPython. They know the program, and not the schedule.

Standard library and Treadle only: each interpreter that has a bug, or has it no more, runs this file.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import treadle

if TYPE_CHECKING:
    from treadle import Env


async def wait_for_swallows_a_cancel(env: Env) -> None:
    """gh-86296: `wait_for` returned a result although the caller had been cancelled; repaired in 3.12."""

    async def worker() -> None:
        await asyncio.wait_for(env.future("reply"), 10)

    await asyncio.wait([env.cancellable(asyncio.create_task(worker()))])


async def condition_loses_a_notification(env: Env) -> None:
    """gh-112202: a waiter that was notified and then cancelled did not pass the notification on; repaired in 3.13."""
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


async def nested_groups_swallow_a_cancel(env: Env) -> None:
    """gh-116720: both groups have a failing child; the outer one hung, as the inner one ate its cancel; until 3.12."""

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


async def eager_child_hangs_a_group(env: Env) -> None:
    """gh-128550: an eager child that fails at once did not wake its group; 3.12 and 3.13.0."""
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]

    async def fail() -> None:
        if env.branch():
            await env.future("reply")
        raise OSError

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            await asyncio.Event().wait()
    except* OSError:
        pass


def main() -> None:
    """Explore one of these, and print what was found as JSON."""
    explored = treadle.explore(globals()[sys.argv[1]], events=2)
    told = {
        "verdict": str(explored.verdict),
        "stopped": explored.stopped,
        "found": [[str(each.property), each.events, each.text] for each in explored.violations],
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
