"""What a task waits for, in words: the primitive of asyncio that it is inside of, a task, or a future by its name.

A task that waits inside a primitive for what the primitive has to give (a lock that is free, an item that is there)
should have been woken: that is a *lost wake-up*. It is told from the primitive's own account, so primitives that a
program makes itself out of futures are not seen through, nor is a condition: a notification leaves nothing behind.
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

    Names = Mapping[int, str]  # by the `id` of a task or future: it may have a hash of its own, or none


P = TypeVar("P")  # a primitive
T = TypeVar("T")  # a task


class Wait(NamedTuple):
    """What a task waits for; `lost` says what is there although the task waits for it, or nothing.

    `others`: it waits for tasks, and those are to blame rather than it. `missing`: what would have to happen.
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
"""By class and method: the class, whether what is waited for is there, and how to say so."""

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
    """Names tasks, each with its function's name: as they were named, else after that, with numbers where it repeats.

    To name those that were made since costs nothing for the others; a task keeps the name that it got here.
    """

    def __init__(self) -> None:
        """Begin with no task."""
        self.names: dict[int, str] = {}
        """By the `id` of the task, of those that have not gone."""
        self.all: list[str] = []
        """In the order in which they were made."""
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
    """Add those of which nobody has heard and which the loop knows no more.

    The collector clears weak references to what it is about to take before it lets a task speak, in a cycle say.
    """
    known = set(map(id, tasks)) if unheard else ()
    return [*tasks, *(task for key, task in unheard.items() if key not in known)] if unheard else tasks


def label(made: Made) -> str:
    """Return the name that a task was given, or else its function's; others may be named alike."""
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
    if frames[-2:] and frames[-2:][0].f_code is _JOIN:  # which waits for an event of its own
        frames.pop()
    for frame in reversed(frames):
        wait = _in_asyncio(frame)
        if wait is not None:
            return wait
    if type(waiter) is asyncio.tasks._GatheringFuture:  # type: ignore[attr-defined]
        return Wait("gather()", "", others=True)
    return Wait("a future", "")


def _in_asyncio(frame: FrameType) -> Wait | None:
    """Say what a frame waits for, if it is one of asyncio's. The names of the program's own frames are not touched."""
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
    """Say whether a primitive has what is waited for; that of a program's own class may have methods of its own."""
    try:
        return bool(look(primitive))
    except (KeyboardInterrupt, StepTimeoutError):
        raise
    except BaseException:  # noqa: BLE001 - whatever a program lets out
        return False


def frames_of_task(task: asyncio.Task[object]) -> list[FrameType]:
    """Return the frames of a suspended task, the innermost last; those below an awaitable of another kind are not."""
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
