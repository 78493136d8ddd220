"""The function that the issue asks for, as first posted: its condition is the wrong way round.

Source: evgeny-osipenko, 2023-04-12, opening post of gh-103486, first proposed change. A `CancelledError` is raised
when nobody cancels the caller and swallowed when somebody does; a dependency that ends in no exception is an error.
We differ in the wording of that error only.
"""

import asyncio

from treadle_models.candidates._candidate import Candidate


async def osipenko_proposal(task: asyncio.Future[object], msg: str | None = None) -> None:
    """Cancel `task` with `msg` and await it; swallow `CancelledError` only if the current task is being cancelled.

    Raise `RuntimeError` if the task ends with a result, and the task's own exception if it ends with one.
    """
    task.cancel(msg)
    try:
        await task
    except asyncio.CancelledError:
        if asyncio.current_task().cancelling() == 0:  # type: ignore[union-attr]  # a coroutine of a task has one
            raise
        return
    else:
        problem = "the cancelled task came to its end without an exception"
        raise RuntimeError(problem)


CANDIDATE = Candidate(
    name="osipenko-proposal",
    function=osipenko_proposal,
    owner=False,
    claim="C04",
    source="evgeny-osipenko, 2023-04-12, opening post, the proposed cancel_and_wait",
    summary="Cancel, await, raise CancelledError if cancelling() is zero, else return; RuntimeError on a result.",
    excludes={},
)
