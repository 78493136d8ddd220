"""`asyncio.timeout`: a block with a time-out; its cancellation is its own, and that of others is theirs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised

if TYPE_CHECKING:
    from treadle import Env

_AT = "asyncio-task.html#asyncio.timeout"
_UNCANCEL = "asyncio-task.html#asyncio.Task.uncancel"
_BALANCED = promised(
    "balanced",
    "While the block with make_request() and make_another_request() might get cancelled due to the timeout, "
    "unrelated_code() should continue running even in case of the timeout. This is implemented with uncancel().",
    at=_UNCANCEL,
)
_ITS_OWN = promised(
    "scope-kept",
    "the context manager will cancel the current task and handle the resulting asyncio.CancelledError internally, "
    "transforming it into a TimeoutError which can be caught and handled.",
    at=_AT,
)


@judges(_ITS_OWN, _BALANCED, LOST, PHANTOM, primitive="timeout", tasks=1, cancels=2, events=3, fast=True)
async def block(env: Env) -> None:
    """A block waits for something, its time may be up, and its task may be cancelled."""
    seconds = env.choose((10, 0))

    async def call() -> None:
        me = asyncio.current_task()
        assert me is not None
        try:
            async with asyncio.timeout(seconds) as limit:
                await env.future("answer", error=OSError)
        except TimeoutError:
            assert limit.expired(), "scope-kept: a TimeoutError, and the time is not up"
            happened("scope-kept")
        except OSError:
            pass
        others = me.cancelling()
        await asyncio.sleep(0)
        assert me.cancelling() >= others, "balanced: the count has dropped"
        happened("balanced")

    caller = start(env, "caller", call())
    await asyncio.wait([caller])
    hear(caller)
    see_cancellations([caller])


@judges(
    promised("scope-kept", "Timeout context managers can be safely nested.", at=_AT),
    _BALANCED,
    LOST,
    PHANTOM,
    primitive="timeout",
    tasks=1,
    cancels=2,
    events=3,
)
async def nested(env: Env) -> None:
    """A time-out in a time-out, either of which may come first, or both at once."""
    first, second = env.choose(((10, 5), (5, 10), (5, 5)))

    async def call() -> None:
        me = asyncio.current_task()
        assert me is not None
        told: list[str] = []
        try:
            async with asyncio.timeout(first) as outer:
                try:
                    async with asyncio.timeout(second) as inner:
                        await env.future("answer")
                except TimeoutError:
                    told.append("inner")
                    assert inner.expired(), "scope-kept: the inner block timed out before its time"
                await env.future("more")
        except TimeoutError:
            told.append("outer")
            assert outer.expired(), "scope-kept: the outer block timed out before its time"
        if told:
            happened("scope-kept")
        assert "outer" in told or not outer.expired(), "scope-kept: the outer time was up, and nobody was told"
        await asyncio.sleep(0)
        happened("balanced")

    caller = start(env, "caller", call())
    await asyncio.wait([caller])
    hear(caller)
    see_cancellations([caller])


@judges(_ITS_OWN, _BALANCED, LOST, PHANTOM, primitive="timeout", tasks=1, cancels=2, events=3, fast=True)
async def in_a_clean_up(env: Env) -> None:
    """A task that is being cancelled cleans up, and gives itself some time for that."""
    seconds = env.choose((10, 0))

    async def call() -> None:
        me = asyncio.current_task()
        assert me is not None
        try:
            await asyncio.Event().wait()
        finally:
            before = me.cancelling()
            try:
                async with asyncio.timeout(seconds):
                    await env.future("cleaned up")
            except TimeoutError:
                happened("scope-kept")
            except asyncio.CancelledError:
                assert me.cancelling() > before, "scope-kept: its time was up, and what came out is a cancellation"
                raise
            assert me.cancelling() >= before, "balanced: the count has dropped"
            happened("balanced")
            if me.cancelling() == before:
                try:
                    await asyncio.sleep(0)
                except asyncio.CancelledError:
                    assert me.cancelling() > before, "phantom: cancelled in a clean-up by nobody"
                    raise

    caller = start(env, "caller", call())
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    hear(caller)
    see_cancellations([caller])


@judges(LOST, PHANTOM, primitive="timeout", tasks=1, cancels=2, events=2, fast=True)
async def cancelled_before(env: Env) -> None:
    """A task is cancelled, and enters a block before it has got that."""
    seconds = env.choose((10, 0, -1))

    async def call() -> None:
        me = asyncio.current_task()
        assert me is not None
        me.cancel()
        happened("lost")
        try:
            async with asyncio.timeout(seconds):
                await env.future("answer")
        except TimeoutError:
            await asyncio.sleep(0)
            raise AssertionError("lost: it was cancelled before, and goes on after the time-out") from None
        await asyncio.sleep(0)

    caller = start(env, "caller", call())
    await asyncio.wait([caller])
    hear(caller)
    see_cancellations([caller])
