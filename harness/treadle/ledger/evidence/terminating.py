"""C20: whether the caller's `cancelling()` misleads a call made while the caller terminates because of an exception.

Two calls: the function as it was posted, and the one that re-raises if `cancelling()` is above zero. Nobody cancels the
caller during the call, so it must return. The exception with which the caller terminates is an ordinary one, the
`CancelledError` of an earlier request, or an ordinary one into which the caller has translated that `CancelledError`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from treadle_models.candidates.osipenko_check import osipenko_check
from treadle_models.candidates.osipenko_proposal import osipenko_proposal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Call = Callable[[asyncio.Future[object]], Awaitable[None]]

REASONS = ("another exception", "a cancellation", "a cancellation that it translated into another exception")
EXPECTED = {
    "as posted": [(0, "raises CancelledError"), (1, "returns"), (1, "returns")],
    "with the corrected condition": [(0, "returns"), (1, "raises CancelledError"), (1, "raises CancelledError")],
}


async def fail(reason: str) -> None:
    """Fail for this reason."""
    if reason == REASONS[0]:
        raise ZeroDivisionError
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError as error:
        if reason == REASONS[1]:
            raise
        raise ZeroDivisionError from error


async def terminate(call: Call, reason: str) -> tuple[int, str]:
    """Make the call from a `finally`; return the count at the call and how the call ended."""
    found: list[tuple[int, str]] = []

    async def caller() -> None:
        me = asyncio.current_task()
        dependency: asyncio.Task[object] = asyncio.create_task(asyncio.Event().wait())
        await asyncio.sleep(0)
        try:
            await fail(reason)
        finally:
            count = me.cancelling() if me else 0
            ended = "raises CancelledError"
            try:
                await call(dependency)
                ended = "returns"
            finally:
                found.append((count, ended))

    task = asyncio.create_task(caller())
    for _ in range(3):
        await asyncio.sleep(0)
    if reason != REASONS[0]:
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return found[0]


def main() -> int:
    """Terminate for each reason, with each call."""
    calls: dict[str, Call] = {"as posted": osipenko_proposal, "with the corrected condition": osipenko_check}
    found: dict[str, list[tuple[int, str]]] = {}
    for name, call in calls.items():
        for reason in REASONS:
            count, ended = asyncio.run(terminate(call, reason))
            print(f"{name}, the caller terminates because of {reason}: cancelling() is {count}, the call {ended}")
            found.setdefault(name, []).append((count, ended))
    return 0 if found == EXPECTED else 1


if __name__ == "__main__":
    sys.exit(main())
