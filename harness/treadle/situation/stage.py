"""Set up a situation: the dependency, the controllers, and the scope around them.

Everything here happens before the call is entered, and nothing is chosen. A task that must first get to a certain point
(the dependency to its wait, a controller into its clean-up) pauses there until the calls start.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from treadle.loop import Loop, abandon, close_down, takes_options, wind_up
from treadle.situation.actor import Actor
from treadle.situation.approach import Approach
from treadle.situation.call import Call
from treadle.situation.causes import CAUSE, OTHERS, Cause, maker_of_running, note_maker, step_under_way
from treadle.situation.roles import FutureDependency, controller_class, dependency_class

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from treadle.execution import Engine, Standstill
    from treadle.schedule import Bounds, TaskKind
    from treadle.situation.outcome import Outcome
    from treadle.situation.subject import Subject
    from treadle_models.situations import Situation


class Stage(Approach):
    """Subject, situation and bounds, and all tasks that take part in one execution.

    `count_matters`: in some execution so far, code has read the dependency's number of requests. If none does, the
    number makes no difference to what follows. `others`: the cause given by a context in which no call acts.
    `uncounted`: the class of what an owner has yielded, if that class does not report who cancels it.
    """

    engine: Engine[Outcome]
    standstill: Standstill[Outcome] | None
    others: Cause

    # The stage and its subclasses have too many attributes for a fast dictionary.
    __slots__ = (
        "_controllers",
        "_controllers_first",
        "_dependency_first",
        "_factory",
        "_several",
        "bounds",
        "count_matters",
        "inside",
        "others",
        "started",
        "task_kind",
        "tasks",
    )

    def __init__(
        self, subject: Subject, situation: Situation, bounds: Bounds, task: TaskKind, loop: Loop | None = None
    ) -> None:
        """Prepare; `loop` may be another loop that runs in the same way, as in the conformance tests."""
        self.loop = Loop(task) if loop is None else loop
        self.subject = subject
        self.situation = situation
        self.bounds = bounds
        self.task_kind = task
        self.count_matters = False
        self.uncounted = ""
        self._dependency_class = dependency_class(task)
        self._factory = self._make_task  # bound once, so that it is the same object in all executions
        numbers = range(1, situation.controllers + 1)
        self._controllers = tuple((controller_class(task, number), f"controller {number}") for number in numbers)
        # What follows from these, computed once.
        owner, kind = subject.owner, situation.dependency
        self._on_itself = kind == "itself"
        self._dependency_first = not owner and kind not in ("itself", "unstarted")
        self._controllers_first = bool(situation.count or situation.scope or (owner and kind != "unstarted"))
        self._at_once = not (situation.count or situation.scope or owner or situation.again)
        self._several = situation.controllers > 1 or kind == "nested"

    def unchanging(self) -> tuple[object, ...]:
        """Return the objects that belong to every state and are the same in all of them."""
        return self, CAUSE, OTHERS, self._factory, _ignore

    def begin(self) -> None:
        """Reset the stage for the next execution."""
        if CAUSE.get() is not self.others:  # an earlier execution may have changed the context
            CAUSE.set(self.others)
        loop = self.loop
        loop.reset()
        loop.direct(self._factory, _ignore)  # unretrieved exceptions are judged elsewhere
        self.started = False
        self.disturbed = False  # whether a controller has been cancelled
        self.inside = 0  # the controllers inside their calls, a bit for each
        self.setup_error: BaseException | None = None
        self.tasks: list[asyncio.Task[object]] = []
        first = Call(self, 0)
        self.calls: tuple[Call, ...] = (first,) if self.situation.controllers == 1 else (first, Call(self, 1))
        self.actor = Actor(self, self.bounds.steps)  # type: ignore[arg-type]
        self.dependency: asyncio.Future[object] | None = None
        self.child: asyncio.Future[None] | None = None
        self.probes: list[asyncio.Future[None]] = []
        self._pauses: list[asyncio.Future[None]] = []
        self._entering = False
        self._life: Coroutine[object, None, object] | None = None  # the coroutine given to an owner

    def prepare(self) -> None:
        """Create the tasks that must run before the calls start; the loop must be running."""
        if self._dependency_first:
            self._make_dependency()
        if self._controllers_first:
            self._make_controllers()

    def start(self) -> None:
        """Let all tasks go on to the call."""
        self.started = True
        for pause in self._pauses:
            if not pause.done():
                pause.set_result(None)
        if not self._controllers_first:
            self._make_controllers()
        for call in self.calls:
            for _ in range(self.situation.count):
                call.task.cancel()
        if self.situation.dependency == "unstarted" and not self.subject.owner:
            self._make_dependency()

    def clear(self) -> None:
        """Close everything that is left, so that nothing of this execution survives."""
        target_runs = self.keeps and self._target_runs()
        for call in self.calls:
            call.inside = False
        self.actor.over = True
        if self.keeps:
            end = wind_up if target_runs else close_down
            end(self.loop, lambda: self.tasks)
        else:
            self.loop.forget()
            abandon(self.tasks, self.loop)
        if self._life is not None:  # an owner that failed has not started it
            self._life.close()
            self._life = None
        for call in self.calls:
            call.forget()
        self.loop.ready.clear()
        self.tasks.clear()
        self.probes.clear()
        self._pauses.clear()
        self.dependency = self.child = self.actor.task = self.actor.wait = None

    def _target_runs(self) -> bool:
        """Say whether anything of the target has not ended, and may still have to give back what it holds."""
        if self.engine.nothing_kept:
            return False
        if self.loop.ready or self.situation.dependency == "nested":
            return True
        ours: list[object] = [self.dependency]
        for call in self.calls:
            if call.entered:
                if not call.left:
                    return True
                ours.append(call.task)
        return any(not each.done() and not any(each is mine for mine in ours) for each in self.tasks)

    # Tasks

    @takes_options
    def _make_task(
        self, loop: Loop, coroutine: Coroutine[object, None, object], **options: object
    ) -> asyncio.Task[object]:
        """Make a task of the target: the dependency, if an owner is creating it, otherwise an ordinary task."""
        task: asyncio.Task[object]
        if self.situation.dependency == "eager":
            options["eager_start"] = True
        if self._entering:
            if options.get("name") is None:  # asyncio's own names go on counting across executions
                options["name"] = "dependency"
            task = self._dependency_class(coroutine, loop=loop, **options)
            task.calls = self.calls
        else:
            task = loop.make_task(loop, coroutine, **options)
        self.tasks.append(task)
        if self._several and options.get("context") is not None:
            note_maker(task, self.calls)
        return task

    def _make_controllers(self) -> None:
        for (make, name), call in zip(self._controllers, self.calls, strict=True):
            coroutine = self._controller_in_scope(call) if self.situation.scope else self._controller(call)
            task = make(coroutine, loop=self.loop, name=name)
            task.call = call
            call.task = task
            call.coroutine = coroutine  # type: ignore[assignment]  # that of an async function is a CoroutineType
            self.tasks.append(task)

    def _make_dependency(self) -> None:
        kind = self.situation.dependency
        if kind == "future":
            future = FutureDependency(loop=self.loop)
            future.calls = self.calls
            self.dependency = self.actor.wait = future
            return
        options: dict[str, object] = {"eager_start": True} if kind == "eager" else {}
        coroutine = self._dependency_coroutine()
        task = self._dependency_class(coroutine, loop=self.loop, name="dependency", **options)
        task.calls = self.calls
        self.tasks.append(task)
        self.dependency = task

    def _dependency_coroutine(self) -> Coroutine[object, None, object]:
        kind = self.situation.dependency
        if kind in ("result", "exception", "cancelled"):
            return _ended(kind, self.actor.failing.make)
        if kind == "nested":
            return self._nested()
        if kind == "mutual":
            return self._mutual()
        return self.actor.live(waits_first=kind not in ("unstarted", "eager"))

    def withdraw(self, task: asyncio.Task[object]) -> None:
        """Uncancel a task; for the dependency, without reading how many requests are left."""
        if type(task) is self._dependency_class:
            task.withdraw()
        else:
            task.uncancel()

    def whose(self, cause: Cause) -> Cause:
        """Return who acts when the context gives this cause: `OTHERS` or None."""
        if self.others is None or self.actor.over:
            return self.others
        known = step_under_way(self.calls) or cause or (None if self._several else self.calls[0])
        if known is not None:
            return known
        if self.dependency is not None and self.dependency is asyncio.current_task(self.loop):
            return self.others  # it is inside a call of its own
        return maker_of_running(self.loop)


def _ignore(_loop: object, _context: dict[str, object]) -> None:
    """Ignore an exception that is never retrieved."""


async def _ended(kind: str, make: Callable[[], BaseException]) -> str:
    if kind == "exception":
        raise make()
    if kind == "cancelled":
        raise asyncio.CancelledError
    return "result"
