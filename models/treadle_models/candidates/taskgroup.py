"""Let a `TaskGroup` own the task: cancel it and leave the group.

Source: evgeny-osipenko, 2023-04, last sentence of the comment on the lock in gh-103486 ("just use a TaskGroup"), and
rrevans, 2024-12-23, on what leaving a group does. Neither posted code. A group cannot adopt a task, so this adapter
creates the dependency inside the group; leaving it is the call.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from types import TracebackType

from treadle_models.candidates._candidate import OWNER_EXCLUDES, Candidate


class OwningGroup:
    """A task group with one task; a class and not a generator, so that every state of it can be looked at."""

    def __init__(self, dependency: Coroutine[object, None, object]) -> None:
        """Make the group; the task is created on entry."""
        self._dependency = dependency
        self._group = asyncio.TaskGroup()
        self._task: asyncio.Task[object] | None = None

    async def __aenter__(self) -> asyncio.Task[object]:
        """Enter the group, start the dependency in it and return its task."""
        await self._group.__aenter__()
        self._task = self._group.create_task(self._dependency)
        return self._task

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Cancel the task and leave the group, which waits for it."""
        self._task.cancel()  # type: ignore[union-attr]  # entering has set it
        await self._group.__aexit__(exc_type, exc, traceback)


def taskgroup(dependency: Coroutine[object, None, object]) -> AbstractAsyncContextManager[asyncio.Task[object]]:
    """Return a context manager that runs `dependency` in a task group of its own, and cancels it on leaving."""
    return OwningGroup(dependency)


CANDIDATE = Candidate(
    name="taskgroup",
    function=taskgroup,
    owner=True,
    claim="C09",
    source="evgeny-osipenko, 2023-04, end of the comment on the lock; rrevans, 2024-12-23, on a group's exit (C17)",
    summary="Create the task in a TaskGroup; cancel it and leave the group.",
    excludes=OWNER_EXCLUDES,
)
