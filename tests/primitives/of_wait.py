"""`asyncio.wait`: it waits for others and leaves them alone, however it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised

if TYPE_CHECKING:
    from treadle import Env

_AT = "asyncio-task.html#asyncio.wait"
_CLAIMS = (
    promised("result", "Returns two sets of Tasks/Futures: (done, pending).", at=_AT),
    promised("no-trace", "If wait() is cancelled, the futures in aws are not cancelled and continue to run.", at=_AT),
    LOST,
    PHANTOM,
)


async def _wait(env: Env, return_when: str, timeout: float | None) -> None:
    async def child(name: str, error: type[Exception] | None) -> None:
        await env.future(name, error=error)

    children = [
        asyncio.create_task(child("one", OSError), name="one"),
        start(env, "two", child("two", None), times=1) if timeout is None else asyncio.create_task(child("two", None)),
    ]

    async def call() -> None:
        done, pending = await asyncio.wait(children, timeout=timeout, return_when=return_when)
        assert done | pending == set(children), "result: the two sets are not what was waited for"
        assert not done & pending, "result: one is in both sets"
        assert all(task.done() for task in done), "result: one is told to be done, and is not"
        failed = any(not task.cancelled() and task.exception() for task in done)
        if timeout is None:
            enough = {
                asyncio.FIRST_COMPLETED: bool(done),
                asyncio.FIRST_EXCEPTION: failed or not pending,
                asyncio.ALL_COMPLETED: not pending,
            }
            assert enough[return_when], "result: it has returned too early"
        happened("result")

    caller = start(env, "caller", call())
    await asyncio.wait([caller])
    hear(caller)
    if caller.cancelled():
        happened("no-trace")
    for task in children:
        if not task.cancelling():
            assert not task.cancelled(), "no-trace: one that was waited for was cancelled along"
    await asyncio.wait(children)
    see_cancellations([caller, *children])
    for task in children:
        if not task.cancelled():
            task.exception()


@judges(*_CLAIMS, primitive="wait", tasks=3, cancels=2, events=2, fast=True)
async def untimed(env: Env) -> None:
    """Two tasks are waited for, in each of the three ways; one may fail, one may be cancelled once."""
    await _wait(env, env.choose((asyncio.ALL_COMPLETED, asyncio.FIRST_COMPLETED, asyncio.FIRST_EXCEPTION)), None)


@judges(
    *_CLAIMS,
    promised(
        "ends",
        "timeout (a float or int), if specified, can be used to control the maximum number of seconds to wait before "
        "returning.",
        at=_AT,
    ),
    primitive="wait",
    tasks=3,
    cancels=2,
    events=2,
)
async def timed(env: Env) -> None:
    """The same with a time-out, which may come at any time; only the caller may be cancelled."""
    happened("ends")
    await _wait(env, asyncio.ALL_COMPLETED, env.choose((10, 0)))
