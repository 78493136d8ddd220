"""`asyncio.TaskGroup`, after `Lib/asyncio/taskgroups.py`, with what 3.13 and 3.14 changed in it.

Left out is what belongs to `SystemExit` and `KeyboardInterrupt`, which nothing here raises.
"""

from __future__ import annotations

import asyncio
from typing import Any

from treadle_models.automaton.intrinsics import (
    create_future,
    create_task,
    current_task,
    group_of,
    issubclass_of,
    since,
)


class TaskGroup:
    """The context manager; the attributes are those of CPython without the underscore."""

    def __init__(self) -> None:
        self.entered = False
        self.exiting = False
        self.aborting = False
        self.parent: Any = None
        self.parent_cancel_requested = False
        self.tasks: Any = []
        self.errors: Any = []
        self.completed: Any = None

    async def __aenter__(self) -> Any:
        """Remember who owns the group."""
        if self.entered:
            raise RuntimeError
        self.parent = current_task()
        self.entered = True
        return self

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> None:  # noqa: C901 - as CPython's
        """Wait for the tasks, and raise what is to be raised."""
        self.exiting = True
        propagate: Any = None
        if kind is not None and issubclass_of(kind, asyncio.CancelledError):
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
            except asyncio.CancelledError as cancelled:
                if not self.aborting:
                    propagate = cancelled
                    self.abort()
            self.completed = None
        if since(3, 13) and self.parent_cancel_requested and self.parent.uncancel() == 0:
            propagate = None
        if propagate is not None and not self.errors:
            raise propagate
        if kind is not None and not issubclass_of(kind, asyncio.CancelledError):
            self.errors.append(error)
        if self.errors:
            if since(3, 13) and self.parent.cancelling():
                self.parent.uncancel()
                self.parent.cancel()
            raise group_of(self.errors)

    def create_task(self, coroutine: Any) -> Any:
        """Make a task of the group; in 3.12 and 3.13 one that is done already is dealt with at once."""
        if not self.entered or self.aborting or (self.exiting and not self.tasks):
            raise RuntimeError
        task = create_task(coroutine)
        if since(3, 12) and not since(3, 14) and task.done():
            self.on_task_done(task)
        else:
            self.tasks.append(task)
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
