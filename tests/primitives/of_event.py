"""`asyncio.Event`: tasks that wait until it is set; it may be cleared again at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised

if TYPE_CHECKING:
    from treadle import Env


@judges(
    promised(
        "wakes",
        "All tasks waiting for event to be set will be immediately awakened.",
        at="asyncio-sync.html#asyncio.Event.set",
    ),
    promised(
        "result",
        "If the event is set, return True immediately. Otherwise block until another task calls set().",
        at="asyncio-sync.html#asyncio.Event.wait",
    ),
    LOST,
    PHANTOM,
    primitive="Event",
    tasks=3,
    cancels=2,
    events=2,
    fast=True,
)
async def waiters(env: Env) -> None:
    """Three tasks wait when the event is set."""
    event = asyncio.Event()
    was_set = False

    async def wait() -> None:
        got = await event.wait()
        assert got is True, "result: wait() did not return True"
        assert was_set, "result: wait() returned, and nobody had set the event"
        happened("result")
        happened("wakes")

    tasks = [start(env, f"waiter {number}", wait()) for number in range(3)]
    clears = env.branch()
    await env.future("time to set it")
    was_set = True
    event.set()
    if clears:
        event.clear()
    await asyncio.wait(tasks)
    for task in tasks:
        hear(task)
    see_cancellations(tasks)
