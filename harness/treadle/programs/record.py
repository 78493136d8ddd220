"""Record the trace of one execution of a program. It runs exactly as in a search."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any
from weakref import ref

from treadle.explorer import Answers
from treadle.programs.actions import CANCEL, ProgramAction
from treadle.programs.judge import with_declared
from treadle.programs.telling import cancelling_of, is_future, is_task, owner_of, type_name
from treadle.programs.text import NOTHING_TO_SHOW
from treadle.programs.waits import Naming, describe_wait
from treadle.programs.world import ProgramWorld
from treadle.recording import Recorder, RecordingEngine, state_of
from treadle.schedule import Kind

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

    from treadle.execution import Action, Engine
    from treadle.explorer import Execution, Scheduler
    from treadle.programs.problems import ProgramOutcome
    from treadle.trace import TaskState, Trace

_MANY = 200  # with more tasks or callbacks than this, a record has no state of each


class _Listening(Answers):
    """Asks a scheduler, and reports each choice."""

    def __init__(self, inner: Scheduler, heard: Callable[[Kind, int, int], object]) -> None:
        self._inner = inner
        self._heard = heard

    def choose(self, kind: Kind, options: int, priced: int = 0) -> int:
        choice = self._inner.choose(kind, options, priced)
        self._heard(kind, choice, options)
        return choice


class RecordedProgram(ProgramWorld):
    """A program whose execution keeps its trace, and the kinds of choice that it needed."""

    engine_class: type[Engine[ProgramOutcome]] = RecordingEngine

    def run(self, scheduler: Scheduler) -> Execution[ProgramOutcome]:
        """Run once; afterwards `trace` and `kinds` are set."""
        self._running: Any = None
        self._is_running = False
        self._started: dict[int, ref[Any]] = {}
        self._made = 1
        self._listening = 0  # the number of tasks that are listened to
        self._naming = Naming()
        self._stood: list[TaskState | None] = []  # the last state of each task, in the order in which they were made
        self._recorder = recorder = Recorder(
            name=self._name,
            running=self._name_of_running,
            shows=self.source.shows,
            standing=lambda: (self._states(), self._queue()),
        )
        self.kinds: set[Kind] = recorder.kinds
        previous = sys.gettrace()
        try:
            return super().run(_Listening(scheduler, self._hear_choice))
        finally:
            sys.settrace(previous)
            self.trace: Trace = recorder.trace

    def outcome(self) -> ProgramOutcome:
        """Record a callback that has left the loop, if there is one, before its tasks are forgotten."""
        if not self.cut_off:
            self._write_running()
        return super().outcome()

    def _listen(self) -> None:
        """Listen to the cancellations of new tasks, which come after the known ones."""
        for each in self.loop.made(self._listening):
            self._listening += 1
            if is_task(each.task):
                self._recorder.requests.listen(each.task)

    def _name_all(self) -> Naming:
        """Name the tasks. If there are many, each keeps its first name."""
        if len(self.loop.functions) <= _MANY:
            return Naming().update(self.loop)
        return self._naming.update(self.loop)

    def _names(self) -> dict[int, str]:
        """Name tasks and futures, by their `id`."""
        return with_declared(self, self._name_all().names)

    def _hear_choice(self, kind: Kind, choice: int, options: int) -> None:
        if kind is Kind.CHOICE:
            self._recorder.notes.append(f"chooses option {choice + 1} of {options}")
        if choice and kind in (Kind.CHOICE, Kind.READY_ORDER):
            self.kinds.add(kind)

    def write_out_of_turn(self) -> None:
        """Record that a callback runs before its turn."""
        self._recorder.notes.append("out of turn")

    def expect_callback(self) -> None:
        """Prepare to record the next callback."""
        self._is_running = True
        task = owner_of(self.loop.ready[0][0])
        self._running = task if is_task(task) else None
        if self._running is not None:
            started = self._started.get(id(self._running))
            if started is None or started() is not self._running:
                self._started[id(self._running)] = ref(self._running)
                self._recorder.notes.append("starts")
            waiter = self._running._fut_waiter
            if self._running._must_cancel or (waiter is not None and waiter.cancelled()):
                self._recorder.notes.append("gets CancelledError")
        self._recorder.expect_callback(self.loop.ready[0][0])

    def write_callback(self) -> None:
        """Record the callback that has run, and listen to the tasks that it has made."""
        self._write_running()
        self._listen()

    def _write_running(self) -> None:
        """Record the callback that has run, unless that is done."""
        if not self._is_running:
            return
        self._recorder.lines.stop()
        named = self._name_all()
        names = with_declared(self, named.names)
        task, self._running = self._running, None
        made = named.all[self._made :]
        self._made += len(made)
        if made:
            self._recorder.notes.append(f"makes {', '.join(made)}")
        if task is None:
            who, ends = "loop", NOTHING_TO_SHOW
        else:
            who, ends = names.get(id(task), "a task"), self._how_it_stands(task)
        self._recorder.write_callback(who, "; ".join([*self._recorder.notes, ends]))
        self._is_running = False

    def _how_it_stands(self, task: Any) -> str:
        if task.cancelled():
            return "ends cancelled"
        if task.done():
            return f"raises {type_name(task._exception)}" if task._exception is not None else "ends"
        wait = describe_wait(task, self._names())
        return "gives way" if wait is None else f"waits for {wait.text}"

    def _name(self, future: asyncio.Future[Any]) -> str:
        return self._names().get(id(future), "a future")

    def _name_of_running(self) -> str:
        if not self._is_running:
            return ""
        return "loop" if self._running is None else self._name(self._running)

    def _states(self) -> tuple[TaskState, ...]:
        """Return the state of each task; nothing if there are too many to show in each gap."""
        if len(self.loop.functions) > _MANY:
            return ()
        named = self._name_all()
        names = with_declared(self, named.names)
        stood = [*self._stood, *[None] * (len(named.all) - len(self._stood))]
        for place, each in enumerate(self.loop.made()):
            if is_task(each.task):
                stood[place] = self._state(each.task, names)
        self._stood = stood
        return tuple(filter(None, stood))

    def _state(self, task: Any, names: dict[int, str]) -> TaskState:
        wait = None if task.done() else describe_wait(task, names)
        waits_for = "" if wait is None else wait.text
        return state_of(task, name=names[id(task)], cancelling=cancelling_of(task), waits_for=waits_for)

    def _queue(self) -> tuple[str, ...]:
        if len(self.loop.ready) > _MANY:
            return ()
        names = self._names()
        owners = [owner_of(each[0]) for each in self.loop.ready]
        return tuple(names.get(id(each), "loop") if is_future(each) else "loop" for each in owners)

    @contextlib.contextmanager
    def writing(self, action: Action, price: int) -> Iterator[None]:
        """Record an action."""
        kind = Kind.EVENT if price else Kind.TIMER if action.is_timer else Kind.COMPLETION
        self.kinds.add(kind)
        owner = action.owner if isinstance(action, ProgramAction) and action.name == CANCEL else None
        text = action.name if owner is None else f"{self._names().get(id(owner), 'task')}.cancel()"
        try:
            yield
        finally:  # it may have left the loop
            self._recorder.write_action(kind, text)
