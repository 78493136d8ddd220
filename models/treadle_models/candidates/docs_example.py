"""Cancel the task, await it, and swallow whatever `CancelledError` comes.

Source: the example of `asyncio.Task.cancel` in Python's documentation, quoted with other names by evgeny-osipenko,
2023-04-12, opening post of gh-103486. Rendered is what follows `create_task` and `sleep`. We differ in one thing: the
example prints a line in the handler, we print nothing.
"""

import asyncio

from treadle_models.candidates._candidate import Candidate


async def docs_example(task: asyncio.Future[object]) -> None:
    """Cancel `task` and await it, taking any `CancelledError` for the task's own."""
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return  # the example prints a line here, and goes on


CANDIDATE = Candidate(
    name="docs-example",
    function=docs_example,
    owner=False,
    claim="C01",
    source="documentation of asyncio.Task.cancel, as quoted by evgeny-osipenko, 2023-04-12, opening post",
    summary="Cancel, await, and swallow every CancelledError.",
    excludes={},
)
