"""What a task waits for, in words: the primitive of asyncio that it is inside of, a task, or a future by its name.

A task that waits inside a primitive for what the primitive has to give (a lock that is free, an item that is there)
should have been woken: that is a *lost wake-up*. It is told from the primitive's own account, so primitives that a
program makes itself out of futures are not seen through, nor is a condition: a notification leaves nothing behind.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Names = Mapping[asyncio.Future[Any], str]


class Wait(NamedTuple):
    """What a task waits for; `lost` says what is there although the task waits for it, or nothing."""

    text: str
    lost: str


_THERE: dict[tuple[str, str], tuple[type, Callable[[Any], bool], str]] = {
    ("Lock", "acquire"): (asyncio.Lock, lambda lock: not lock.locked(), "which is free"),
    ("Semaphore", "acquire"): (asyncio.Semaphore, lambda semaphore: semaphore._value > 0, "which has a slot left"),
    ("Queue", "get"): (asyncio.Queue, lambda queue: not queue.empty(), "which has an item"),
    ("Queue", "put"): (asyncio.Queue, lambda queue: not queue.full(), "which has room"),
    ("Queue", "join"): (asyncio.Queue, lambda queue: not queue._unfinished_tasks, "in which all is done"),
    ("Event", "wait"): (asyncio.Event, lambda event: event.is_set(), "which is set"),
}
"""By class and method: the class, whether what is waited for is there, and how to say so."""

_OTHERS = {
    ("Condition", "wait"): "Condition.wait()",
    ("Barrier", "wait"): "Barrier.wait()",
    ("TaskGroup", "__aexit__"): "the tasks of a TaskGroup",
}

_FUNCTIONS = {"_wait": "asyncio.wait()", "sleep": "asyncio.sleep()", "wait_for": "asyncio.wait_for()"}


def name_tasks(tasks: Iterable[tuple[asyncio.Task[Any], str]]) -> dict[asyncio.Future[Any], str]:
    """Name tasks, each with its function's name: as they were named, else after that, with numbers where it repeats."""
    names: dict[asyncio.Future[Any], str] = {}
    seen: dict[str, int] = {}
    for task, code in tasks:
        given = task.get_name()
        name = code if given.startswith("Task-") else given
        seen[name] = seen.get(name, 0) + 1
        names[task] = name if seen[name] == 1 else f"{name} {seen[name]}"
    return names


def describe_wait(task: asyncio.Task[Any], names: Names) -> Wait | None:
    """Say what a task waits for; None if it does not wait."""
    waiter = task._fut_waiter  # type: ignore[attr-defined]
    if waiter is None or waiter.done():
        return None
    if waiter in names:
        return Wait(names[waiter], "")
    for frame in reversed(_frames(task)):
        wait = _in_asyncio(frame)
        if wait is not None:
            return wait
    if isinstance(waiter, asyncio.tasks._GatheringFuture):  # type: ignore[attr-defined]
        return Wait("gather()", "")
    return Wait("a future", "")


def _in_asyncio(frame: Any) -> Wait | None:
    """Say what a frame waits for, if it is one of asyncio's."""
    itself = frame.f_locals.get("self")
    method = frame.f_code.co_name
    if method in _FUNCTIONS and frame.f_globals.get("__name__") == "asyncio.tasks":
        return Wait(_FUNCTIONS[method], "")
    for kind in type(itself).__mro__:
        known = _THERE.get((kind.__name__, method))
        if known is not None and kind is known[0]:
            what = f"{type(itself).__name__}.{method}()"
            return Wait(what, f"{what} of one {known[2]}" if known[1](itself) else "")
        if kind.__module__.startswith("asyncio") and (kind.__name__, method) in _OTHERS:
            return Wait(_OTHERS[kind.__name__, method], "")
    return None


def _frames(task: asyncio.Task[Any]) -> list[Any]:
    """Return the frames of a suspended task, the innermost last."""
    frames = []
    current: Any = task.get_coro()
    while current is not None:
        frame = getattr(current, "cr_frame", None) or getattr(current, "gi_frame", None)
        if frame is not None:
            frames.append(frame)
        current = getattr(current, "cr_await", None) or getattr(current, "gi_yieldfrom", None)
    return frames
