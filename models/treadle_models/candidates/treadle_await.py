"""The best that can be made of `await task`: count the caller's cancellations around it, and look on all ways out.

Ours, after evgeny-osipenko and arthur-tacca (see `osipenko_check`, `tacca_corrected`). Awaiting a task raises its
outcome and forwards the caller's cancellation into it, so the caller has to find out whether it was cancelled itself:
its `cancelling()` must have risen *above what it was before*, and that must be asked when the await returns, when it
raises `CancelledError` and when it raises anything else. A request that was made earlier and not yet thrown is in that
count already and would be taken for the task's own end; so one turn of the loop goes first, in which it comes up by
itself and is remembered.

What no guard can repair: a cancellation of the caller is a second request to the task, the caller stays until the task
ends, a failure of the task at the same time is at most the `__cause__` of the `CancelledError`, and a third party's
`uncancel()` of the caller can hide a later request. `treadle_wait` has none of these, and `treadle_joined` the second
alone, by choice.
"""

import asyncio

from treadle_models.candidates._candidate import Candidate


async def treadle_await(task: asyncio.Future[object]) -> None:
    """Cancel `task` and await it; raise `CancelledError` if the current task was cancelled meanwhile.

    Otherwise raise the exception with which the task failed, if it did, and return if it was cancelled or has a
    result. A task that is done is left alone. A task that calls this on itself is cancelled here.
    """
    if task.done():
        return
    controller: asyncio.Task[object] = asyncio.current_task()  # type: ignore[assignment]  # a coroutine of a task has one
    task.cancel()
    interrupted = False
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        interrupted = True
    before = controller.cancelling()
    try:
        await task
    except asyncio.CancelledError:
        if interrupted or controller.cancelling() > before:
            raise
    except BaseException as failure:
        if interrupted or controller.cancelling() > before:
            raise asyncio.CancelledError from failure
        raise
    else:
        if interrupted or controller.cancelling() > before:
            raise asyncio.CancelledError


CANDIDATE = Candidate(
    name="treadle-await",
    function=treadle_await,
    owner=False,
    claim="",
    source="ours, after evgeny-osipenko and arthur-tacca",
    summary="Cancel, await, and raise CancelledError if the caller's cancelling() rose, on each of three ways out.",
    excludes={},
)
