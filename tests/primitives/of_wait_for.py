"""`asyncio.wait_for`: a call with a time-out, that may be cancelled when the time-out or the result has come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised, unpromised

if TYPE_CHECKING:
    from treadle import Env

_AT = "asyncio-task.html#asyncio.wait_for"
_COUNT = promised(
    "balanced",
    "While the block might get cancelled due to the timeout, code outside of it should continue running even in case "
    "of the timeout.",
    at="asyncio-task.html#asyncio.Task.uncancel",
)


@judges(
    promised(
        "joined",
        "The function will wait until the future is actually cancelled, so the total wait time may exceed the timeout.",
        at=_AT,
    ),
    promised("result", "Wait for the aw awaitable to complete with a timeout.", at=_AT),
    promised("no-trace", "If the wait is cancelled, the future aw is also cancelled.", at=_AT),
    LOST,
    PHANTOM,
    _COUNT,
    primitive="wait_for",
    tasks=2,
    cancels=2,
    events=3,
    fast=True,
)
async def a_task(env: Env) -> None:
    """A task is waited for that cleans up over one more step when it is cancelled."""

    async def inner() -> str:
        try:
            return str(await env.future("answer", result="answer"))
        finally:
            await asyncio.sleep(0)

    task = asyncio.create_task(inner(), name="inner")
    called: list[int] = []

    async def call() -> None:
        me = asyncio.current_task()
        assert me is not None
        called.append(1)
        try:
            got = await asyncio.wait_for(task, 10)
            assert got == "answer", "result: it returned something else"
            happened("result")
        except TimeoutError:
            assert task.done(), "joined: the time is up, wait_for() has ended, and the task has not"
            happened("joined")
        if not me.cancelling():
            happened("balanced")

    caller = start(env, "caller", call())
    await asyncio.wait([caller])
    hear(caller)
    if caller.cancelled() and called:
        happened("no-trace")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert task.done(), "no-trace: the call was cancelled, and what it waited for was not"
    task.cancel()
    await asyncio.wait([task])
    see_cancellations([caller])


@judges(
    promised("failure-kept", "If an exception happens during cancellation, it is propagated.", at=_AT),
    PHANTOM,
    primitive="wait_for",
    tasks=2,
    cancels=2,
    events=2,
)
async def that_fails(env: Env) -> None:
    """What is waited for fails when it is cancelled, because the time is up or because the caller is cancelled."""
    failed: list[int] = []

    async def inner() -> None:
        try:
            await env.future("answer")
        except asyncio.CancelledError:
            failed.append(1)
            raise OSError from None

    async def call() -> None:
        try:
            await asyncio.wait_for(inner(), 10)
        except TimeoutError:
            assert not failed, "failure-kept: it failed, and that was not propagated"
        except OSError:
            happened("failure-kept")

    caller = start(env, "caller", call(), may_swallow=True)  # the failure takes the place of its cancellation
    await asyncio.wait([caller])
    hear(caller)
    see_cancellations([caller])


@judges(
    LOST,
    PHANTOM,
    primitive="wait_for",
    tasks=2,
    cancels=2,
    events=2,
)
async def without_time(env: Env) -> None:
    """The time-out is 0, and the caller may have been cancelled before."""

    async def inner() -> None:
        await env.future("answer")

    async def call() -> None:
        if env.branch():
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            happened("lost")
        try:
            await asyncio.wait_for(asyncio.create_task(inner()) if env.branch() else inner(), 0)
        except TimeoutError:
            pass
        me = asyncio.current_task()
        assert me is None or not me.cancelling(), "lost: it was cancelled before, and goes on after the time-out"

    caller = start(env, "caller", call())
    await asyncio.wait([caller])
    hear(caller)
    see_cancellations([caller])


@judges(
    unpromised(
        "items",
        "nothing says what becomes of a result that is there when the caller is cancelled or the time is up",
    ),
    LOST,
    PHANTOM,
    primitive="wait_for",
    tasks=3,
    cancels=2,
    events=2,
)
async def an_item(env: Env) -> None:
    """An item of a queue is waited for, as the documentation of queues proposes, by a coroutine or a task."""
    queue: asyncio.Queue[int] = asyncio.Queue()
    got: list[int] = []
    as_task = env.branch()

    async def call() -> None:
        get = queue.get()
        try:
            got.append(await asyncio.wait_for(asyncio.create_task(get) if as_task else get, 10))
            happened("items")
        except TimeoutError:
            pass

    caller = start(env, "caller", call())
    await env.future("an item")
    queue.put_nowait(1)
    await asyncio.wait([caller])
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    hear(caller)
    see_cancellations([caller])
    assert got or not queue.empty(), "items: the item is lost"
