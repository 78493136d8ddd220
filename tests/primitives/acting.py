"""What the programs of this folder share: tasks that may be cancelled, and what must be true of each of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from claims import happened

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from treadle import Env

CANCELS = 2
"""How often each task may be cancelled."""


def start(
    env: Env, name: str, coroutine: Coroutine[Any, Any, Any], *, times: int = CANCELS, may_swallow: bool = False
) -> asyncio.Task[Any]:
    """Make a task that the environment may cancel so many times."""
    return env.cancellable(asyncio.create_task(coroutine, name=name), times=times, may_swallow=may_swallow)


def see_cancellations(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """See that no task ended cancelled that nobody had cancelled; that none is lost is seen by Treadle itself.

    `cancelling()` is the number of requests of others: no block that takes its own ones back is still open.
    """
    for task in tasks:
        assert not task.cancelled() or task.cancelling(), "phantom: a task ended cancelled, and nobody had cancelled it"
        happened("phantom")
        if task.cancelling():
            happened("lost")


def hear(task: asyncio.Task[Any]) -> None:
    """Raise what a task has raised, so that what it asserts counts."""
    if not task.cancelled():
        task.result()
