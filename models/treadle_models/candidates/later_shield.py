"""Wait for a shield around the task, again and again until the task is done, remembering the caller's cancellation.

Source: fried, 2023-05-01, comment of gh-103486 that points to `later.cancel`; rendered from `later` 26.8.1 on PyPI
(`later/task.py`, Apache License 2.0), algorithm only. We differ in the text of the last error, which there shows the
task and its result.
"""

import asyncio

from treadle_models.candidates._candidate import Candidate


async def later_shield(task: asyncio.Future[object]) -> None:
    """Cancel `task` and wait until it is done, however often the current task is cancelled meanwhile.

    Return at once if the task is done. After it has ended cancelled, raise the latest `CancelledError` of the current
    task, if there was one. Otherwise raise the task's own exception, or `InvalidStateError` for a result.
    """
    if task.done():
        return
    task.cancel()
    interruption: asyncio.CancelledError | None = None
    while not task.done():
        shielded = asyncio.shield(task)
        try:
            await asyncio.wait([shielded])
        except asyncio.CancelledError as error:
            interruption = error
        finally:
            # Looking at the shield's outcome keeps asyncio from reporting it as never retrieved.
            if shielded.done() and not shielded.cancelled() and not shielded.exception():
                shielded.result()
    if task.cancelled():
        if interruption is None:
            return
        raise interruption from None
    failure = task.exception()
    if failure is not None:
        raise failure from None
    problem = "the cancelled task came to its end with a result"
    raise asyncio.InvalidStateError(problem)


CANDIDATE = Candidate(
    name="later-shield",
    function=later_shield,
    owner=False,
    claim="C10",
    source="fried, 2023-05-01, comment on later.cancel; algorithm of the package later 26.8.1, task.py",
    summary="Wait for shields around the task until it is done, then raise one's own remembered CancelledError.",
    excludes={},
)
