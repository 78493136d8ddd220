"""`asyncio.as_completed`: each task comes once, in the order in which they end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised, unpromised

if TYPE_CHECKING:
    from treadle import Env

_AT = "asyncio-task.html#asyncio.as_completed"


@judges(
    promised(
        "items",
        "The object returned can be iterated to obtain the results of the awaitables as they finish.",
        at=_AT,
    ),
    promised(
        "order",
        "Each coroutine returns the result or raises the exception of the next completed awaitable.",
        at=_AT,
    ),
    promised(
        "no-trace",
        "as_completed() does not cancel the tasks running the supplied awaitables: if a timeout occurs or the "
        "iteration is cancelled, the remaining tasks continue to run.",
        at=_AT,
    ),
    LOST,
    PHANTOM,
    primitive="as_completed",
    tasks=4,
    cancels=2,
    events=2,
    fast=True,
)
async def plain(env: Env) -> None:
    """Three tasks, iterated by `for`, perhaps with a time-out; the caller may be cancelled."""
    ended: list[int] = []
    got: list[int] = []
    timeout = env.choose((None, 10))

    async def child(number: int) -> int:
        await env.future(f"child {number}")
        ended.append(number)
        return number

    tasks = [asyncio.create_task(child(number), name=f"child {number}") for number in range(2)]

    async def call() -> None:
        try:
            for each in asyncio.as_completed(tasks, timeout=timeout):
                got.append(await each)
        except TimeoutError:
            assert timeout, "items: the time was up, and there was no time-out"
        else:
            assert sorted(got) == [0, 1], "items: not each task came once"
            happened("items")
        assert got == ended[: len(got)], "order: they came in another order than they ended in"
        happened("order")

    caller = start(env, "caller", call())
    await asyncio.wait([caller])
    hear(caller)
    if caller.cancelled():
        happened("no-trace")
    await asyncio.wait(tasks)
    assert not any(task.cancelled() for task in tasks), "no-trace: a task was cancelled along with the caller"
    see_cancellations([caller])


@judges(
    unpromised("items", "nothing says that an iteration can go on after one of its steps was cancelled"),
    primitive="as_completed",
    tasks=3,
    cancels=1,
    events=2,
    since=(3, 13),
)
async def resumed(env: Env) -> None:
    """A step of an iteration is cancelled, as by a time-out of its own, and the iteration goes on."""

    async def child(number: int) -> int:
        await env.future(f"child {number}")
        return number

    tasks = [asyncio.create_task(child(number), name=f"child {number}") for number in range(2)]
    iterator = asyncio.as_completed(tasks)
    got: list[int] = []
    while True:
        step = start(env, "step", anext(iterator), times=1, may_swallow=True)  # type: ignore[call-overload]
        await asyncio.wait([step])
        if step.cancelled():
            happened("items")
        elif isinstance(step.exception(), StopAsyncIteration):
            break
        else:
            got.append(step.result().result())
    await asyncio.wait(tasks)
    assert sorted(got) == [0, 1], "items: not each task came once"
