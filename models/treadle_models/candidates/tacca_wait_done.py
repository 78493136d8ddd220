"""Cancel the task, then wait for its end without ever seeing its outcome.

Source: arthur-tacca, 2024-03, first comment in gh-103486: two steps, `cancel` and `await task.wait_done()`. asyncio has
no such method; it is to raise nothing of the task's, only the waiter's own cancellation, and to be safe on a task that
is done. Ours is a future that the task's done callback completes; a task that is done is not waited for.
"""

import asyncio

from treadle_models.candidates._candidate import Candidate


async def tacca_wait_done(task: asyncio.Future[object]) -> None:
    """Cancel `task`, done or not, and wait until it is done; raise `CancelledError` only for the current task's own."""
    task.cancel()
    if task.done():
        return
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def announce(_: asyncio.Future[object]) -> None:
        if not ended.done():  # it is, if the waiter was cancelled in the same turn
            ended.set_result(None)

    task.add_done_callback(announce)
    try:
        await ended
    finally:
        task.remove_done_callback(announce)


CANDIDATE = Candidate(
    name="tacca-wait-done",
    function=tacca_wait_done,
    owner=False,
    claim="C12",
    source="arthur-tacca, 2024-03, first comment, on an await task.wait_done(); its implementation is ours",
    summary="Cancel, then wait for a future that the task's done callback completes.",
    excludes={},
)
