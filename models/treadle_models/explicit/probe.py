"""Code that decides nothing: it does what every function that waits for its dependency does before it can decide.

Ordinary asyncio code, like the candidates. Each function cancels, waits in its own way, swallows any exception, and
stops there.
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


async def wait_and_stop(task: asyncio.Future[object]) -> None:
    """Cancel `task`, wait for it with `asyncio.wait`, and swallow whatever comes."""
    task.cancel()
    try:
        await asyncio.wait([task])
    except BaseException:  # noqa: BLE001 - the point is to see everything
        return


PROBES = {
    "await task": Candidate(
        name="await-and-stop",
        function=await_and_stop,
        owner=False,
        claim="",
        source="ours",
        summary="Cancel, await, and stop where a guard would have to decide.",
        excludes={},
    ),
    "asyncio.wait": Candidate(
        name="wait-and-stop",
        function=wait_and_stop,
        owner=False,
        claim="",
        source="ours",
        summary="Cancel, asyncio.wait, and stop where a guard would have to decide.",
        excludes={},
    ),
}
"""By the way to wait."""
