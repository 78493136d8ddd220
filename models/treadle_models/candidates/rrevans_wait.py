"""Cancel the task and `asyncio.wait` for it: two lines, and nothing of the task's outcome comes up.

Source: rrevans, 2024-12-22, comment of gh-103486. Rendered as posted.
"""

import asyncio

from treadle_models.candidates._candidate import Candidate


async def rrevans_wait(task: asyncio.Future[object]) -> None:
    """Cancel `task`, done or not, and wait until it is done."""
    task.cancel()
    await asyncio.wait([task])


CANDIDATE = Candidate(
    name="rrevans-wait",
    function=rrevans_wait,
    owner=False,
    claim="C14",
    source="rrevans, 2024-12-22, comment that proposes asyncio.wait",
    summary="Cancel, then asyncio.wait for the task.",
    excludes={},
)
