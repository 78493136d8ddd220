"""The loop of a program: it knows every task that was made, and makes eager ones like all others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from treadle.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


T = TypeVar("T")

_EAGER_FACTORY = getattr(asyncio, "eager_task_factory", None)  # from 3.12 on


class ProgramLoop(Loop):
    """A loop that keeps the tasks of the execution under way, in the order in which they were made.

    It keeps the names of their functions too: a task that ended at its first step, as an eager one may, has let go of
    its coroutine, and CPython 3.12.1 crashes when it is asked for that.
    """

    def reset(self) -> None:
        """Go back to the state of a new loop."""
        super().reset()
        self.tasks: list[asyncio.Task[Any]] = []
        self.functions: list[str] = []

    def create_task(self, coro: Coroutine[Any, Any, T], **options: Any) -> asyncio.Task[T]:  # type: ignore[override]
        """Make a task and keep it."""
        place = len(self.tasks)
        task = super().create_task(coro, **options)
        self.tasks.insert(place, task)  # before those that its first step has made, if that is over
        self.functions.insert(place, getattr(coro, "__name__", "task"))
        return task

    def set_task_factory(self, factory: Callable[..., Any] | None) -> None:
        """Use this factory for tasks. Asyncio's own for eager tasks would make tasks that hash to their addresses."""
        eager = factory is not None and factory is _EAGER_FACTORY
        super().set_task_factory(self._make_eagerly if eager else factory)

    def _make_eagerly(
        self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, T], **options: Any
    ) -> asyncio.Task[T]:
        return self.make_task(loop, coroutine, **{"eager_start": True, **options})
