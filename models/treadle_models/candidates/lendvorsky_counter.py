"""Tell the two cancellations apart by how often the *task* was asked to stop.

Source: LukasLendvorsky, 2025, comment of gh-103486 that calls it a better `cancel_and_wait`. One request is the call's
own; if the task's `cancelling()` has risen by more, somebody else has asked too, and the `CancelledError` is passed on.
We differ in the wording of the last error only.
"""

import asyncio

from treadle_models.candidates._candidate import TASK_ONLY, Candidate


async def lendvorsky_counter(task: asyncio.Task[object], msg: str | None = None) -> None:
    """Cancel `task` with `msg` and await it; swallow `CancelledError` only if the task's count rose by exactly one.

    Return at once if the task is done. Raise `RuntimeError` if it ends with a result, and the task's own exception if
    it ends with one.
    """
    if task.done():
        return
    expected = task.cancelling() + 1
    task.cancel(msg)
    try:
        await task
    except asyncio.CancelledError:
        if task.cancelling() != expected:
            raise
        return
    else:
        problem = "the cancelled task came to its end without an exception"
        raise RuntimeError(problem)


CANDIDATE = Candidate(
    name="lendvorsky-counter",
    function=lendvorsky_counter,
    owner=False,
    claim="C21",
    source="LukasLendvorsky, 2025, comment with a cancel_and_wait of his own",
    summary="Cancel, await, and re-raise CancelledError if the task's cancelling() rose by anything but one.",
    excludes=TASK_ONLY,
)
