"""A target that reads a count past the task itself, in a module of its own: all functions of a module are looked at."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any


async def reads_by_its_class(task: Any) -> None:
    while not task.done():
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    if asyncio.Task.cancelling(task) > 1:
        raise LookupError
