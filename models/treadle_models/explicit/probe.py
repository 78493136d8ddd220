"""Code that decides nothing: what every function that awaits its dependency goes through before it can decide.

Ordinary asyncio code, like a candidate. It takes a snapshot of the count at entry, cancels, awaits, and stops there.
"""

import asyncio

from treadle_models.candidates import Candidate


async def await_and_stop(task: asyncio.Future[object]) -> None:
    """Cancel `task`, await it, and swallow whatever comes: the point at which a guard would have to decide."""
    task.cancel()
    try:
        await task
    except BaseException:  # noqa: BLE001 - the point is to see everything
        return


PROBE = Candidate(
    name="await-and-stop",
    function=await_and_stop,
    owner=False,
    claim="",
    source="ours",
    summary="Cancel, await, and stop where a guard would have to decide.",
    excludes={},
)
