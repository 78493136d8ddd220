"""What code does around a task that it cancels and awaits, and targets made of it.

What they read (how many requests there were, of themselves or of the dependency), what they hold back and that they
poll is what searches might get wrong. They have a module of their own, because what a target's module holds is looked
at.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def cancel(task: Any) -> None:
    task.cancel()


async def give_way(_task: Any) -> None:
    await asyncio.sleep(0)


async def pause(_task: Any) -> None:
    await asyncio.sleep(1)


async def join(task: Any) -> None:
    await task


async def wait(task: Any) -> None:
    await asyncio.wait([task])


async def wait_a_while(task: Any) -> None:
    await asyncio.wait([task], timeout=1)


async def wait_shielded(task: Any) -> None:
    await asyncio.shield(task)


async def poll(task: Any) -> None:
    while not task.done():  # noqa: ASYNC110 - of all things, that
        await asyncio.sleep(0)


async def read_count(task: Any) -> None:
    if task.cancelling() > 1:
        raise LookupError


async def read_own_count(_task: Any) -> None:
    if asyncio.current_task().cancelling() > 1:  # type: ignore[union-attr]
        raise asyncio.CancelledError


async def withdraw(_task: Any) -> None:
    asyncio.current_task().uncancel()  # type: ignore[union-attr]


async def withdraw_for_it(task: Any) -> None:
    task.uncancel()


DEEDS: tuple[Callable[[Any], Awaitable[None]], ...] = (
    *(cancel, give_way, pause, join, wait, wait_a_while, wait_shielded, poll),
    *(read_count, read_own_count, withdraw, withdraw_for_it),
)
ANSWERS = ("lets it out", "swallows it", "holds it back")

Deeds = list[tuple[Any, str]]


def make_target(deeds: Deeds) -> Callable[[Any], Awaitable[None]]:
    """Return what does these things one after the other, with an answer each to a cancellation that comes meanwhile."""

    async def target(task: Any) -> None:
        held = False
        for deed, answer in deeds:
            try:
                await deed(task)
            except asyncio.CancelledError:
                if answer == "lets it out":
                    raise
                held = held or answer == "holds it back"
        if held:
            raise asyncio.CancelledError

    return target
