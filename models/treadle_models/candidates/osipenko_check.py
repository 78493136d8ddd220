"""Cancel the task, await it, and pass a `CancelledError` on if the caller's cancellation count is above zero.

Source: evgeny-osipenko, 2023-04-12, opening post of gh-103486, "the correct procedure". Rendered is what follows
`create_task` and `sleep`. We differ in one thing: the post prints a line in the handler before it looks at the count.
"""

import asyncio

from treadle_models.candidates._candidate import Candidate


async def osipenko_check(task: asyncio.Future[object]) -> None:
    """Cancel `task` and await it; re-raise `CancelledError` if the current task's `cancelling()` is above zero."""
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        if asyncio.current_task().cancelling() > 0:  # type: ignore[union-attr]  # a coroutine of a task has one
            raise


CANDIDATE = Candidate(
    name="osipenko-check",
    function=osipenko_check,
    owner=False,
    claim="C03",
    source="evgeny-osipenko, 2023-04-12, opening post, the corrected example",
    summary="Cancel, await, and re-raise CancelledError if the caller's cancelling() is above zero.",
    excludes={},
)
