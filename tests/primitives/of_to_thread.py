"""`asyncio.to_thread`: the result of a thread, which goes on when its caller is cancelled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised, unpromised

if TYPE_CHECKING:
    from treadle import Env

_AT = "asyncio-task.html#asyncio.to_thread"


@judges(
    promised("result", "Return a coroutine that can be awaited to get the eventual result of func.", at=_AT),
    promised("failure-kept", "Return a coroutine that can be awaited to get the eventual result of func.", at=_AT),
    unpromised("joined", "nothing says what becomes of the thread when the caller is cancelled; it goes on by itself"),
    LOST,
    PHANTOM,
    primitive="to_thread",
    tasks=1,
    cancels=2,
    events=3,
    fast=True,
)
async def caller(env: Env) -> None:
    """A function in a thread, which may fail; the caller may be cancelled meanwhile."""
    ended: list[int] = []
    fails = env.branch()

    def work() -> int:
        ended.append(1)
        if fails:
            raise OSError
        return 1

    async def call() -> None:
        try:
            assert await asyncio.to_thread(work) == 1, "result: something else came out"
            happened("result")
        except OSError:
            assert fails, "failure-kept: it has raised what the function has not"
            happened("failure-kept")
        finally:
            happened("joined")
        assert ended, "joined: the call has returned, and its function has not"

    task = start(env, "caller", call())
    await asyncio.wait([task])
    hear(task)
    see_cancellations([task])
