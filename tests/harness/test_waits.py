"""A lost wake-up is told of each primitive of asyncio: its own account says that what the task waits for is there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

import treadle
from treadle.programs import ProgramProperty

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def of_a_lock() -> None:
    lock = asyncio.Lock()
    await lock.acquire()
    await _waits(lock.acquire(), lambda: vars(lock).update(_locked=False))


async def of_a_semaphore() -> None:
    semaphore = asyncio.Semaphore(0)
    await _waits(semaphore.acquire(), lambda: vars(semaphore).update(_value=1))


async def of_an_item() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    await _waits(queue.get(), lambda: vars(queue)["_queue"].append(1))


async def of_room() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue(1)
    queue.put_nowait(1)
    await _waits(queue.put(2), vars(queue)["_queue"].clear)


async def of_all_that_is_done() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    queue.put_nowait(1)
    await _waits(queue.join(), lambda: vars(queue).update(_unfinished_tasks=0))


async def of_an_event() -> None:
    event = asyncio.Event()
    await _waits(event.wait(), lambda: vars(event).update(_value=True))


async def _waits(wait: Awaitable[object], happens: Callable[[], object]) -> None:
    """Have something happen that the primitive tells nobody."""
    asyncio.get_running_loop().call_soon(happens)
    await wait


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (of_a_lock, "Lock.acquire() of one which is free"),
        (of_a_semaphore, "Semaphore.acquire() of one which has a slot left"),
        (of_an_item, "Queue.get() of one which has an item"),
        (of_room, "Queue.put() of one which has room"),
        (of_all_that_is_done, "Queue.join() of one in which all is done"),
        (of_an_event, "Event.wait() of one which is set"),
    ],
)
def test_a_task_waits_for_what_is_there(program: Callable[[], Awaitable[None]], told: str) -> None:
    (found,) = treadle.explore(program, events=0).violations
    assert (found.property, found.text) == (
        ProgramProperty.LOST_WAKEUP,
        f"nothing can run any more; program waits in {told}",
    )
