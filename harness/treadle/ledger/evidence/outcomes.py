"""C15, C22, C23: what `asyncio.wait` and `asyncio.wait_for` raise for a task that has been cancelled.

One task lets its cancellation out, one fails in its clean-up, and one lets out the second cancellation only, which
`wait_for` sends when its time is over.
"""

from __future__ import annotations

import asyncio
import sys

_PATIENCE = 0.05


async def dependency(how: str) -> None:
    """Wait, and end in one way when cancelled."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        if how == "fails":
            raise ZeroDivisionError from None
        if how == "lets the second cancellation out":
            await asyncio.Event().wait()
        raise


async def outcome(waiting: str, how: str) -> str:
    """Cancel a task and wait for it; return how the wait ended, and how the task did."""
    task = asyncio.create_task(dependency(how))
    await asyncio.sleep(0)
    task.cancel()
    try:
        if waiting == "asyncio.wait":
            await asyncio.wait([task])
        else:
            await asyncio.wait_for(task, _PATIENCE)
    except (asyncio.CancelledError, TimeoutError, ZeroDivisionError) as error:
        told = f"raises {type(error).__name__}"
    else:
        told = "returns"
    said = "cancelled" if task.cancelled() else type(task.exception()).__name__
    return f"{told}, the task is done: {said}"


def main() -> int:
    """Try each way to wait with each task that ends in it."""
    expected = {
        ("asyncio.wait", "lets its cancellation out"): "returns, the task is done: cancelled",
        ("asyncio.wait", "fails"): "returns, the task is done: ZeroDivisionError",
        ("asyncio.wait_for", "lets its cancellation out"): "raises CancelledError, the task is done: cancelled",
        ("asyncio.wait_for", "fails"): "raises ZeroDivisionError, the task is done: ZeroDivisionError",
        ("asyncio.wait_for", "lets the second cancellation out"): "raises TimeoutError, the task is done: cancelled",
    }
    found = {case: asyncio.run(outcome(*case)) for case in expected}
    for (waiting, how), told in found.items():
        print(f"{waiting}, a task that {how}: {told}")
    return 0 if found == expected else 1


if __name__ == "__main__":
    sys.exit(main())
