"""Judge one execution, when nothing more happens in it: what is wrong, in the order of the properties.

What each property means, exactly:

- *raises*: the program raised something; or was cancelled, and not by the environment.
- *deadlock*: the program had not ended, no callback was ready, no timer was set, and the environment had no declared
  future to complete. That it might still cancel somebody does not count: it need not.
- *lost-wakeup*: a deadlock in which a task waits in a primitive of asyncio for what that primitive has (see `waits`).
- *ends*: so many callbacks (or timers) after the environment acted last the program had not ended, with nothing left
  that the environment could complete.
- *swallowed*: the environment cancelled a declared task while it ran, the task ended with a result, and `cancelling()`
  is still above 0: it has neither passed the cancellation on nor taken it back. A task that ended with another
  exception has not swallowed it in silence; that exception is judged by itself.
- *left-running*: the program ended well, what was ready has run, and a task had not ended. `asyncio.run` cancels those.
- *unretrieved*: a task failed, and when the execution was over nobody had looked at its exception.
"""

from __future__ import annotations

import re
import traceback
from typing import TYPE_CHECKING, Any

from treadle.programs.problems import Outcome, Problem, Property
from treadle.programs.waits import describe_wait, name_tasks
from treadle.trace import name_file

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from treadle.programs.run import Run

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}")
_LONGEST = 200


def judge_end(run: Run, exits: SystemExit | None) -> Outcome:
    """Return what is wrong with the execution that is over."""
    if run.spinning:
        return (Problem(Property.STEP_ENDS, "", "a step of a task did not end"),)
    return tuple(_problems(run, exits))


def names_of(run: Run) -> dict[asyncio.Future[Any], str]:
    """Name the tasks and futures of an execution."""
    return {
        **name_tasks(zip(run.loop.tasks, run.loop.functions, strict=True)),
        **{future: name for future, name in run.declared.names if name},
    }


def _problems(run: Run, exits: SystemExit | None) -> Iterator[Problem]:
    main = run.main
    if main is None:
        return
    ends_well = False
    if exits is not None:
        yield Problem(Property.RAISES, "SystemExit", "SystemExit left the program, which would end a stock event loop")
    elif run.broken:
        yield Problem(Property.ALWAYS, run.broken, f"it does not hold that {run.broken}")
    elif not main.done():
        yield _stuck(run, names_of(run))
    else:
        problem = _raised(run, main)
        ends_well = problem is None
        if problem is not None:
            yield problem
    yield from _swallowed(run)
    if ends_well:
        yield from _left_running(run)
    yield from _unretrieved(run, main)
    for report in dict.fromkeys(map(_plain, run.reports)):
        yield Problem(Property.REPORTED, report, report)


def _raised(run: Run, main: asyncio.Task[Any]) -> Problem | None:
    if main.cancelled():
        if any(each.task is main and each.requests for each in run.declared.cancellable):
            return None
        text = "the program ended with CancelledError, and the environment had not cancelled it"
        return Problem(Property.RAISES, "CancelledError", text)
    error = main.exception()
    if error is None:
        return None
    return Problem(Property.RAISES, *_told(run, error))


def _told(run: Run, error: BaseException) -> tuple[str, str]:
    """Return where an exception is from, and what it says; of a group with one member, the member's."""
    group = ""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        group = f" (in {type(error).__name__})"
        error = error.exceptions[0]
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if run.source.shows(frame.filename)] or frames
    place = f", {name_file(own[-1].filename)} line {own[-1].lineno}" if own else ""
    code = f": {own[-1].line}" if own and isinstance(error, AssertionError) and not str(error) else ""
    name = type(error).__name__
    said = _plain(str(error))
    return f"{name}{place}", f"{name}{f': {said}' if said else ''}{group}{place}{code}"


def _plain(text: str) -> str:
    """Return the first line of a text, without addresses, which differ from run to run."""
    return _ADDRESS.sub("0x...", (text.splitlines() or [""])[0])[:_LONGEST]


def _stuck(run: Run, names: dict[asyncio.Future[Any], str]) -> Problem:
    if run.endless:
        text = f"{run.idle:,} callbacks and {run.timers:,} timers after the environment acted, the program goes on"
        return Problem(Property.ENDS, "", text)
    waits, lost = [], []
    for task in run.loop.tasks:
        wait = None if task.done() else describe_wait(task, names)
        if wait is not None:
            waits.append(f"{names[task]} waits for {wait.text}")
            if wait.lost:
                lost.append(f"{names[task]} waits in {wait.lost}")
    if lost:
        return Problem(Property.LOST_WAKEUP, "", f"nothing can run any more; {'; '.join(lost)}")
    return Problem(Property.DEADLOCK, "", f"nothing can run any more; {'; '.join(waits)}")


# In most executions nothing is wrong, and to name all tasks costs more than to look at them: so only where one is told.


def _swallowed(run: Run) -> Iterator[Problem]:
    for each in run.declared.cancellable:
        task: Any = each.task
        if not each.requests or each.may_swallow or not task.done() or task.cancelled():
            continue
        if task._exception is None and task.cancelling():
            name = names_of(run).get(task, "a task")
            text = f"{name} was cancelled while it ran, and ended with the result {_plain(repr(task.result()))}"
            yield Problem(Property.SWALLOWED, name, text)


def _left_running(run: Run) -> Iterator[Problem]:
    for task in run.loop.tasks:
        if task.done() or task in run.declared.background:
            continue
        names = names_of(run)
        wait = describe_wait(task, names)
        doing = f"waits for {wait.text}" if wait is not None else "goes on"
        yield Problem(Property.LEFT_RUNNING, names[task], f"the program has ended, and {names[task]} {doing}")


def _unretrieved(run: Run, main: asyncio.Task[Any]) -> Iterator[Problem]:
    tasks: list[Any] = run.loop.tasks
    for task in tasks:
        error = task._exception
        if task is main or error is None or not task._log_traceback:
            continue
        about, text = _told(run, error)
        names = names_of(run)
        yield Problem(
            Property.UNRETRIEVED, f"{names[task]}, {about}", f"nobody retrieved what {names[task]} raised: {text}"
        )
