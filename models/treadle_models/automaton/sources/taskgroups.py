"""`asyncio.TaskGroup`, after `Lib/asyncio/taskgroups.py`, with what 3.13 and 3.14 changed in it.

Left out is what belongs to `SystemExit` and `KeyboardInterrupt`, which are outside of what is modelled, and to
`TaskGroup.cancel` of 3.15, which no program here may call.
"""

from __future__ import annotations

import asyncio
from typing import Any

from treadle_models.automaton.intrinsics import (
    create_future,
    current_task,
    group_of,
    issubclass_of,
    make_task,
    since,
)


def is_cancellation(kind: Any) -> bool:
    """Say whether this is what a group takes for a cancellation: up to 3.12 the very class alone."""
    if since(3, 13):
        return issubclass_of(kind, asyncio.CancelledError)
    return kind is asyncio.CancelledError


class TaskGroup:
    """The context manager; the attributes are those of CPython without the underscore."""

    def __init__(self) -> None:
        self.entered = False
        self.exiting = False
        self.aborting = False
        self.parent: Any = None
        self.parent_cancel_requested = False
        self.tasks: Any = set()
        self.errors: Any = []
        self.completed: Any = None

    async def __aenter__(self) -> Any:
        """Remember who owns the group."""
        if self.entered:
            raise RuntimeError
        self.parent = current_task()
        self.entered = True
        return self

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> Any:  # noqa: C901 - as CPython's
        """Wait for the tasks, and raise what is to be raised."""
        self.exiting = True
        propagate: Any = None
        cancelled = kind is not None and is_cancellation(kind)
        if cancelled:
            propagate = error
        if not since(3, 13) and self.parent_cancel_requested and self.parent.uncancel() == 0:
            propagate = None
        if kind is not None and not self.aborting:
            self.abort()
        while self.tasks:
            if self.completed is None:
                self.completed = create_future()
            try:
                await self.completed
            except asyncio.CancelledError as interruption:
                if not self.aborting:
                    propagate = interruption
                    self.abort()
            self.completed = None
        if since(3, 13) and self.parent_cancel_requested and self.parent.uncancel() == 0:
            propagate = None
        if propagate is not None and not self.errors:
            raise propagate
        if kind is not None and not cancelled:
            self.errors.append(error)
        if self.errors:
            if since(3, 13) and self.parent.cancelling():
                self.parent.uncancel()
                self.parent.cancel()
            raise group_of(self.errors)
        return True if since(3, 15) else None

    def create_task(self, coro: Any, *, name: Any = None) -> Any:
        """Make a task of the group; in 3.12 and 3.13 one that is done already is dealt with at once."""
        if not self.entered or self.aborting or (self.exiting and not self.tasks):
            raise RuntimeError
        task = make_task(coro)
        if since(3, 12) and not since(3, 14) and task.done():
            self.on_task_done(task)
        else:
            self.tasks.add(task)
            task.add_done_callback(self.on_task_done)
        return task

    def abort(self) -> None:
        """Cancel the tasks that are not done; `_abort`."""
        self.aborting = True
        for task in self.tasks:
            if not task.done():
                task.cancel()

    def on_task_done(self, task: Any) -> None:
        """Hear that a task is done; `_on_task_done`."""
        self.tasks.discard(task)
        if self.completed is not None and not self.tasks and not self.completed.done():
            self.completed.set_result(True)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        self.errors.append(error)
        if self.parent.done():
            return
        if not self.aborting and not self.parent_cancel_requested:
            self.abort()
            self.parent_cancel_requested = True
            self.parent.cancel()
