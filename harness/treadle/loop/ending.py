"""The end of an execution: its tasks are let go, ended or not, so that nothing of it lives on.

A coroutine that has not ended is closed. That runs its `finally` blocks, and these may make tasks; and whoever keeps a
task may have asked to hear of its end, to keep it no longer. A program that has a set of its tasks would else have
those of this execution in the next one. So where that is so, what was closed is ended, too, and what is ready or was
made runs on for a while, as it would on a stock loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import events
from types import BuiltinMethodType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from treadle.loop.tasks import base_task
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from treadle.loop.loop import Loop

_TASKS = tuple(base_task(kind) for kind in TaskKind)
_unregister = asyncio.tasks._unregister_task
_ASYNCIO = asyncio.__path__[0]
_FIRST_STEP = "TaskStepMethWrapper"  # the type of the first step of a task in C, which has no other name

# How many times a coroutine may answer its end with another await.
_PATIENCE = 8
# How often what was made is waited for, if its own end makes more; how many callbacks and timers that may take.
_ROUNDS = 3
_CALLBACKS = 500
_TIMERS = 50


def wind_up(loop: Loop, made: Callable[[], Iterable[asyncio.Task[Any]]]) -> None:
    """Let go all that waits for its turn, and all tasks; `made` returns those that were made and have not gone."""
    known = list(made())
    ready = [*loop.ready]
    loop.forget()
    heard = any(not _is_of_asyncio(each._callback) for each in ready)
    heard = heard or any(_is_told_of(each) for each in known if not each.done())
    _close_all(known, loop)
    fresh = _fresh(made, known)
    if fresh or heard:
        loop.ready.extendleft(reversed(ready))  # the steps of what was closed: they end it
        _run_on(loop, [each for each in known if not each.done()])
        for _ in range(_ROUNDS):
            known += fresh
            _close_all(fresh, loop)
            fresh = _fresh(made, known)
            if not fresh:
                break
            _run_on(loop, ())
        for each in known:
            each._log_traceback = False  # of how we have ended it nobody shall hear
        loop.forget()
    for each in known:
        _let_go(each._fut_waiter)  # type: ignore[attr-defined]


def _fresh(made: Callable[[], Iterable[asyncio.Task[Any]]], known: Sequence[object]) -> list[asyncio.Task[Any]]:
    """Return the tasks that were made and are not known."""
    found = list(made())
    if len(found) <= len(known):  # none: what is known has not gone
        return []
    ids = set(map(id, known))
    return [each for each in found if id(each) not in ids]


def _is_told_of(task: Any) -> bool:
    """Say whether others than asyncio have asked to hear of the end of a task."""
    return any(not _is_of_asyncio(callback) for callback, _ in task._callbacks or ())


def _is_of_asyncio(callback: Any) -> bool:
    """Say whether a callback is a step of a task, or a function of a module of asyncio's."""
    if type(callback) is BuiltinMethodType:
        return issubclass(type(callback.__self__), _TASKS)
    if type(callback).__name__ == _FIRST_STEP:
        return True
    function = callback.__func__ if type(callback) is MethodType else callback
    return type(function) is FunctionType and function.__code__.co_filename.startswith(_ASYNCIO)


def _run_on(loop: Loop, closed: Iterable[Any]) -> None:
    """End tasks whose coroutines are closed, and let what was made meanwhile run for a while, without choices."""
    left, timers = _CALLBACKS, _TIMERS

    def gap() -> bool:
        nonlocal left, timers
        left -= 1
        if not loop.ready and timers and loop.next_timer() is not None:
            timers -= 1
            loop.fire_timer()
        return bool(loop.ready) and left > 0

    unsupported = loop.unsupported
    events._set_running_loop(loop)
    for task in closed:
        with contextlib.suppress(BaseException):  # of a future of the program's own that it waits for
            if task._fut_waiter is not None:
                task._fut_waiter.cancel()
    events._set_running_loop(None)
    while left > 0 and (loop.ready or loop.next_timer() is not None):
        with contextlib.suppress(BaseException):  # what leaves the loop now concerns nobody
            loop.run(gap)
            break
    loop.unsupported = unsupported


def abandon(tasks: Sequence[asyncio.Task[Any]], loop: asyncio.AbstractEventLoop) -> None:
    """Let go of tasks, ended or not, so that nothing refers to them any more; nobody is told of their end.

    A list may grow meanwhile: to close one may make another.
    """
    _close_all(tasks, loop)
    for each in tasks:
        _let_go(each._fut_waiter)  # type: ignore[attr-defined]


def _close_all(tasks: Iterable[asyncio.Task[Any]], loop: asyncio.AbstractEventLoop) -> None:
    """Take tasks out of asyncio's set of all tasks, and close those that have not ended, without a word in the log.

    Tasks of one role hash alike in every execution, so that they would get in each other's way in that set.
    Meanwhile `loop` counts as running. Else `while True: try: await wait(...)`, with a bare `except`, would not suspend
    again but spin: it would swallow the error that says that no loop is running.
    """
    running = False
    try:
        for task in tasks:
            _unregister(task)
            if task.done():
                continue
            if not running:
                events._set_running_loop(loop)  # once for all: up to 3.11 it asks the system for the process's number
                running = True
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            kind = _TASKS[0] if issubclass(type(task), _TASKS[0]) else _TASKS[1]
            _close(kind.get_coro(task))  # a class of the program's own may have a method of that name
    finally:
        if running:
            events._set_running_loop(None)


def _let_go(waits_for: Any) -> None:
    """Take the callbacks from what a task waits for. It may be of a class of the program's own, and raise.

    Task and future refer to each other, and such cycles, left to the collector, cost more than this does.
    """
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
