"""Cancel a task and stay until it is done, on every way out; a cancellation of the caller is raised afterwards.

Ours. The first wait is that of `treadle_wait`. A `CancelledError` out of it is the caller's own, whatever became of the
task, so it is certain that it must be raised; but first the waiting goes on until the task is done, however often the
caller is cancelled again. It is raised as it came, with its message, for scopes that look at it. Nothing is counted
and nothing uncancelled, so `cancelling()` stays what the others made it.

The price: a cancelled caller does not get away before the task ends. So a task that waits for itself would never end,
and is told so.
"""

import asyncio

from treadle_models.candidates._candidate import Candidate


async def treadle_joined(
    task: asyncio.Future[object],
    *,
    msg: object = None,
) -> None:
    """Cancel `task` once and wait until it is done, in any case.

    If the caller is cancelled meanwhile, `CancelledError` is raised then.
    Whatever the outcome of the task, it is not raised and stays to be
    retrieved. A task that is done is left alone. `RuntimeError` if `task`
    is the current task.
    """
    if task is asyncio.current_task():
        problem = "a task cannot wait for its own end"
        raise RuntimeError(problem)
    if task.done():
        return
    task.cancel(msg)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                continue  # the first one will be raised, for all of them
        raise


CANDIDATE = Candidate(
    name="treadle-joined",
    function=treadle_joined,
    owner=False,
    claim="",
    source="ours",
    summary="Cancel the task, asyncio.wait until it is done in any case, then raise one's own CancelledError.",
    excludes={},
)
