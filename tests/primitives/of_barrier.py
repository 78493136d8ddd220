"""`asyncio.Barrier`: three parties; whoever is cancelled makes room for another one."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised

if TYPE_CHECKING:
    from treadle import Env

_WAIT = "asyncio-sync.html#asyncio.Barrier.wait"


@judges(
    promised(
        "wakes",
        "When all the tasks party to the barrier have called this function, they are all unblocked simultaneously.",
        at=_WAIT,
    ),
    promised(
        "result", "The return value is an integer in the range of 0 to parties-1, different for each task.", at=_WAIT
    ),
    promised(
        "no-trace",
        "When a waiting or blocked task in the barrier is cancelled, this task exits the barrier which stays in the "
        'same state. If the state of the barrier is "filling", the number of waiting task decreases by 1.',
        at=_WAIT,
    ),
    LOST,
    PHANTOM,
    primitive="Barrier",
    tasks=4,
    cancels=2,
    events=2,
    fast=True,
)
async def parties(env: Env) -> None:
    """Two tasks wait, and a third comes late; where some were cancelled, others take their places in the end."""
    barrier = asyncio.Barrier(3)
    places: list[int] = []

    async def wait() -> None:
        places.append(await barrier.wait())
        happened("wakes")

    tasks = [start(env, f"party {number}", wait()) for number in range(2)]
    await env.future("late")
    tasks.append(start(env, "party 2", wait()))
    await env.future("later")
    while barrier.n_waiting:
        if any(task.cancelled() for task in tasks):
            happened("no-trace")
        left = sum(not task.done() for task in tasks)
        assert barrier.n_waiting <= left, "no-trace: one who was cancelled still counts"
        tasks.append(asyncio.create_task(wait(), name="another"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await asyncio.wait(tasks)
    for task in tasks:
        hear(task)
    see_cancellations(tasks)
    assert len(set(places)) == len(places), "result: two parties of one round have the same place"
    assert all(place in range(3) for place in places), "result: a place is out of range"
    if len(places) > 1:
        happened("result")


@judges(
    promised(
        "wakes",
        "Any tasks waiting on it will receive the BrokenBarrierError exception.",
        at="asyncio-sync.html#asyncio.Barrier.reset",
    ),
    LOST,
    PHANTOM,
    primitive="Barrier",
    tasks=3,
    cancels=2,
    events=2,
)
async def given_up(env: Env) -> None:
    """Two tasks wait when the barrier is reset or aborted; after a reset it is used again."""
    barrier = asyncio.Barrier(3)
    told: list[int] = []

    async def wait() -> None:
        try:
            await barrier.wait()
        except asyncio.BrokenBarrierError:
            told.append(1)
            happened("wakes")
        else:
            raise AssertionError("wakes: a task got through a barrier that was given up")

    tasks = [start(env, f"party {number}", wait()) for number in range(2)]
    aborts = env.branch()
    await env.future("given up")
    await (barrier.abort() if aborts else barrier.reset())
    await asyncio.wait(tasks)
    for task in tasks:
        hear(task)
    see_cancellations(tasks)
    assert barrier.broken is aborts, "wakes: the barrier is not in the state that was asked for"
    if not aborts:
        with contextlib.suppress(TimeoutError):
            again = [asyncio.create_task(barrier.wait(), name=f"again {number}") for number in range(3)]
            await asyncio.wait(again)
            assert sorted(task.result() for task in again) == [0, 1, 2], "wakes: a reset barrier is of no use"
