"""A lock in a database table with a watchdog task, which a `TaskGroup` entered and left by hand stops and joins.

Source: evgeny-osipenko, 2023-04, comment of gh-103486 that describes where the question came up. Its faults are kept:
entering looks at an attribute that is never set, a bare `except` gives the row back, the group is always left as if
its body had ended well, and the row is given back in a `finally` that awaits.

We differ in what surrounds it. The body of the watchdog (a loop that touches the row) is the dependency, so `touch` is
not there; the database is a table in memory, one for each lock, whose transactions take one turn of the event loop;
the nonce is fixed, so that executions repeat; entering returns the watchdog task and not the lock, and closes the
dependency when it fails.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import ClassVar

from treadle_models.candidates._candidate import OWNER_EXCLUDES, Candidate


class Table:
    """A stand-in for the database: the rows of one table of locks, from a lock's name to its holder's nonce."""

    def __init__(self) -> None:
        """Start with no row."""
        self.rows: dict[str, bytes] = {}

    async def transaction(self, change: Callable[[dict[str, bytes]], bool]) -> bool:
        """Apply `change` to the rows after one turn of the event loop; a transaction cancelled before changes none."""
        await asyncio.sleep(0)
        return change(self.rows)


def create(rows: dict[str, bytes], nonce: bytes, name: str) -> bool:
    """Insert the row `name` and tell whether that was possible; names are unique."""
    if name in rows:
        return False
    rows[name] = nonce
    return True


def delete(rows: dict[str, bytes], nonce: bytes, name: str) -> bool:
    """Delete the row `name` if `nonce` holds it, and tell whether it did."""
    if rows.get(name) != nonce:
        return False
    del rows[name]
    return True


class LockConflictError(RuntimeError):
    """The row is there already."""


class Lock:
    """Hold a row from `__aenter__` to `__aexit__`, and run `dependency` as its watchdog in between.

    `guard` names the attribute by which `__aenter__` tells whether the lock was entered before. No line sets an
    attribute `task`, so as posted every entry fails with `AttributeError`.
    """

    guard: ClassVar[str] = "task"

    def __init__(self, dependency: Coroutine[object, None, object]) -> None:
        """Make a lock with a table of its own."""
        self.dependency = dependency
        self.table = Table()
        self.name = "record"
        self.nonce = b"treadle."
        self.task_group: asyncio.TaskGroup | None = None
        self.resetter_task: asyncio.Task[object] | None = None

    @property
    def held(self) -> bool:
        """Tell whether the row is in the table."""
        return self.table.rows.get(self.name) == self.nonce

    async def take(self) -> None:
        """Create the row, or raise `LockConflictError`."""
        created = await self.table.transaction(lambda rows: create(rows, self.nonce, self.name))
        if not created:
            problem = f"the lock {self.name} is held by somebody else"
            raise LockConflictError(problem)

    async def release(self) -> None:
        """Delete the row, if it is this lock's."""
        await self.table.transaction(lambda rows: delete(rows, self.nonce, self.name))

    async def enter(self) -> asyncio.Task[object]:
        """Take the row and start the watchdog, as posted."""
        if getattr(self, self.guard) is not None:
            problem = "the lock was entered before"
            raise RuntimeError(problem)
        try:
            await self.take()
            self.task_group = await asyncio.TaskGroup().__aenter__()
            self.resetter_task = self.task_group.create_task(self.dependency)
            return self.resetter_task  # noqa: TRY300 - the posted order
        except:
            await self.release()
            raise

    async def __aenter__(self) -> asyncio.Task[object]:
        """Do as `enter`; if it fails, close the dependency, unless it has become a task."""
        try:
            return await self.enter()
        except BaseException:
            if self.resetter_task is None:
                self.dependency.close()
            raise

    async def __aexit__(self, *exc_info: object) -> None:
        """Cancel the watchdog, leave the group as if nothing was raised, and give the row back in any case."""
        try:
            self.resetter_task.cancel()  # type: ignore[union-attr]  # as posted: entering has set both
            await self.task_group.__aexit__(None, None, None)  # type: ignore[union-attr]
        finally:
            await self.release()


def osipenko_lock(dependency: Coroutine[object, None, object]) -> Lock:
    """Return the lock as posted, with `dependency` as the body of its watchdog."""
    return Lock(dependency)


CANDIDATE = Candidate(
    name="osipenko-lock",
    function=osipenko_lock,
    owner=True,
    claim="C08",
    source="evgeny-osipenko, 2023-04, comment on the context in which the question came up",
    summary="Leave a TaskGroup by hand so that the watchdog has ended before the row is given back; fails on entry.",
    excludes=OWNER_EXCLUDES,
)
