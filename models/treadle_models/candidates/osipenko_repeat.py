"""Cancel the task again whenever it has uncancelled itself and goes on, until it is done.

Source: evgeny-osipenko, 2023-04-12, opening post of gh-103486: one sentence on a possible `repeat` parameter that makes
the function keep cancelling, in a loop, a task that uncancels itself. The post gives no algorithm; ours looks at the
task once in each turn of the event loop and sends the next request when the task's own `cancelling()` is back at zero.
It stands on the corrected form of the proposal (see `tacca_corrected`): as posted, the condition is inverted.
"""

import asyncio

from treadle_models.candidates._candidate import TASK_ONLY, Candidate


async def osipenko_repeat(task: asyncio.Task[object], msg: str | None = None) -> None:
    """Cancel `task` with `msg`, and again each time that it has uncancelled itself, until it is done.

    Return on `CancelledError` if the current task's `cancelling()` is zero, else re-raise it. Raise `RuntimeError` if
    the task ends with a result, and the task's own exception if it ends with one.
    """
    task.cancel(msg)
    try:
        while not task.done():
            await asyncio.sleep(0)  # uncancel() makes no event that one could wait for
            if not task.done() and task.cancelling() == 0:
                task.cancel(msg)
        await task  # it is done: this raises or returns its outcome, and does not suspend
    except asyncio.CancelledError:
        if asyncio.current_task().cancelling() == 0:  # type: ignore[union-attr]  # a coroutine of a task has one
            return
        raise
    else:
        problem = "the cancelled task came to its end without an exception"
        raise RuntimeError(problem)


CANDIDATE = Candidate(
    name="osipenko-repeat",
    function=osipenko_repeat,
    owner=False,
    claim="C05",
    source="evgeny-osipenko, 2023-04-12, opening post, one sentence on a repeat parameter; the algorithm is ours",
    summary="Look at the task in each turn of the loop and cancel it again when it has uncancelled itself.",
    excludes=TASK_ONLY,
)
