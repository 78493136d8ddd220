"""C08: the lock with a watchdog, as posted and with one name repaired, on a table of locks in a real SQLite database.

The lock is the candidate's, line by line; only its table is a real one, with a unique index on the name. The watchdog
is the posted one: it touches the row now and then, and fails if the row is gone. During the exit from the lock, its
owner is cancelled after so many turns of the loop, for every number of turns until the exit is over. SQLite reports
when the row is deleted; at that moment the watchdog must be done.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, overload

from treadle_models.candidates.osipenko_lock import Lock, Table
from treadle_models.candidates.osipenko_lock_repaired import RepairedLock

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Rows(dict[str, bytes]):
    """The rows of the table, as a dictionary whose operations use the database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Make the table."""
        super().__init__()
        self.database = database
        database.execute("CREATE TABLE IF NOT EXISTS locks (name TEXT UNIQUE, nonce BLOB, touched INTEGER DEFAULT 0)")

    def __contains__(self, name: object) -> bool:
        return self.get(str(name)) is not None

    def __setitem__(self, name: str, nonce: bytes) -> None:
        self.database.execute("INSERT INTO locks (name, nonce) VALUES (?, ?)", (name, nonce))

    def __delitem__(self, name: str) -> None:
        self.database.execute("DELETE FROM locks WHERE name = ?", (name,))

    @overload  # the signatures are those of a dictionary
    def get(self, name: str, default: None = None, /) -> bytes | None: ...

    @overload
    def get(self, name: str, default: bytes, /) -> bytes: ...

    @overload
    def get(self, name: str, default: T, /) -> bytes | T: ...

    def get(self, name: str, default: object = None, /) -> object:
        """Return the nonce of a row."""
        row = self.database.execute("SELECT nonce FROM locks WHERE name = ?", (name,)).fetchone()
        return row[0] if row else default


class SqliteTable(Table):
    """The candidate's table over a database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Make the table."""
        super().__init__()
        self.rows = Rows(database)

    async def transaction(self, change: Callable[[dict[str, bytes]], bool]) -> bool:
        """Apply `change` in one transaction, after one turn of the event loop."""
        await asyncio.sleep(0)
        with self.rows.database:  # type: ignore[attr-defined]  # they are those of above
            return change(self.rows)


class LockLostError(RuntimeError):
    """The row is gone: the watchdog's timeout is over."""


async def watchdog(table: SqliteTable, name: str, nonce: bytes) -> None:
    """Touch the row for ever; fail if it is not there."""

    def touch(rows: dict[str, bytes]) -> bool:
        cursor = rows.database.execute(  # type: ignore[attr-defined]  # as above
            "UPDATE locks SET touched = touched + 1 WHERE name = ? AND nonce = ?", (name, nonce)
        )
        return bool(cursor.rowcount)

    while True:
        await asyncio.sleep(0)
        if not await table.transaction(touch):
            raise LockLostError(name)


@dataclass(frozen=True, slots=True)
class Left:
    """The result of one exit from the lock.

    `done_at_delete` says whether the watchdog was done when the row was deleted, None if it was not deleted; `exit` is
    how the lock was left; `disturbed` says that its owner was cancelled before that.
    """

    done_at_delete: bool | None
    exit: str
    disturbed: bool


async def leave(kind: type[Lock], turns: int | None) -> Left:
    """Enter a lock and leave it; cancel its owner that many turns after it began to leave."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    table = SqliteTable(database)
    lock = kind(watchdog(table, "record", b"treadle."))
    lock.table = table
    seen: list[bool] = []
    disturbed: list[bool] = []

    def note(statement: str) -> None:
        if statement.startswith("DELETE"):
            seen.append(lock.resetter_task is not None and lock.resetter_task.done())

    async def own() -> None:
        _resetter = await lock.__aenter__()
        for _ in range(5):
            await asyncio.sleep(0)
        if turns is not None:
            later(turns, lambda: disturbed.append(owner.cancel()))
        await lock.__aexit__(None, None, None)

    database.set_trace_callback(note)
    owner = asyncio.create_task(own())
    (outcome,) = await asyncio.gather(owner, return_exceptions=True)
    database.close()
    told = "returns" if outcome is None else f"raises {type(outcome).__name__}"
    return Left(all(seen) if seen else None, f"{told}: {outcome}" if kind is Lock else told, any(disturbed))


def later(turns: int, action: Callable[[], object]) -> None:
    """Act after so many turns of the event loop."""
    if turns:
        asyncio.get_running_loop().call_soon(later, turns - 1, action)
    else:
        action()


def main() -> int:
    """Enter the posted lock; leave the repaired one undisturbed, and with its owner cancelled at every turn."""
    posted = asyncio.run(leave(Lock, None)).exit
    print(f"as posted, entering {posted}")
    calm = asyncio.run(leave(RepairedLock, None))
    print(f"repaired, undisturbed: {_told(calm)}; leaving {calm.exit}")
    found: list[Left] = []
    while not found or found[-1].disturbed:
        found.append(asyncio.run(leave(RepairedLock, len(found))))
    for turn, each in enumerate(found[:-1]):
        print(f"repaired, its owner cancelled at turn {turn}: {_told(each)}; leaving {each.exit}")
    outlives = all(each.done_at_delete is not False for each in (calm, *found))
    stays = any(each.done_at_delete is None for each in found)
    print(f"the row outlives the watchdog: {'always' if outlives else 'not always'}")
    print(f"the row is deleted: {'not always' if stays else 'always'}")
    expected = "has no attribute 'task'" in posted and calm == Left(
        done_at_delete=True, exit="returns", disturbed=False
    )
    return 0 if expected and outlives and stays else 1


def _told(left: Left) -> str:
    return {
        True: "the watchdog is done when the row is deleted",
        False: "the row is deleted before the watchdog is done",
        None: "the row is never deleted",
    }[left.done_at_delete]


if __name__ == "__main__":
    sys.exit(main())
