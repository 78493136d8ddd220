"""Cancel a task that is not done and `asyncio.wait` for it, guarding against every answer that asyncio might give.

Source: VietThan, 2025-02, comment of gh-103486. Every branch of the post is kept, with its early returns, although
some cannot be reached. We differ in two things: the log messages are left out, and the name of the task, which only
they show, has a default.
"""

import asyncio

from treadle_models.candidates._candidate import Candidate


async def vietthan_cancel_task(task: asyncio.Future[object], task_name: str = "dependency") -> None:  # noqa: ARG001
    """Cancel `task` and wait until it is done; do nothing if it is done already. `task_name` was for the log."""
    was_cancelled = task.cancelled()
    was_done = task.done()
    if was_cancelled or was_done:
        return
    accepted = task.cancel()
    if not accepted:
        return
    await asyncio.wait([task])
    if not task.cancelled() and not task.done():
        return  # the post logs an error here, with the stack, as very unexpected


CANDIDATE = Candidate(
    name="vietthan-cancel-task",
    function=vietthan_cancel_task,
    owner=False,
    claim="C18",
    source="VietThan, 2025-02, comment that builds on cbornet's",
    summary="Return if the task is done; else cancel, asyncio.wait for it, and look at it once more.",
    excludes={},
)
