"""C09: a `TaskGroup` that is entered and left in the clean-up of a cancelled task, with a child that fails.

Nobody cancels the task after it has entered the group, so the clean-up must go on. From 3.13 on it is cut short.
"""

from __future__ import annotations

import asyncio
import sys


async def fail() -> None:
    """Fail at once."""
    raise ZeroDivisionError


async def clean_up(log: list[str]) -> None:
    """Wait to be cancelled; enter and leave a group in the clean-up, and go on."""
    try:
        await asyncio.Event().wait()
    finally:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())
        except* ZeroDivisionError:
            pass
        await asyncio.sleep(0)
        log.append("goes on")


async def run() -> str:
    """Cancel the task once; tell what its clean-up does after the group."""
    log: list[str] = []
    task = asyncio.create_task(clean_up(log))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    return log[0] if log else "is cut short by a CancelledError that nobody sent"


def main() -> int:
    """Run and tell."""
    found = asyncio.run(run())
    print(f"a child of a group in a clean-up fails: the clean-up {found}")
    return 0 if (found == "goes on") is (sys.version_info < (3, 13)) else 1


if __name__ == "__main__":
    sys.exit(main())
