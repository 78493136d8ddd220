"""C20: whether the caller's `cancelling()` misleads a call made while the caller terminates because of an exception.

The call is the one that re-raises if `cancelling()` is above zero. Nobody cancels the caller during it, so it must
return. The exception is an ordinary one, or the `CancelledError` of an earlier request.
"""

from __future__ import annotations

import asyncio
import sys

from treadle_models.candidates.osipenko_check import osipenko_check


async def terminate(*, cancelled: bool) -> tuple[int, str]:
    """Call from a `finally`; return the count at the call and how the call ended."""
    found: list[tuple[int, str]] = []

    async def caller() -> None:
        me = asyncio.current_task()
        dependency: asyncio.Task[object] = asyncio.create_task(asyncio.Event().wait())
        await asyncio.sleep(0)
        try:
            if cancelled:
                await asyncio.Event().wait()
            raise ZeroDivisionError
        finally:
            count = me.cancelling() if me else 0
            ended = "raises CancelledError"
            try:
                await osipenko_check(dependency)
                ended = "returns"
            finally:
                found.append((count, ended))

    task = asyncio.create_task(caller())
    for _ in range(3):
        await asyncio.sleep(0)
    if cancelled:
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return found[0]


def main() -> int:
    """Terminate in both ways."""
    found = []
    for name, cancelled in (("another exception", False), ("a cancellation", True)):
        count, ended = asyncio.run(terminate(cancelled=cancelled))
        print(f"the caller terminates because of {name}: cancelling() is {count}, the call {ended}")
        found.append((count, ended))
    return 0 if found == [(0, "returns"), (1, "raises CancelledError")] else 1


if __name__ == "__main__":
    sys.exit(main())
