"""The proposed function with its condition turned the right way round.

Source: arthur-tacca, 2024-03-18, comment of gh-103486 that asks whether the condition of the proposal is not inverted:
with a count of zero the `CancelledError` is the task's, and one would return. The comment has no code of its own; all
the rest is that of `osipenko_proposal`.
"""

import asyncio

from treadle_models.candidates._candidate import Candidate


async def tacca_corrected(task: asyncio.Future[object], msg: str | None = None) -> None:
    """Cancel `task` with `msg` and await it; swallow `CancelledError` only if nobody is cancelling the current task.

    Raise `RuntimeError` if the task ends with a result, and the task's own exception if it ends with one.
    """
    task.cancel(msg)
    try:
        await task
    except asyncio.CancelledError:
        if asyncio.current_task().cancelling() == 0:  # type: ignore[union-attr]  # a coroutine of a task has one
            return
        raise
    else:
        problem = "the cancelled task came to its end without an exception"
        raise RuntimeError(problem)


CANDIDATE = Candidate(
    name="tacca-corrected",
    function=tacca_corrected,
    owner=False,
    claim="C13",
    source="arthur-tacca, 2024-03-18, second comment, on the condition of the proposal",
    summary="Cancel, await, return if cancelling() is zero, else re-raise CancelledError; RuntimeError on a result.",
    excludes={},
)
