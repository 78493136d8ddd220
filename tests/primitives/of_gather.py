"""`asyncio.gather`: results in order, a failure at once, and a cancellation that reaches all that it waits for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised

if TYPE_CHECKING:
    from treadle import Env

_AT = "asyncio-task.html#asyncio.gather"


@judges(
    promised("order", "The order of result values corresponds to the order of awaitables in aws.", at=_AT),
    promised(
        "no-trace",
        "If gather() is cancelled, all submitted awaitables (that have not completed yet) are also cancelled.",
        at=_AT,
    ),
    promised(
        "failure-kept",
        "If return_exceptions is False (default), the first raised exception is immediately propagated to the task "
        "that awaits on gather().",
        at=_AT,
    ),
    LOST,
    PHANTOM,
    primitive="gather",
    tasks=3,
    cancels=2,
    events=2,
    fast=True,
)
async def children(env: Env) -> None:
    """Two tasks are gathered, one of which may fail; the caller may be cancelled."""
    returns = env.branch()

    async def child(name: str, error: type[Exception] | None) -> str:
        return str(await env.future(name, result=name, error=error))

    tasks = [
        asyncio.create_task(child("one", OSError), name="one"),
        asyncio.create_task(child("two", None), name="two"),
    ]
    called: list[int] = []

    async def call() -> None:
        called.append(1)
        try:
            got = await asyncio.gather(*tasks, return_exceptions=returns)
        except OSError:
            assert not returns, "failure-kept: an exception was raised that should have been returned"
            happened("failure-kept")
            return
        assert not _failed(tasks[0]) or returns, "failure-kept: one has failed, and that was not propagated"
        assert got == [tasks[0].exception() or "one", "two"], "order: the results are not in order"
        happened("order")

    caller = start(env, "caller", call())
    await asyncio.wait([caller])
    hear(caller)
    # a gather that has told of a failure is done, and leaves the others alone, as it should
    if caller.cancelled() and called and (returns or not _failed(tasks[0])):
        happened("no-trace")
        for _ in range(3):
            await asyncio.sleep(0)
        assert all(task.done() for task in tasks), "no-trace: the call was cancelled, and one it waited for was not"
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.exception()
    see_cancellations([caller])


def _failed(task: asyncio.Task[str]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None


@judges(
    promised(
        "phantom",
        "If any Task or Future from the aws sequence is cancelled, it is treated as if it raised CancelledError -- the "
        "gather() call is not cancelled in this case. This is to prevent the cancellation of one submitted Task/Future "
        "to cause other Tasks/Futures to be cancelled.",
        at=_AT,
    ),
    LOST,
    primitive="gather",
    tasks=3,
    cancels=2,
    events=2,
)
async def one_is_cancelled(env: Env) -> None:
    """One of two tasks that are gathered may be cancelled; the other one may not be for that."""

    async def child(name: str) -> None:
        await env.future(name)

    one = start(env, "one", child("one"))
    two = asyncio.create_task(child("two"), name="two")

    async def call() -> None:
        gathered = asyncio.gather(one, two)
        try:
            await gathered
        except asyncio.CancelledError:
            happened("phantom")
            assert not gathered.cancelled(), "phantom: the gather was cancelled since one of its tasks was"

    await call()
    await asyncio.wait([two])
    assert not two.cancelled(), "phantom: one task was cancelled because another one was"
    see_cancellations([one])
