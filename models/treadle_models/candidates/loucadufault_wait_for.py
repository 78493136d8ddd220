"""Cancel the task and `asyncio.wait_for` it, giving it five seconds to clean up.

Source: loucadufault, 2025-03-25, comment of gh-103486. Rendered is what follows `create_task` and `sleep`. We differ in
one thing: the example prints a line at the end if the task ended cancelled, we only look. `wait_for` was rewritten for
Python 3.12, so this is one text and two algorithms.
"""

import asyncio

from treadle_models.candidates._candidate import Candidate


async def loucadufault_wait_for(task: asyncio.Future[object]) -> None:
    """Cancel `task` and await it for at most five seconds, after which `wait_for` cancels it again.

    Swallow `TimeoutError`; raise whatever else the task or the current task's cancellation brings.
    """
    task.cancel()
    try:
        await asyncio.wait_for(task, 5)
    except TimeoutError:
        pass
    finally:
        task.cancelled()  # the example prints a line if so


CANDIDATE = Candidate(
    name="loucadufault-wait-for",
    function=loucadufault_wait_for,
    owner=False,
    claim="C22",
    source="loucadufault, 2025-03-25, comment with the documentation's example on asyncio.wait_for (C22, C23)",
    summary="Cancel, asyncio.wait_for the task for five seconds, swallow TimeoutError, and look at its cancelled().",
    excludes={},
)
