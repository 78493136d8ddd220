"""The end of an execution: its tasks are released, ended or not, so that nothing of it survives.

If nothing is kept from one execution to the next, coroutines that have not ended are closed, and that is all. Otherwise
the execution must end like a program: its tasks are cancelled and run on, as in `asyncio.run`, so that they give back
what they hold, and code that waits for their end is run. Only what still runs after that is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import events
from types import BuiltinMethodType, FunctionType, MethodType
from typing import TYPE_CHECKING

from treadle.loop.tasks import base_task
from treadle.schedule import TaskKind
from treadle.telling import type_told

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator, Iterable, Sequence

    from treadle.loop.loop import Loop

_TASKS = tuple(base_task(kind) for kind in TaskKind)
_unregister = asyncio.tasks._unregister_task
_ASYNCIO = asyncio.__path__[0]
_FIRST_STEP = "TaskStepMethWrapper"  # the type of the first step of a task in C, which has no other name

# How often a coroutine may await again when it is closed.
_PATIENCE = 8
# The most callbacks and timers that may run until what was cancelled has ended.
_CALLBACKS = 500
_TIMERS = 50
# How often tasks are closed that were created while others were closed.
_ROUNDS = 4


def wind_up(loop: Loop, made: Callable[[], Iterable[asyncio.Task[object]]]) -> None:
    """Release all callbacks and tasks that wait; `made` returns the tasks created so far that still exist."""
    living = [each for each in made() if not each.done()]
    if living or (loop.ready and any(not _is_of_asyncio(each._callback) for each in loop.ready)):
        unsupported, loop.unsupported = loop.unsupported, None
        _cancel(living, loop)
        _run_on(loop)
        loop.unsupported = unsupported
    close_down(loop, made)


def close_down(loop: Loop, made: Callable[[], Iterable[asyncio.Task[object]]]) -> None:
    """Do the same, but run only the ends of coroutines: faster, for when nothing is kept."""
    loop.forget()
    known = fresh = [*made()]
    for _ in range(_ROUNDS):
        living = [each for each in fresh if not each.done()]
        abandon(fresh, loop)
        if not living:  # so nothing was closed that could have created others
            break
        loop.forget()
        ids = set(map(id, known))
        fresh = [each for each in made() if id(each) not in ids]
        if not fresh:
            break
        known += fresh
    for each in known:
        each._log_traceback = False  # that Treadle ended it must not be logged


def _is_of_asyncio(callback: object) -> bool:
    """Say whether a callback is a step of a task or a function of one of asyncio's modules."""
    if type(callback) is BuiltinMethodType:
        return issubclass(type(callback.__self__), _TASKS)
    if type_told(callback) == _FIRST_STEP:
        return True
    function = callback.__func__ if type(callback) is MethodType else callback
    return type(function) is FunctionType and function.__code__.co_filename.startswith(_ASYNCIO)


def _cancel(tasks: Iterable[asyncio.Task[object]], loop: Loop) -> None:
    events._set_running_loop(loop)
    try:
        for task in tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            # Its class may be the program's own, or that of the future that it waits for.
            with contextlib.suppress(BaseException):
                task.cancel()
    finally:
        events._set_running_loop(None)


def _run_on(loop: Loop) -> None:
    """Run everything for a while, without choices; if nothing is ready, something arrives, or time passes."""
    left, timers = _CALLBACKS, _TIMERS

    def goes_on() -> bool:
        nonlocal timers
        while not loop.ready and timers and (loop.arrives() or loop.fire_timer()):
            timers -= 1
        return bool(loop.ready)

    def gap() -> bool:
        nonlocal left
        left -= 1
        return goes_on() and left > 0

    while left > 0 and goes_on():
        with contextlib.suppress(BaseException):  # what leaves the loop now does not matter
            loop.run(gap)
            break


def abandon(tasks: Sequence[asyncio.Task[object]], loop: asyncio.AbstractEventLoop) -> None:
    """Release tasks, ended or not, so that nothing refers to them any more; their end is not reported.

    The list may grow meanwhile, because closing a task may create another.
    """
    _close_all(tasks, loop)
    for each in tasks:
        waits_for = each._fut_waiter  # type: ignore[attr-defined]
        if waits_for is not None:
            _let_go(waits_for)


def _close_all(tasks: Iterable[asyncio.Task[object]], loop: asyncio.AbstractEventLoop) -> None:
    """Remove tasks from asyncio's set of all tasks, and close those that have not ended, without a log message.

    Tasks of the same role have the same hash in every execution, so they would collide in that set. Meanwhile `loop`
    counts as running. Otherwise `while True: try: await wait(...)`, with a bare `except`, would not suspend again but
    spin: it would swallow the error that says that no loop is running.
    """
    running = False
    try:
        for task in tasks:
            _unregister(task)
            if task.done():
                continue
            if not running:
                events._set_running_loop(loop)  # once for all tasks: up to 3.11 it asks the system for the process id
                running = True
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            kind = _TASKS[0] if issubclass(type(task), _TASKS[0]) else _TASKS[1]
            _close(kind.get_coro(task))  # a class of the program may have a method of that name
    finally:
        if running:
            events._set_running_loop(None)


def _let_go(waits_for: asyncio.Future[object]) -> None:
    """Remove the callbacks from what a task waits for, which may be of a class of the program, and raise.

    Task and future refer to each other, and leaving such cycles to the garbage collector costs more than this.
    """
    try:
        for callback, _ in getattr(waits_for, "_callbacks", None) or ():
            waits_for.remove_done_callback(callback)
    except Exception:  # noqa: BLE001 - any error of the program; then the object keeps its callbacks
        return


def _close(coroutine: Coroutine[object, None, object] | Generator[object, None, object]) -> None:
    """Close a coroutine whatever its `finally` blocks do; give up on one that awaits there again and again."""
    for _ in range(_PATIENCE):
        try:
            coroutine.close()
        except RuntimeError:  # it ignored the GeneratorExit, or raised this itself: then the next attempt ends it
            continue
        except BaseException:  # noqa: BLE001, S110 - what it raises while it is closed does not matter
            pass
        return
