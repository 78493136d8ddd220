"""`asyncio.shield`: what is inside goes on when the caller is cancelled, and is heard of like anything else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised

if TYPE_CHECKING:
    from treadle import Env

_AT = "asyncio-task.html#asyncio.shield"
_REPORTED = promised(
    "failure-kept",
    "If a Future.set_exception() is called but the Future object is never awaited on, the exception would never be "
    "propagated to the user code. In this case, asyncio would emit a log message when the Future object is garbage "
    "collected.",
    at="asyncio-dev.html#detect-never-retrieved-exceptions",
)


@judges(
    promised(
        "no-trace",
        "if the coroutine containing it is cancelled, the Task running in something() is not cancelled. From the point "
        "of view of something(), the cancellation did not happen.",
        at=_AT,
    ),
    promised("result", "The statement ... res = await shield(task) is equivalent to: res = await something()", at=_AT),
    LOST,
    PHANTOM,
    primitive="shield",
    tasks=2,
    cancels=2,
    events=3,
    fast=True,
)
async def inside(env: Env) -> None:
    """The caller may be cancelled, the task inside is not."""

    async def work() -> str:
        return str(await env.future("work", result="done"))

    task = asyncio.create_task(work(), name="inside")

    async def call() -> None:
        assert await asyncio.shield(task) == "done", "result: something else came out"
        happened("result")

    caller = start(env, "caller", call())
    await asyncio.wait([caller])
    hear(caller)
    if caller.cancelled():
        happened("no-trace")
    await asyncio.wait([task])
    assert not task.cancelled(), "no-trace: the task inside was cancelled"
    see_cancellations([caller])


@judges(_REPORTED, LOST, PHANTOM, primitive="shield", tasks=2, cancels=2, events=2, fast=True)
async def heard(env: Env) -> None:
    """The task inside fails, and its owner awaits it in the end: nothing is to be reported."""

    async def work() -> None:
        await env.future("work", error=OSError)

    task = asyncio.create_task(work(), name="inside")

    async def call() -> None:
        try:
            await asyncio.shield(task)
        except OSError:
            pass

    caller = start(env, "caller", call())
    await asyncio.wait([caller])
    hear(caller)
    try:
        await task
    except OSError:
        happened("failure-kept")
    see_cancellations([caller])


@judges(_REPORTED, primitive="shield", tasks=2, cancels=2, events=2)
async def unheard(env: Env) -> None:
    """The task inside fails after the caller has left, and nobody awaits it: that must be reported.

    A caller that is cancelled when the failure has been handed to it counts as having awaited it, as with any future.
    `_log_traceback` is what makes a task report its exception when it is collected; nothing public tells.
    """
    reports: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context["message"]))

    async def work() -> None:
        await env.future("work")
        raise OSError

    task = asyncio.create_task(work(), name="inside")

    shields: list[asyncio.Future[None]] = []

    async def call() -> None:
        shields.append(asyncio.shield(task))
        await shields[0]

    caller = start(env, "caller", call())
    await asyncio.wait([caller, task])
    if shields and shields[0].cancelled() and not task.cancelled():
        reported = bool(reports) or bool(task._log_traceback)
        task.exception()
        happened("failure-kept")
        assert reported, "failure-kept: nobody heard of the failure, and it will not be reported"
    else:
        task.cancelled() or task.exception()
        caller.cancelled() or caller.exception()
