"""C05: which dependencies a call handles that cancels again whenever the dependency has uncancelled itself.

Three dependencies on stock asyncio: one that uncancels itself twice and then ends, one that goes on without
uncancelling itself, and one that uncancels itself for ever.
"""

from __future__ import annotations

import asyncio
import sys

from treadle_models.candidates.osipenko_repeat import osipenko_repeat

_TURNS = 200


async def stubborn(*, times: int, uncancels: bool) -> None:
    """Wait; absorb so many cancellations, uncancelling itself each time if told so."""
    task = asyncio.current_task()
    while True:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            if not times:
                raise
            times -= 1
            if uncancels and task is not None:
                task.uncancel()


async def call(*, times: int, uncancels: bool) -> str:
    """Make the call and give it some turns of the loop; say whether it has ended."""
    dependency = asyncio.create_task(stubborn(times=times, uncancels=uncancels))
    await asyncio.sleep(0)
    caller = asyncio.create_task(osipenko_repeat(dependency))
    requests, cancelling = 0, 0
    for _ in range(_TURNS):
        await asyncio.sleep(0)
        requests += dependency.cancelling() > cancelling
        cancelling = dependency.cancelling()
    ended = caller.done()
    for task in (caller, dependency):
        while not task.done():  # one that absorbs ends after its last time
            task.cancel()
            await asyncio.sleep(0)
    return "the call ends" if ended else f"after {_TURNS} turns the call goes on"


def main() -> int:
    """Try the three dependencies."""
    cases = (
        ("uncancels itself twice, then ends", 2, True),
        ("goes on without uncancelling itself", _TURNS, False),
        ("uncancels itself every time", 10 * _TURNS, True),
    )
    found = []
    for name, times, uncancels in cases:
        outcome = asyncio.run(call(times=times, uncancels=uncancels))
        print(f"a dependency that {name}: {outcome}")
        found.append(outcome == "the call ends")
    return 0 if found == [True, False, False] else 1


if __name__ == "__main__":
    sys.exit(main())
