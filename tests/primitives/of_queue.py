"""`asyncio.Queue` and `PriorityQueue`: producers and consumers; whoever is cancelled is replaced."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised

if TYPE_CHECKING:
    from treadle import Env

_GET = "asyncio-queue.html#asyncio.Queue.get"
_PUT = "asyncio-queue.html#asyncio.Queue.put"


@judges(
    promised("items", "Remove and return an item from the queue.", at=_GET),
    promised("order", "A first in, first out (FIFO) queue.", at="asyncio-queue.html#asyncio.Queue"),
    promised("exclusion", "await put() blocks when the queue reaches maxsize.", at="asyncio-queue.html#asyncio.Queue"),
    LOST,
    PHANTOM,
    primitive="Queue",
    tasks=4,
    cancels=2,
    events=2,
    fast=True,
)
async def items(env: Env) -> None:
    """Two producers and two consumers of a queue with room for one item."""
    queue: asyncio.Queue[int] = asyncio.Queue(1)
    sent: list[int] = []
    got: list[int] = []

    async def produce(item: int) -> None:
        await queue.put(item)
        sent.append(item)
        assert queue.qsize() <= 1, "exclusion: the queue has more items than room"
        happened("exclusion")

    async def consume() -> None:
        got.append(await queue.get())

    tasks = [start(env, f"producer {number}", produce(number)) for number in range(2)]
    tasks += [start(env, f"consumer {number}", consume()) for number in range(2)]
    await env.future("late")
    tasks += [asyncio.create_task(produce(2), name="producer 2"), asyncio.create_task(consume(), name="consumer 2")]
    while not all(task.done() for task in tasks):
        if queue.full():
            got.append(queue.get_nowait())
        elif len(got) == len(sent):
            queue.put_nowait(len(tasks))
            sent.append(len(tasks))
        await asyncio.sleep(0)
    while not queue.empty():
        got.append(queue.get_nowait())
    for task in tasks:
        hear(task)
    see_cancellations(tasks)
    assert sorted(got) == sorted(sent), "items: what was got is not what was put"
    assert got == sent, "order: items came out in another order than they went in"
    happened("items")
    happened("order")


@judges(
    promised("wakes", "If queue is empty, wait until an item is available.", at=_GET),
    LOST,
    PHANTOM,
    primitive="Queue",
    tasks=4,
    cancels=2,
    events=2,
    fast=True,
)
async def getters(env: Env) -> None:
    """Three tasks wait for one item: one of those that are left has it."""
    queue: asyncio.Queue[int] = asyncio.Queue()

    async def get() -> None:
        await queue.get()
        happened("wakes")

    tasks = [start(env, f"getter {number}", get()) for number in range(3)]
    await env.future("an item")
    queue.put_nowait(1)
    waiting = set(tasks)
    while not queue.empty() and waiting:
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    await _end(waiting)
    see_cancellations(tasks)


@judges(
    promised("wakes", "If the queue is full, wait until a free slot is available before adding the item.", at=_PUT),
    LOST,
    PHANTOM,
    primitive="Queue",
    tasks=4,
    cancels=2,
    events=2,
)
async def putters(env: Env) -> None:
    """Three tasks wait for room: when there is some, one of those that are left has it."""
    queue: asyncio.Queue[int] = asyncio.Queue(1)
    queue.put_nowait(0)

    async def put(item: int) -> None:
        await queue.put(item)
        happened("wakes")

    tasks = [start(env, f"putter {number}", put(number)) for number in range(3)]
    await env.future("room")
    queue.get_nowait()
    waiting = set(tasks)
    while not queue.full() and waiting:
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    await _end(waiting)
    see_cancellations(tasks)


@judges(
    promised(
        "joined",
        "Block until all items in the queue have been received and processed.",
        at="asyncio-queue.html#asyncio.Queue.join",
    ),
    promised(
        "wakes",
        "When the count of unfinished tasks drops to zero, join() unblocks.",
        at="asyncio-queue.html#asyncio.Queue.join",
    ),
    LOST,
    PHANTOM,
    primitive="Queue",
    tasks=4,
    cancels=2,
    events=2,
)
async def join(env: Env) -> None:
    """Two tasks wait until two workers have done all; a worker that is cancelled says that its item is done."""
    queue: asyncio.Queue[int] = asyncio.Queue()
    working: list[int] = []
    for item in range(2):
        queue.put_nowait(item)

    async def work() -> None:
        item = await queue.get()
        working.append(item)
        try:
            await asyncio.sleep(0)
        finally:
            working.remove(item)
            queue.task_done()

    async def wait() -> None:
        await queue.join()
        assert queue.empty() and not working, "joined: join() has ended, and not all is done"
        happened("joined")
        happened("wakes")

    tasks = [start(env, f"joiner {number}", wait()) for number in range(2)]
    workers = [start(env, f"worker {number}", work()) for number in range(2)]
    await asyncio.wait(workers)
    while not queue.empty():
        await work()
    await asyncio.wait(tasks)
    for task in tasks:
        hear(task)
    see_cancellations([*tasks, *workers])


@judges(
    promised(
        "order",
        "A variant of Queue; retrieves entries in priority order (lowest first).",
        at="asyncio-queue.html#asyncio.PriorityQueue",
    ),
    promised("items", "Remove and return an item from the queue.", at=_GET),
    LOST,
    PHANTOM,
    primitive="PriorityQueue",
    tasks=4,
    cancels=2,
    events=2,
)
async def priorities(env: Env) -> None:
    """Two producers and two consumers; whatever is got is the lowest that is there."""
    queue: asyncio.PriorityQueue[int] = asyncio.PriorityQueue()
    there: list[int] = []

    async def produce(item: int) -> None:
        await asyncio.sleep(0)
        await queue.put(item)
        there.append(item)

    async def consume() -> None:
        item = await queue.get()
        assert item in there, "items: an item was had twice"
        assert item == min(there), "order: a lower one was there"
        there.remove(item)
        happened("order")
        happened("items")

    consumers = [start(env, f"consumer {number}", consume()) for number in range(2)]
    producers = [start(env, f"producer {number}", produce(number)) for number in (1, 0)]
    await asyncio.wait(producers)
    while not queue.empty():
        await consume()
        await asyncio.sleep(0)
    for _ in range(3):
        await asyncio.sleep(0)
    await _end({task for task in consumers if not task.done()})
    see_cancellations([*producers, *consumers])
    assert not there, "items: an item is lost"


async def _end(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
