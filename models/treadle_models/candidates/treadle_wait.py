"""Cancel a task that is not done, and `asyncio.wait` for it: the shortest form that keeps every promise.

Ours, after rrevans (see `rrevans_wait`), with one line more. `asyncio.wait` waits on a future of its own: a
cancellation of the caller stops there and is not forwarded to the task, and the task's outcome never comes up, so no
`CancelledError` needs to be told from another and nothing is counted. The look at `done()` is for two edges. `cancel()`
on a task that has failed would clear the failure that asyncio still has to report; and waiting for a task that is
done would suspend for nothing.

The caller's own cancellation ends the wait at once and leaves the task running; `treadle_joined` chooses otherwise. A
task that calls this on itself cancels itself, and gets its `CancelledError` here.
"""

import asyncio

from treadle_models.candidates._candidate import Candidate


async def treadle_wait(
    task: asyncio.Future[object],
    *,
    msg: object = None,
) -> None:
    """Cancel `task` and wait until it is done, or until you are cancelled.

    Whatever the outcome of the task, it is not raised and stays to be
    retrieved; `CancelledError` is always the caller's own. A task that is
    done is left alone.
    """
    if not task.done():
        task.cancel(msg)
        await asyncio.wait([task])


CANDIDATE = Candidate(
    name="treadle-wait",
    function=treadle_wait,
    owner=False,
    claim="",
    source="ours, after rrevans",
    summary="Unless the task is done, cancel it and asyncio.wait for it; one's own cancellation ends the wait.",
    excludes={},
)
