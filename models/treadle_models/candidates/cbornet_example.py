"""The documentation's example with `asyncio.wait`, and a look at whether the task ended cancelled.

Source: cbornet, 2024-12-22, comment of gh-103486. Rendered is what follows `create_task` and `sleep`. We differ in one
thing: the example prints a line if the task ended cancelled, we print nothing. So this is `rrevans_wait` with one
question more, the answer to which decides nothing.
"""

import asyncio

from treadle_models.candidates._candidate import Candidate


async def cbornet_example(task: asyncio.Future[object]) -> None:
    """Cancel `task`, done or not, wait until it is done, and look at whether it ended cancelled."""
    task.cancel()
    await asyncio.wait([task])
    if task.cancelled():
        return  # the example prints a line here


CANDIDATE = Candidate(
    name="cbornet-example",
    function=cbornet_example,
    owner=False,
    claim="C16",
    source="cbornet, 2024-12-22, comment with the documentation's example rewritten",
    summary="Cancel, asyncio.wait for the task, and look at its cancelled().",
    excludes={},
)
