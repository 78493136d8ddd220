"""C17: what leaving a `TaskGroup` does to a task in it: with no error, by an error of the body, by a cancellation.

Each time the task cleans up for some turns when it is cancelled; the program tells whether the group cancelled it,
whether it was done when the group was left, and what came of a cancellation of the waiter meanwhile.
"""

from __future__ import annotations

import asyncio
import sys


async def leave(how: str) -> str:  # noqa: C901 - one story, told in order
    """Leave a group in one way and tell what happened."""
    notes: list[str] = []
    release = asyncio.Event()

    async def child() -> None:
        try:
            await release.wait()
        except asyncio.CancelledError:
            notes.append("the task is cancelled")
            for _ in range(5):
                await asyncio.sleep(0)
            raise
        finally:
            notes.append("the task is done")

    async def waiter() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(child())
                await asyncio.sleep(0)
                if how == "the body fails":
                    raise ZeroDivisionError  # noqa: TRY301 - the body is what fails
        except* ZeroDivisionError:
            pass
        finally:
            notes.append("the group is left")

    task = asyncio.create_task(waiter())
    for _ in range(4):
        await asyncio.sleep(0)
    if how == "the waiter is cancelled":
        task.cancel()
    for _ in range(20):
        await asyncio.sleep(0)
    if not task.done():
        notes.append("the group waits")
        release.set()
    await asyncio.gather(task, return_exceptions=True)
    return ", ".join([*notes, *["the waiter ends cancelled"] * task.cancelled()])


def main() -> int:
    """Leave a group in three ways."""
    expected = {
        "nothing happens": "the group waits, the task is done, the group is left",
        "the body fails": "the task is cancelled, the task is done, the group is left",
        "the waiter is cancelled": (
            "the task is cancelled, the task is done, the group is left, the waiter ends cancelled"
        ),
    }
    found = {how: asyncio.run(leave(how)) for how in expected}
    for how, told in found.items():
        print(f"{how}: {told}")
    return 0 if found == expected else 1


if __name__ == "__main__":
    sys.exit(main())
