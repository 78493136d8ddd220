"""Calls for `test_script`, two of a kind: one that fails, and one that does not although it comes close to it."""

import asyncio
from typing import Any


def current() -> Any:
    return asyncio.current_task()


async def waits(task: Any) -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait([task])


async def swallows(task: Any) -> None:
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        return


async def swallows_and_cancels_itself_again(task: Any) -> None:
    """So that the cancellation comes up at the caller's next await: it is not lost."""
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        current().cancel()


async def takes_back_what_others_asked(task: Any) -> None:
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        current().uncancel()
        raise


async def cancels_itself_too(task: Any) -> None:
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        current().cancel()
        raise


async def turns_it_into_a_failure(task: Any) -> None:
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        raise ValueError from None
