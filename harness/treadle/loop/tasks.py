"""Tasks that sets iterate in one order, and the choice between C and pure-Python tasks.

A set of tasks iterates in the order of their hashes, which by default come from memory addresses: `TaskGroup` aborts
its children, and `asyncio.wait` hands out its sets, in an order that differs from run to run. The tasks made here hash
to a sequence number, so that every run has the same order. They are subclasses of the real task and override nothing
else.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import cache
from typing import TYPE_CHECKING, Any

from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator


_STOCK_TASK = asyncio.Task  # as it is outside of `task_kind`


def base_task(kind: TaskKind) -> type[asyncio.Task[Any]]:
    """Return CPython's task class: the accelerated one, or its twin in pure Python."""
    return _STOCK_TASK if kind is TaskKind.C else asyncio.tasks._PyTask  # type: ignore[attr-defined]


@contextlib.contextmanager
def task_kind(kind: TaskKind) -> Iterator[None]:
    """Make `asyncio` use this kind of task while the block runs.

    From 3.12 on the pure-Python task keeps its own record of the current task, which the accelerated `current_task`
    does not read; so the functions that belong to it are put in place together.
    """
    if kind is TaskKind.C:
        yield
        return
    tasks = asyncio.tasks
    swapped: dict[tuple[Any, str], object] = {}
    names = ("current_task", "_enter_task", "_leave_task", "_swap_current_task", "_register_task", "_unregister_task")
    replacements = {name: getattr(tasks, f"_py_{name.lstrip('_')}", None) for name in names}
    replacements["Task"] = base_task(kind)
    if replacements["current_task"] is None:  # 3.11: one record, shared by both kinds
        replacements = {"Task": base_task(kind)}
    places = (tasks, asyncio, asyncio.timeouts, asyncio.taskgroups)
    for place in places:
        for name, replacement in replacements.items():
            if replacement is not None and hasattr(place, name):
                swapped[place, name] = getattr(place, name)
                setattr(place, name, replacement)
    try:
        yield
    finally:
        for (place, name), original in swapped.items():
            setattr(place, name, original)


@cache
def ordered_task_class(kind: TaskKind) -> Any:
    """Return the class of tasks that hash to a given number."""
    base = base_task(kind)

    class OrderedTask(base):  # type: ignore[misc, valid-type]
        @classmethod
        def make(cls, number: int, coroutine: Coroutine[Any, Any, Any], **options: Any) -> OrderedTask:
            """Make a task; its number must be there before the constructor puts it into the set of all tasks."""
            task = cls.__new__(cls)
            task.number = number
            task.__init__(coroutine, **options)  # type: ignore[misc]
            return task

        def __hash__(self) -> int:
            return self.number  # type: ignore[no-any-return]

    return OrderedTask
