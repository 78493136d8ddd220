"""C07: a `TaskGroup` tells all its tasks at once to stop; a function that waits for one of them cannot do that.

Two tasks that clean up over some turns, cancelled by a group whose body fails, and then one after the other by a
function that cancels one task and waits for it. What counts is whether the second hears of it before the first is done.
"""

from __future__ import annotations

import asyncio
import sys

from treadle_models.candidates.treadle_joined import treadle_joined

TOGETHER = ["one is told", "two is told", "one is done", "two is done"]
IN_A_ROW = ["one is told", "one is done", "two is told", "two is done"]


async def child(name: str, log: list[str]) -> None:
    """Wait for ever; clean up over some turns."""
    try:
        await asyncio.Event().wait()
    finally:
        log.append(f"{name} is told")
        for _ in range(5):
            await asyncio.sleep(0)
        log.append(f"{name} is done")


async def by_a_group() -> list[str]:
    """Let a group cancel both: its body fails."""
    log: list[str] = []
    try:
        async with asyncio.TaskGroup() as group:
            for name in ("one", "two"):
                group.create_task(child(name, log))
            await asyncio.sleep(0)
            raise ZeroDivisionError  # noqa: TRY301 - the body is what fails
    except* ZeroDivisionError:
        pass
    return sorted(log[:2]) + sorted(log[2:])  # it keeps them in a set, whose order is another each time


async def one_by_one() -> list[str]:
    """Cancel one and wait for it, then the other."""
    log: list[str] = []
    tasks: list[asyncio.Task[object]] = [asyncio.create_task(child(name, log)) for name in ("one", "two")]
    await asyncio.sleep(0)
    for task in tasks:
        await treadle_joined(task)
    return log


def main() -> int:
    """Do both and tell in which order."""
    group, row = asyncio.run(by_a_group()), asyncio.run(one_by_one())
    print(f"by a group: {', '.join(group)}")
    print(f"one by one: {', '.join(row)}")
    return 0 if (group, row) == (TOGETHER, IN_A_ROW) else 1


if __name__ == "__main__":
    sys.exit(main())
