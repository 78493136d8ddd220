"""Put aside the loop that runs in this thread, so that another can run inside one of its callbacks.

A notebook runs each cell inside a callback of its own loop. While a cell runs, that loop has nothing to do, and it does
not notice that another one ran meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import events
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """Remove the running loop and the current task of this thread for the block, and restore them afterwards."""
    loop = events._get_running_loop()
    if loop is None:
        yield
        return
    # Only from 3.12 on: before, each loop has a current task of its own.
    swap: Callable[[object, object], object] | None = getattr(asyncio.tasks, "_swap_current_task", None)
    task = None if swap is None else swap(loop, None)
    events._set_running_loop(None)
    try:
        yield
    finally:
        events._set_running_loop(loop)
        if swap is not None:
            swap(loop, task)
