"""What asyncio keeps private and a checker must touch, in one place, where it is not read at every step."""

from __future__ import annotations

import asyncio
from asyncio import events
from typing import Any

_unregister = asyncio.tasks._unregister_task

# How many times a coroutine may answer its end with another await.
_PATIENCE = 8


def abandon(task: asyncio.Task[Any]) -> None:
    """Let a task of a finished execution go, ended or not, so that nothing refers to it any more.

    It leaves asyncio's set of all tasks. Tasks of one role hash alike in every execution, so that they would get in
    each other's way there. One that has not ended is closed, without a word in the log, and is taken off what it waits
    for: task and future refer to each other, and such cycles, left to the collector, cost more than this does.
    """
    _unregister(task)
    if task.done():
        return
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    close(task.get_coro(), task.get_loop())
    waits_for = task._fut_waiter  # type: ignore[attr-defined]
    for callback, _ in getattr(waits_for, "_callbacks", None) or ():
        waits_for.remove_done_callback(callback)


def close(coroutine: Any, loop: Any) -> None:
    """Close a coroutine whatever its `finally` blocks do; one that waits there again and again is left as it is.

    Meanwhile `loop` counts as running. Else `while True: try: await wait(...)`, with a bare `except`, would not suspend
    again but spin: it would swallow the error that says that no loop is running.
    """
    events._set_running_loop(loop)
    try:
        for _ in range(_PATIENCE):
            try:
                coroutine.close()
            except RuntimeError:  # it has ignored the GeneratorExit, or raised this itself: then the next one ends it
                continue
            except BaseException:  # noqa: BLE001, S110 - what it raises on the way out concerns nobody
                pass
            return
    finally:
        events._set_running_loop(None)
