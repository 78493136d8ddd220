"""`asyncio.Queue.shutdown` (3.13): who is blocked is told, in whatever way the queue is shut down."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised

if TYPE_CHECKING:
    from treadle import Env

_AT = "asyncio-queue.html#asyncio.Queue.shutdown"


@judges(
    promised(
        "wakes",
        "Blocked callers of get() are unblocked and will raise QueueShutDown because the queue is empty.",
        at=_AT,
    ),
    LOST,
    PHANTOM,
    primitive="Queue.shutdown",
    tasks=2,
    cancels=2,
    events=2,
    since=(3, 13),
)
async def getters(env: Env) -> None:
    """Two tasks wait for an item; the queue is shut down, with one item that has just come or with none."""
    queue: asyncio.Queue[int] = asyncio.Queue()
    got: list[int] = []

    async def get() -> None:
        try:
            got.append(await queue.get())
        except asyncio.QueueShutDown:  # type: ignore[attr-defined]  # from 3.13
            happened("wakes")

    tasks = [start(env, f"getter {number}", get()) for number in range(2)]
    immediate, comes = env.branch(), env.branch()
    await env.future("end")
    if comes:
        queue.put_nowait(1)
    queue.shutdown(immediate)  # type: ignore[attr-defined]
    await asyncio.wait(tasks)
    for task in tasks:
        hear(task)
    see_cancellations(tasks)
    assert len(got) <= (1 if comes and not immediate else 0), "wakes: somebody got what was not there any more"


@judges(
    promised(
        "wakes",
        "Currently blocked callers of put() will be unblocked and will raise QueueShutDown in the formerly blocked "
        "thread.",
        at=_AT,
    ),
    promised("exclusion", "The queue can no longer grow.", at=_AT),
    LOST,
    PHANTOM,
    primitive="Queue.shutdown",
    tasks=2,
    cancels=2,
    events=2,
    since=(3, 13),
)
async def putters(env: Env) -> None:
    """Two tasks wait for room; the queue is shut down, and perhaps there has just been some."""
    queue: asyncio.Queue[int] = asyncio.Queue(1)
    queue.put_nowait(0)
    put: list[int] = []
    sizes: list[int] = []

    async def do(item: int) -> None:
        try:
            await queue.put(item)
        except asyncio.QueueShutDown:  # type: ignore[attr-defined]  # from 3.13
            happened("wakes")
            return
        put.append(item)
        assert not sizes, "exclusion: the queue has grown after it was shut down"

    tasks = [start(env, f"putter {number}", do(number)) for number in range(2)]
    immediate, room = env.branch(), env.branch()
    await env.future("end")
    if room:
        queue.get_nowait()
    queue.shutdown(immediate)  # type: ignore[attr-defined]
    sizes.append(queue.qsize())
    await asyncio.wait(tasks)
    for task in tasks:
        hear(task)
    see_cancellations(tasks)
    assert queue.qsize() <= sizes[0], "exclusion: the queue has grown after it was shut down"
    happened("exclusion")


@judges(
    promised(
        "wakes",
        "If unfinished tasks is reduced to zero, callers of join() are unblocked.",
        at=_AT,
    ),
    promised(
        "joined",
        "When the count of unfinished tasks drops to zero, join() unblocks.",
        at="asyncio-queue.html#asyncio.Queue.join",
    ),
    LOST,
    PHANTOM,
    primitive="Queue.shutdown",
    tasks=3,
    cancels=2,
    events=2,
    since=(3, 13),
)
async def join(env: Env) -> None:
    """A worker has one of two items when the queue is shut down; two tasks wait until all is done."""
    queue: asyncio.Queue[int] = asyncio.Queue()
    working: list[int] = []
    for item in range(2):
        queue.put_nowait(item)

    async def work() -> None:
        working.append(await queue.get())
        try:
            await env.future("work")
        finally:
            working.clear()
            queue.task_done()

    async def wait() -> None:
        await queue.join()
        assert not working, "joined: join() has ended, and a worker is at work"
        happened("joined")
        happened("wakes")

    worker = start(env, "worker", work())
    tasks = [start(env, f"joiner {number}", wait()) for number in range(2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    queue.shutdown(immediate=True)  # type: ignore[attr-defined]
    await asyncio.wait([worker, *tasks])
    for task in tasks:
        hear(task)
    see_cancellations([worker, *tasks])
