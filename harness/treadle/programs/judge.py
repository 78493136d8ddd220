"""Judge one execution when it is over: return what is wrong, in the order of the properties.

What each property means, exactly:

- *raises*: the program raised an exception, or was cancelled, and not by the environment.
- *deadlock*: the program had not ended, no callback was ready, no timer was set, and the environment had no declared
  future to complete. That it could still cancel a task does not count: it need not.
- *lost-wakeup*: a deadlock in which a task waits in a primitive of asyncio for something that is available (see
  `waits`).
- *ends*: the program had not ended within so many callbacks (or timers) after the environment's last action, and the
  environment could complete nothing more.
- *swallowed*: the environment cancelled a declared task while it ran, the task ended with a result, and `cancelling()`
  is still above 0: it has neither passed the cancellation on nor taken it back. Not counted: a task that ended with
  another exception, which is judged by itself; a task whose result is a `CancelledError`, as in a `gather` that returns
  exceptions; and in a test without the marker, a task that waited for a task of the test's file, which got the
  cancellation in its place and swallowed it.
- *left-running*: the program ended well, all ready callbacks ran, and a task had not ended. `asyncio.run` cancels
  those.
- *unretrieved*: a task failed, and its exception was not retrieved before the execution was over.

In tests without the marker (see `Env.every_task`), if the same does not happen in the undisturbed execution:

- *cancelled-with*: a task ended cancelled although nobody had cancelled it: it awaited the same as another task that
  was cancelled. A task passes its cancellation on to the task or future that it awaits.
- *taken*: all tasks had ended, and a lock or semaphore made outside of the test's file, or a named pool, was still
  taken.

Two problems are one finding if their `Problem.about` is equal. It holds: for an exception, its type and origin (see
`raised`); for a deadlock, which tasks wait for what, without those that wait for other tasks; otherwise the name of the
task, without a number at its end. Problems with the same cause are put together later (see `findings`).
"""

from __future__ import annotations

import re
from asyncio import CancelledError
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Protocol

from treadle.explorer import NOT_ENDED
from treadle.programs.loop import Made, ProgramLoop
from treadle.programs.problems import WITH, Problem, ProgramOutcome, ProgramProperty
from treadle.programs.raised import Where, frames_of, plain_line, told
from treadle.programs.telling import coroutine_of, is_task, repr_of
from treadle.programs.waits import Naming, describe_wait, label, with_gone

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

    from treadle.execution import Engine
    from treadle.programs.declarations import Declarations
    from treadle.programs.source import ProgramSource

_FORGIVEN = (ProgramProperty.RAISES, ProgramProperty.ENDS)
"""What a disturbed program may do: fail to reach its goal, or retry for ever."""

_NUMBER = re.compile(r"[ _-]?\d+$")


class Over(Protocol):
    """The part of an execution that is judged when it is over."""

    source: ProgramSource
    main: asyncio.Task[Any] | None
    declared: Declarations
    engine: Engine[ProgramOutcome]
    endless: bool
    """Whether it goes on although the environment has not acted for many callbacks, or `timers`."""
    timers: int
    broken: str
    """The sentence of the invariant that does not hold, or empty."""
    reports: list[str]
    """The reports to the loop's exception handler."""
    unheard: dict[int, asyncio.Task[Any]]
    """The tasks, by `id`, that failed and were about to be freed before their exception was retrieved."""

    @property
    def loop(self) -> ProgramLoop:
        """The loop on which it ran."""


def judge_end(run: Over, left: BaseException | None) -> ProgramOutcome:
    """Return what is wrong with an execution that is over; of problems that are one finding, the first.

    `left` is the exception that has left the loop, and ended it.
    """
    if run.engine.spinning:
        return (Problem(ProgramProperty.STEP_ENDS, "", f"a step of a task {NOT_ENDED}"),)
    if left is None and _is_well(run):
        return ()
    found: dict[tuple[ProgramProperty, str], Problem] = {}
    for problem in _Judge(run).problems(left):
        found.setdefault((problem.property, problem.about), problem)
    return tuple(found.values())


def _is_well(run: Over) -> bool:
    """Say quickly whether all is well, as in most executions: no task could be cancelled, and none has failed.

    If the answer is False, all may still be well.
    """
    main, declared = run.main, run.declared
    if main is None or run.broken or run.reports or run.unheard or declared.cancellable or declared.forgives:
        return False
    if main.cancelled():
        return False
    for task in run.loop.true_tasks():
        if not task.done() or task._exception is not None:
            return False
    return main.done()


def names_of(run: Over) -> dict[int, str]:
    """Name the tasks and futures of an execution, by their `id`."""
    return with_declared(run, Naming().update(run.loop).names)


def with_declared(run: Over, names: dict[int, str]) -> dict[int, str]:
    """Return the names, with declared futures under their declared names."""
    return {**names, **{id(future): name for future, name in run.declared.names if name}}


class _Judge:
    """Looks at one execution.

    In most executions nothing is wrong, and naming all tasks takes longer than checking them, so they are named only
    when a problem is described.
    """

    def __init__(self, run: Over) -> None:
        self._run = run
        self._where = Where(run.source.shows, run.loop.functions)
        self._tasks = run.loop.true_tasks()
        self._names: dict[int, str] | None = None

    @property
    def names(self) -> dict[int, str]:
        if self._names is None:
            self._names = names_of(self._run)
        return self._names

    def problems(self, left: BaseException | None) -> Iterator[Problem]:
        main = self._run.main
        if main is None:
            return
        ends_badly = self._end(main, left)
        forgives = self._run.declared.forgives
        disturbed = self._run.engine.events_left < self._run.engine.events
        gave_up = forgives and disturbed and ends_badly is not None and ends_badly.property in _FORGIVEN
        if ends_badly is not None and not gave_up:
            yield ends_badly
        # A program that was disturbed and gave up could not clean up the tasks that it had started.
        found = [*self._swallowed(), *(self._left_behind(main, ended=ends_badly is None) if not gave_up else ())]
        found += [Problem(ProgramProperty.REPORTED, each, each) for each in self._reports()]
        if not forgives:
            yield from found
            return
        yield from self._unusual([*found, *self._cancelled_with(), *self._taken(gave_up=gave_up)], disturbed=disturbed)

    def _end(self, main: asyncio.Task[Any], left: BaseException | None) -> Problem | None:
        run = self._run
        if isinstance(left, (SystemExit, KeyboardInterrupt)):
            name = "SystemExit" if isinstance(left, SystemExit) else "KeyboardInterrupt"
            about, text = told(self._where, left) if is_from(left, run.source.shows) else (name, "")
            text = f"{name} left the program, which would end a stock event loop{f': {text}' if text else ''}"
            return Problem(ProgramProperty.RAISES, about, text)
        if left is not None:
            about, text = told(self._where, left)
            return Problem(ProgramProperty.RAISES, about, f"the loop came to an end: {text}")
        if run.broken:
            return Problem(ProgramProperty.ALWAYS, run.broken, f"it does not hold that {run.broken}")
        return self._raised(main) if main.done() else self._stuck()

    def _left_behind(self, main: asyncio.Task[Any], *, ended: bool) -> Iterator[Problem]:
        if ended:
            yield from self._left_running()
        yield from self._unretrieved(main)

    def _reports(self) -> Iterator[str]:
        return iter(dict.fromkeys(map(plain_line, self._run.reports)))

    def _unusual(self, found: list[Problem], *, disturbed: bool) -> list[Problem]:
        """Return the problems that the first execution, which is not disturbed, does not have; in that one, none."""
        usual = self._run.source.usual
        if not usual:
            usual.append(frozenset((str(each.property), each.about) for each in found if not disturbed))
        return [each for each in found if disturbed and (str(each.property), each.about) not in usual[0]]

    def _raised(self, main: asyncio.Task[Any]) -> Problem | None:
        if main.cancelled():
            if any(each.task is main and each.requests for each in self._run.declared.cancellable):
                return None
            text = "the program ended with CancelledError, and the environment had not cancelled it"
            return Problem(ProgramProperty.RAISES, "CancelledError", text)
        error = main.exception()
        return None if error is None else Problem(ProgramProperty.RAISES, *told(self._where, error))

    def _stuck(self) -> Problem:
        run, names = self._run, self.names
        if run.endless:
            idle = f"{run.engine.idle:,} callbacks and {run.timers:,} timers"
            text = f"{idle} after the environment acted, the program goes on"
            return Problem(ProgramProperty.ENDS, "", text)
        waits, lost = [], []
        roots: set[str] = set()  # what is waited for, without tasks that wait for others, and each once
        for made in run.loop.made():
            task = made.task
            wait = None if not is_task(task) or task.done() else describe_wait(task, names)
            if wait is None:
                continue
            waits.append(f"{names[id(task)]} waits for {wait.text}{wait.missing}")
            if wait.lost:
                about = _unnumbered(label(made))
                lost.append((f"{names[id(task)]} waits in {wait.lost}", f"{about} in {wait.lost}"))
            if not wait.others:
                roots.add(f"{_unnumbered(label(made))} for {wait.text}")
        if lost:
            about = WITH.join(sorted({each for _, each in lost}))
            text = "; ".join(each for each, _ in lost)
            return Problem(ProgramProperty.LOST_WAKEUP, about, f"nothing can run any more; {text}")
        return Problem(
            ProgramProperty.DEADLOCK, WITH.join(sorted(roots)), f"nothing can run any more; {'; '.join(waits)}"
        )

    def _swallowed(self) -> Iterator[Problem]:
        for each in self._run.declared.cancellable:
            task: Any = each.task
            if not each.requests or each.may_swallow or not task.done() or task.cancelled():
                continue
            if self._run.declared.forgives and self._was_swallowed_by_program(each.passed_on):
                continue
            if task._exception is None and task.cancelling() and not issubclass(type(task.result()), CancelledError):
                name = self.names.get(id(task), "a task")
                result = plain_line(repr_of(task.result()))
                text = f"{name} was cancelled while it ran, and ended with the result {result}"
                yield Problem(ProgramProperty.SWALLOWED, _unnumbered(name), text)

    def _cancelled_with(self) -> Iterator[Problem]:
        for each in self._run.declared.cancellable:
            task: Any = each.task
            if each.shares is None or each.requests or not task.cancelled() or task.cancelling():
                continue
            name, awaited = self.names.get(id(task), "a task"), self.names.get(id(each.shares), "a future")
            text = (
                f"nobody cancelled {name}: it ended cancelled because a task that also awaited {awaited} was cancelled"
            )
            yield Problem(ProgramProperty.CANCELLED_WITH, _unnumbered(name), text)

    def _taken(self, *, gave_up: bool) -> Iterator[Problem]:
        """Report locks that are left taken, unless what was disturbed, or still runs, would have released them."""
        declared = self._run.declared
        if gave_up or declared.ours or any(not task.done() for task in self._tasks):
            return
        for each in declared.primitives:
            if each.taken > 0 and (each.named or each.file not in self._run.source.files):
                text = f"all tasks have ended, and the {each.told} is left taken"
                yield Problem(ProgramProperty.TAKEN, each.told, text)

    def _was_swallowed_by_program(self, task: Any) -> bool:
        """Say whether a task got the cancellation of one that awaited it, and the program's own file swallowed it."""
        if task is None or not task.done() or task.cancelled() or task._exception is not None or not task.cancelling():
            return False
        coroutine = coroutine_of(task)
        return type(coroutine) is CoroutineType and coroutine.cr_code.co_filename in self._run.source.files

    def _left_running(self) -> Iterator[Problem]:
        background = {id(each) for each in self._run.declared.background}
        for task in self._tasks:
            if task.done() or id(task) in background:
                continue
            name = self.names[id(task)]
            wait = describe_wait(task, self.names)
            doing = f"waits for {wait.text}" if wait is not None else "goes on"
            yield Problem(ProgramProperty.LEFT_RUNNING, _unnumbered(name), f"the program has ended, and {name} {doing}")

    def _is_of_program(self, error: BaseException) -> bool:
        """Say whether the program's own file has raised an exception: what its tasks assert, the program asserts."""
        source = self._run.source
        own = [frame.file for frame in frames_of(error) if source.shows(frame.file)]
        return bool(own) and own[-1] in source.files

    def _unretrieved(self, main: asyncio.Task[Any]) -> Iterator[Problem]:
        for task in with_gone(self._tasks, self._run.unheard):
            error = task._exception
            if task is main or error is None or not (task._log_traceback or id(task) in self._run.unheard):
                continue
            if self._run.declared.forgives and self._is_of_program(error):
                continue
            about, text = told(self._where, error)
            name = self.names.get(id(task)) or _name_of_gone(task, error)
            text = f"nobody retrieved what {name} raised: {text}"
            yield Problem(ProgramProperty.UNRETRIEVED, f"{_unnumbered(name)}, {about}", text)


def _name_of_gone(task: Any, error: BaseException) -> str:
    """Name a task that the loop no longer knows, by the outermost function in its traceback."""
    functions = [each.function for each in frames_of(error)]
    while functions and functions[0].startswith("__step"):  # of a task in pure Python
        del functions[0]
    return label(Made(task, functions[0] if functions else "", ""))


def _unnumbered(name: str) -> str:
    """Return a name without the number at its end: tasks of one name are one finding."""
    return _NUMBER.sub("", name)


def is_from(error: BaseException, shows: Callable[[str], bool]) -> bool:
    """Say whether the program's own code is in the traceback of an exception."""
    return any(shows(frame.file) for frame in frames_of(error))
