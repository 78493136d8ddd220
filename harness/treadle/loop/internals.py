"""What asyncio keeps private and a checker must touch, in one place, where it is not read at every step."""

from __future__ import annotations

import asyncio
from asyncio import events
from typing import TYPE_CHECKING, Any

from treadle.loop.tasks import base_task
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from weakref import ref

_TASKS = tuple(base_task(kind) for kind in TaskKind)
FUTURES: tuple[type[asyncio.Future[Any]], ...] = (asyncio.Future, asyncio.futures._PyFuture)  # type: ignore[attr-defined]
"""The classes of all futures and tasks: those in pure Python are not derived from the accelerated one."""

_unregister = asyncio.tasks._unregister_task

# How many times a coroutine may answer its end with another await.
_PATIENCE = 8


def silence(futures: Iterable[ref[Any]]) -> None:
    """Let nobody complain of these futures that nobody has heard of their failure; those that are gone are left out."""
    for each in futures:
        future = each()
        if future is None:
            continue
        if issubclass(type(future), asyncio.futures._PyFuture):  # type: ignore[attr-defined]
            future.__dict__["_Future__log_traceback"] = False
        else:
            _LOG_TRACEBACK(future, False)  # noqa: FBT003 - past a subclass that may have its own


def loop_of(future: asyncio.Future[Any]) -> object:
    """Return the loop of a future, past a subclass; nothing for one that was not initialized."""
    if issubclass(type(future), asyncio.futures._PyFuture):  # type: ignore[attr-defined]
        return future.__dict__.get("_loop")
    return _LOOP(future)


_LOG_TRACEBACK: Any = vars(asyncio.futures._CFuture)["_log_traceback"].__set__  # type: ignore[attr-defined]
_LOOP: Any = vars(asyncio.futures._CFuture)["_loop"].__get__  # type: ignore[attr-defined]


def abandon(tasks: Iterable[asyncio.Task[Any]], loop: asyncio.AbstractEventLoop) -> None:
    """Let the tasks of a finished execution go, ended or not, so that nothing refers to them any more.

    They leave asyncio's set of all tasks. Tasks of one role hash alike in every execution, so that they would get in
    each other's way there. One that has not ended is closed, without a word in the log, and is taken off what it waits
    for: task and future refer to each other, and such cycles, left to the collector, cost more than this does.

    Meanwhile `loop` counts as running. Else `while True: try: await wait(...)`, with a bare `except`, would not suspend
    again but spin: it would swallow the error that says that no loop is running.
    """
    running = False
    try:
        for task in tasks:  # closing one may make another
            _unregister(task)
            if task.done():
                continue
            if not running:
                events._set_running_loop(loop)  # once for all: up to 3.11 it asks the system for the process's number
                running = True
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            kind = _TASKS[0] if issubclass(type(task), _TASKS[0]) else _TASKS[1]
            _close(kind.get_coro(task))  # a class of the program's own may have a method of that name
            waits_for = task._fut_waiter  # type: ignore[attr-defined]
            _let_go(waits_for)
    finally:
        if running:
            events._set_running_loop(None)


def _let_go(waits_for: Any) -> None:
    """Take the callbacks from what a task waits for. It may be of a class of the program's own, and raise."""
    try:
        for callback, _ in getattr(waits_for, "_callbacks", None) or ():
            waits_for.remove_done_callback(callback)
    except Exception:  # noqa: BLE001 - whatever a program lets out; then it keeps what it has
        return


def _close(coroutine: Any) -> None:
    """Close a coroutine whatever its `finally` blocks do; one that waits there again and again is left as it is."""
    for _ in range(_PATIENCE):
        try:
            coroutine.close()
        except RuntimeError:  # it has ignored the GeneratorExit, or raised this itself: then the next one ends it
            continue
        except BaseException:  # noqa: BLE001, S110 - what it raises on the way out concerns nobody
            pass
        return
