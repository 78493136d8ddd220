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

What makes two problems one finding (`Problem.about`): an exception by its type and the calls that led to it, within the
task that raised it; a deadlock by who waits for what, but for those who wait for others; what a task did by its name
without a number. What shows only together is put together later (see `findings`).
"""

from __future__ import annotations

import linecache
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from treadle.explorer import NOT_ENDED
from treadle.programs.problems import WITH, Outcome, Problem, Property
from treadle.programs.telling import is_task, only_tasks, repr_of, text_of, type_name
from treadle.programs.waits import Naming, describe_wait, label
from treadle.trace import name_file

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from treadle.programs.run import Run

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}")
_NUMBER = re.compile(r"[ _-]?\d+$")
_LONGEST = 200
_DEEPEST = 5_000  # frames of a traceback that are looked at


def judge_end(run: Run, left: BaseException | None) -> Outcome:
    """Return what is wrong with the execution that is over; of what counts as one finding, the first.

    `left` is what has left the loop, and ended it.
    """
    if run.spinning:
        return (Problem(Property.STEP_ENDS, "", f"a step of a task {NOT_ENDED}"),)
    found: dict[tuple[Property, str], Problem] = {}
    for problem in _Judge(run).problems(left):
        found.setdefault((problem.property, problem.about), problem)
    return tuple(found.values())


def names_of(run: Run) -> dict[int, str]:
    """Name the tasks and futures of an execution, by their `id`."""
    return with_declared(run, Naming().update(run.loop).names)


def with_declared(run: Run, names: dict[int, str]) -> dict[int, str]:
    """Name what was declared by the name that it was declared with."""
    return {**names, **{id(future): name for future, name in run.declared.names if name}}


class _Judge:
    """Looks at one execution.

    In most nothing is wrong, and to name all tasks costs more than to look at them: they are named when one is told of.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._tasks = only_tasks(run.loop.tasks())
        self._names: dict[int, str] | None = None

    @property
    def names(self) -> dict[int, str]:
        if self._names is None:
            self._names = names_of(self._run)
        return self._names

    def problems(self, left: BaseException | None) -> Iterator[Problem]:
        run = self._run
        main = run.main
        if main is None:
            return
        ends_badly: Problem | None = None
        if isinstance(left, (SystemExit, KeyboardInterrupt)):
            name = "SystemExit" if isinstance(left, SystemExit) else "KeyboardInterrupt"
            ends_badly = Problem(Property.RAISES, name, f"{name} left the program, which would end a stock event loop")
        elif left is not None:
            about, text = _told(run, left)
            ends_badly = Problem(Property.RAISES, about, f"the loop came to an end: {text}")
        elif run.broken:
            ends_badly = Problem(Property.ALWAYS, run.broken, f"it does not hold that {run.broken}")
        elif not main.done():
            ends_badly = self._stuck()
        else:
            ends_badly = self._raised(main)
        if ends_badly is not None:
            yield ends_badly
        yield from self._swallowed()
        if ends_badly is None:
            yield from self._left_running()
        yield from self._unretrieved(main)
        for report in dict.fromkeys(map(_plain, run.reports)):
            yield Problem(Property.REPORTED, report, report)

    def _raised(self, main: asyncio.Task[Any]) -> Problem | None:
        if main.cancelled():
            if any(each.task is main and each.requests for each in self._run.declared.cancellable):
                return None
            text = "the program ended with CancelledError, and the environment had not cancelled it"
            return Problem(Property.RAISES, "CancelledError", text)
        error = main.exception()
        return None if error is None else Problem(Property.RAISES, *_told(self._run, error))

    def _stuck(self) -> Problem:
        run, names = self._run, self.names
        if run.endless:
            text = f"{run.idle:,} callbacks and {run.timers:,} timers after the environment acted, the program goes on"
            return Problem(Property.ENDS, "", text)
        waits, lost = [], []
        roots: set[str] = set()  # what is waited for, but not those who wait for others, nor how many wait for the same
        for made in run.loop.made():
            task = made.task
            wait = None if not is_task(task) or task.done() else describe_wait(task, names)
            if wait is None:
                continue
            waits.append(f"{names[id(task)]} waits for {wait.text}")
            if wait.lost:
                lost.append((f"{names[id(task)]} waits in {wait.lost}", f"{label(made)} in {wait.lost}"))
            if not wait.others:
                roots.add(f"{label(made)} for {wait.text}")
        if lost:
            about = WITH.join(sorted({each for _, each in lost}))
            text = "; ".join(each for each, _ in lost)
            return Problem(Property.LOST_WAKEUP, about, f"nothing can run any more; {text}")
        return Problem(Property.DEADLOCK, WITH.join(sorted(roots)), f"nothing can run any more; {'; '.join(waits)}")

    def _swallowed(self) -> Iterator[Problem]:
        for each in self._run.declared.cancellable:
            task: Any = each.task
            if not each.requests or each.may_swallow or not task.done() or task.cancelled():
                continue
            if task._exception is None and task.cancelling():
                name = self.names.get(id(task), "a task")
                result = _plain(repr_of(task.result()))
                text = f"{name} was cancelled while it ran, and ended with the result {result}"
                yield Problem(Property.SWALLOWED, _unnumbered(name), text)

    def _left_running(self) -> Iterator[Problem]:
        background = {id(each) for each in self._run.declared.background}
        for task in self._tasks:
            if task.done() or id(task) in background:
                continue
            name = self.names[id(task)]
            wait = describe_wait(task, self.names)
            doing = f"waits for {wait.text}" if wait is not None else "goes on"
            yield Problem(Property.LEFT_RUNNING, _unnumbered(name), f"the program has ended, and {name} {doing}")

    def _unretrieved(self, main: asyncio.Task[Any]) -> Iterator[Problem]:
        for task in self._tasks:
            error = task._exception
            if task is main or error is None or not (task._log_traceback or id(task) in self._run.unheard):
                continue
            about, text = _told(self._run, error)
            name = self.names[id(task)]
            text = f"nobody retrieved what {name} raised: {text}"
            yield Problem(Property.UNRETRIEVED, f"{_unnumbered(name)}, {about}", text)


def _unnumbered(name: str) -> str:
    """Return a name without the number that tells it from others of that name: they are one finding."""
    return _NUMBER.sub("", name)


def is_from(error: BaseException, shows: Callable[[str], bool]) -> bool:
    """Say whether an exception was raised below code of the program's own."""
    return any(shows(frame.file) for frame in _frames(error))


def _told(run: Run, error: BaseException) -> tuple[str, str]:
    """Return where an exception is from, and what it says; of a group with one member, the member's.

    Where it is from is told by the calls that led there, in the task that it was raised in: so of two faults behind one
    assertion, in a function that both call, each is told.
    """
    group = ""
    while issubclass(type(error), BaseExceptionGroup) and len(_members(error)) == 1:
        group = f" (in {type_name(error)})"
        error = _members(error)[0]
    frames = _frames(error)
    own = [frame for frame in frames if run.source.shows(frame.file)] or frames
    name = type_name(error)
    said = _plain(text_of(error))
    if not own:
        return name, f"{name}{f': {said}' if said else ''}{group}"
    begins = max((index for index, frame in enumerate(own) if frame.function in run.loop.functions), default=0)
    chain = dict.fromkeys(f"{name_file(frame.file)} line {frame.line}" for frame in own[begins:])
    place = f", {name_file(own[-1].file)} line {own[-1].line}"
    line = linecache.getline(own[-1].file, own[-1].line).strip()
    code = f": {line}" if line and isinstance(error, AssertionError) and not said else ""
    return f"{name}, {', '.join(chain)}", f"{name}{f': {said}' if said else ''}{group}{place}{code}"


class _Frame(NamedTuple):
    file: str
    line: int
    function: str


def _members(group: Any) -> tuple[BaseException, ...]:
    """Return the members of a group, of which a class of the program's own may say what it likes."""
    members: tuple[BaseException, ...] = BaseExceptionGroup.exceptions.__get__(group)
    return members


def _frames(error: BaseException) -> list[_Frame]:
    """Return where an exception went through, the innermost last."""
    trace: TracebackType | None = BaseException.__dict__["__traceback__"].__get__(error)
    frames: list[_Frame] = []
    while trace is not None and len(frames) < _DEEPEST:
        code = trace.tb_frame.f_code
        frames.append(_Frame(code.co_filename, trace.tb_lineno or 0, code.co_name))
        trace = trace.tb_next
    return frames


def _plain(text: str) -> str:
    """Return the first line of a text, without addresses, which differ from run to run."""
    return _ADDRESS.sub("0x...", (text.splitlines() or [""])[0])[:_LONGEST]
