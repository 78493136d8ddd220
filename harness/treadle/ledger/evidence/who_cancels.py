"""C07: from where do `timeout()` and `TaskGroup` cancel? A function that waits can only be called from a task.

Tasks that note, at each `cancel()`, which task is running. None means a callback of the event loop, where nothing can
be awaited.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

_calls: list[tuple[str, str]] = []


class Noting(asyncio.Task[T]):
    """A task that notes from where it is cancelled."""

    def cancel(self, msg: object = None) -> bool:
        """Note, then cancel."""
        running = asyncio.current_task(self.get_loop())
        _calls.append((self.get_name(), running.get_name() if running else "a callback"))
        return super().cancel(msg)


async def endless() -> None:
    """Wait for ever."""
    await asyncio.get_running_loop().create_future()


async def fail() -> None:
    """Fail at once."""
    raise ZeroDivisionError


async def under_timeout() -> None:
    """Wait inside a timeout that is over at once."""
    async with asyncio.timeout(0):
        await endless()


async def child_fails() -> None:
    """Be the body of a group with a child that fails."""
    async with asyncio.TaskGroup() as group:
        group.create_task(endless(), name="the sibling")
        group.create_task(fail(), name="the failing child")
        await endless()


async def body_fails() -> None:
    """Be the body of a group and fail."""
    async with asyncio.TaskGroup() as group:
        group.create_task(endless(), name="the child")
        await asyncio.sleep(0)
        raise ZeroDivisionError


async def run(body: Callable[[], Coroutine[object, None, None]]) -> None:
    """Run one body as a task that notes."""
    asyncio.get_running_loop().set_task_factory(lambda loop, coro, **named: Noting(coro, loop=loop, **named))
    await asyncio.gather(asyncio.create_task(body(), name="the body"), return_exceptions=True)


def main() -> int:
    """Run the three and tell who cancelled whom from where."""
    found = []
    for name, body in (
        ("timeout() is over", under_timeout),
        ("a child of a TaskGroup fails", child_fails),
        ("the body of a TaskGroup fails", body_fails),
    ):
        _calls.clear()
        asyncio.run(run(body))
        made = list(dict.fromkeys(_calls))
        print(f"{name}: " + "; ".join(f"{whom} is cancelled from {where}" for whom, where in made))
        found.append(made)
    callback = "a callback"
    expected = [
        [("the body", callback)],
        [("the sibling", callback), ("the body", callback)],
        [("the child", "the body")],
    ]
    return 0 if [sorted(each) for each in found] == [sorted(each) for each in expected] else 1


if __name__ == "__main__":
    sys.exit(main())
