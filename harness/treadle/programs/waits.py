"""Describe what a task waits for: a primitive of asyncio, another task, or a future by its name.

A task that waits in a primitive for something that is available (a free lock, an item in a queue) should have been
woken: that is a *lost wake-up*. It is found from the state of the primitive. So none is found in primitives that a
program builds itself from futures, nor in a condition, in which a notification leaves no trace.
"""

from __future__ import annotations

import asyncio
import re
from types import CoroutineType, GeneratorType
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

from treadle.explorer import StepTimeoutError
from treadle.fingerprint.looking import mro
from treadle.programs.telling import ask, coroutine_of, is_task, named, type_name, type_name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType

    from treadle.programs.loop import Made, ProgramLoop

    Names = Mapping[int, str]  # by `id`: a task or future may have a hash of its own, or none


P = TypeVar("P")  # a primitive
T = TypeVar("T")  # a task


class Wait(NamedTuple):
    """What a task waits for. `lost` names what is available although the task waits for it, or is empty.

    `others`: it waits for other tasks, which are the cause rather than it. `missing`: what would have to happen.
    """

    text: str
    lost: str
    others: bool = False
    missing: str = ""


def _if(kind: type[P], has: Callable[[P], bool], told: str) -> tuple[type, Callable[[object], bool], str]:
    return kind, lambda primitive: isinstance(primitive, kind) and has(primitive), told


_THERE = {
    ("Lock", "acquire"): _if(asyncio.Lock, lambda lock: not lock.locked(), "which is free"),
    ("Semaphore", "acquire"): _if(asyncio.Semaphore, lambda semaphore: semaphore._value > 0, "which has a slot left"),
    ("Queue", "get"): _if(asyncio.Queue, lambda queue: not queue.empty(), "which has an item"),
    ("Queue", "put"): _if(asyncio.Queue, lambda queue: not queue.full(), "which has room"),
    ("Queue", "join"): _if(asyncio.Queue, lambda queue: not vars(queue)["_unfinished_tasks"], "in which all is done"),
    ("Event", "wait"): _if(asyncio.Event, lambda event: event.is_set(), "which is set"),
}
"""By class and method: the class, a function that says whether what is waited for is available, and how to say so."""

_OTHERS = {
    ("Condition", "wait"): ("locks", "Condition.wait()"),
    ("Barrier", "wait"): ("locks", "Barrier.wait()"),
    ("TaskGroup", "__aexit__"): ("taskgroups", "the tasks of a TaskGroup"),
}

_JOIN = asyncio.Queue.join.__code__
_JOINED = ", for items without a call of task_done()"

_DEFAULT_NAME = re.compile(r"Task-\d+")

_FUNCTIONS = {"_wait": "asyncio.wait()", "sleep": "asyncio.sleep()", "wait_for": "asyncio.wait_for()"}


class Naming:
    """Names tasks: by the name that each was given, or else by its function, with numbers if names repeat.

    New tasks are named without another look at the others; a task keeps its name.
    """

    def __init__(self) -> None:
        """Begin with no task."""
        self.names: dict[int, str] = {}
        """The names of tasks that still exist, by `id`."""
        self.all: list[str] = []
        """The names of all tasks, in the order in which they were made."""
        self._seen: dict[str, int] = {}

    def update(self, loop: ProgramLoop) -> Self:
        """Name the tasks that were made since the last time."""
        for made in loop.made(len(self.all)):
            name = label(made)
            self._seen[name] = seen = self._seen.get(name, 0) + 1
            self.all.append(name if seen == 1 else f"{name} {seen}")
            if made.task is not None:
                self.names[id(made.task)] = self.all[-1]
        return self


def with_gone(tasks: Sequence[T], unheard: Mapping[int, T]) -> Sequence[T]:
    """Add failed tasks that were not heard of and that the loop no longer knows.

    Before the garbage collector finalises a task, in a cycle for example, it clears the weak references to it.
    """
    known = set(map(id, tasks)) if unheard else ()
    return [*tasks, *(task for key, task in unheard.items() if key not in known)] if unheard else tasks


def label(made: Made) -> str:
    """Return the name that a task was given, or else that of its function; it need not be unique."""
    given = named(made.name if made.task is None else ask(made.task.get_name))
    return named(made.function) or "task" if _DEFAULT_NAME.fullmatch(given) or not given else given


def describe_wait(task: asyncio.Task[object], names: Names) -> Wait | None:
    """Say what a task waits for; None if it does not wait."""
    waiter = task._fut_waiter  # type: ignore[attr-defined]
    if waiter is None or waiter.done():
        return None
    if id(waiter) in names:
        return Wait(names[id(waiter)], "", others=is_task(waiter))
    frames = frames_of_task(task)
    if frames[-2:] and frames[-2:][0].f_code is _JOIN:  # `join` waits for an event inside of the queue
        frames.pop()
    for frame in reversed(frames):
        wait = _in_asyncio(frame)
        if wait is not None:
            return wait
    if type(waiter) is asyncio.tasks._GatheringFuture:  # type: ignore[attr-defined]
        return Wait("gather()", "", others=True)
    return Wait("a future", "")


def _in_asyncio(frame: FrameType) -> Wait | None:
    """Say what a frame of asyncio waits for; None for others. Variables of the program's frames are not read."""
    module = frame.f_globals.get("__name__")
    if type(module) is not str or not module.startswith("asyncio."):
        return None
    method = frame.f_code.co_name
    if method in _FUNCTIONS and module == "asyncio.tasks":
        return Wait(_FUNCTIONS[method], "", others=method == "_wait")
    itself = frame.f_locals.get("self")
    for kind in mro(type(itself)):
        known = _THERE.get((type_name_of(kind), method))
        if known is not None and kind is known[0]:
            what = f"{type_name(itself)}.{method}()"
            if _is_there(known[1], itself):
                return Wait(what, f"{what} of one {known[2]}")
            return Wait(what, "", missing=_JOINED if what == "Queue.join()" else "")
        where = (type_name_of(kind), method)
        if where in _OTHERS and module == f"asyncio.{_OTHERS[where][0]}":
            return Wait(_OTHERS[where][1], "", others=method == "__aexit__")
    return None


def _is_there(look: Callable[[object], bool], primitive: object) -> bool:
    """Say whether a primitive has what is waited for; False if a method of the program's own subclass raises."""
    try:
        return bool(look(primitive))
    except (KeyboardInterrupt, StepTimeoutError):
        raise
    except BaseException:  # noqa: BLE001 - a program may raise anything
        return False


def frames_of_task(task: asyncio.Task[object]) -> list[FrameType]:
    """Return the frames of a suspended task, the innermost last, down to the first awaitable that is no coroutine."""
    frames = []
    current = coroutine_of(task)
    while current is not None:
        if type(current) is CoroutineType:
            frame, current = current.cr_frame, current.cr_await
        elif type(current) is GeneratorType:
            frame, current = current.gi_frame, current.gi_yieldfrom
        else:
            break
        if frame is not None:
            frames.append(frame)
    return frames
