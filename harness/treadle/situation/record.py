"""Record one execution, with details that are not kept when executions run a hundred thousand times.

A recorded execution runs exactly like any other. It also produces the trace, for people to read, and the *score*, from
which a stand-alone script can be written: who acted in which gap, what the dependency did in each step, and in which
segment of the execution each callback was put into the queue.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Unpack

from treadle.loop import FUTURES
from treadle.recording import Recorder, RecordingEngine, state_of
from treadle.schedule import Kind
from treadle.situation.actor import Decision, Resumed
from treadle.situation.world import SituationWorld
from treadle.telling import type_told
from treadle.trace import Gap, TaskState, Trace

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine, Iterator

    from treadle.execution import Engine
    from treadle.explorer import Execution, Scheduler
    from treadle.loop import Loop
    from treadle.situation.actions import ActionName, SituationAction
    from treadle.situation.call import Call
    from treadle.situation.outcome import Outcome
    from treadle.situation.subject import Staging, StagingByName

_DECISIONS = {
    Decision.RETURN: "returns",
    Decision.RAISE: "raises an exception",
    Decision.RERAISE: "lets the CancelledError out",
    Decision.WAIT: "waits for something",
    Decision.UNCANCEL: "suppresses the CancelledError, uncancels itself, waits again",
    Decision.FOREVER: "never ends: waits, and absorbs every cancellation",
    Decision.CANCEL_SELF: "cancels itself",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a callback was put into the queue: in the set-up, by an action in a gap, or by a callback.

    `rank` is its place among those put there by the same action or callback.
    """

    by: str  # setup, action, callback
    number: int
    rank: int


@dataclass(frozen=True, slots=True)
class ActionTaken:
    """An action of the environment: in the gap before callback `gap`; `at_rest` if the queue was empty."""

    gap: int
    name: ActionName
    number: int  # the controller concerned, from 0
    at_rest: bool
    delay: float = 0.0  # of a timer: the seconds of virtual time that pass


@dataclass(slots=True)
class Step:
    """What the dependency did in one step."""

    resumed: Resumed
    decisions: list[tuple[Decision, int]] = field(default_factory=list)  # with the controller concerned, from 0


@dataclass(slots=True)
class Score:
    """Everything that a script needs to repeat an execution on another loop."""

    actions: list[ActionTaken] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)  # of callback 0, 1, 2, ...


class RecordedSituation(SituationWorld):
    """A world that keeps its trace and score; `files` are those of the target, whose lines are recorded."""

    engine_class: type[Engine[Outcome]] = RecordingEngine

    def __init__(
        self, *arguments: *Staging, files: frozenset[str] = frozenset(), **options: Unpack[StagingByName]
    ) -> None:
        """Prepare; see `Stage`."""
        super().__init__(*arguments, **options)
        self.files = files
        self.trace: Trace = ()
        self.beginning = Gap()
        self.score = Score()
        self.kinds: set[Kind] = set()

    def run(self, scheduler: Scheduler) -> Execution[Outcome]:
        """Run once; afterwards `trace`, `beginning` (the first gap), `score` and `kinds` describe the execution."""
        self.score = Score()
        self._running = ""
        self._setting_up = True
        self._known: dict[int, tuple[object, Origin]] = {}
        self._recorder = recorder = Recorder(
            name=self._name,
            running=lambda: self._running,
            shows=self.files.__contains__,
            standing=lambda: (self._states(), self._queue()),
        )
        self.kinds = recorder.kinds
        try:
            return super().run(scheduler)
        finally:
            recorder.lines.stop()
            self.trace = recorder.trace

    # The set-up

    def start(self) -> None:
        """Start, and record the state at the first gap."""
        super().start()
        self._recorder.requests.take()  # requests before the first gap are part of the situation
        self.beginning = Gap(tasks=self._states(), queue=self._queue())

    def _make_task(
        self, loop: Loop, coroutine: Coroutine[object, None, object], **options: object
    ) -> asyncio.Task[object]:
        task = super()._make_task(loop, coroutine, **options)
        self._recorder.requests.listen(task)
        return task

    def _make_controllers(self) -> None:
        super()._make_controllers()
        for call in self.calls:
            self._recorder.requests.listen(call.task)

    def _make_dependency(self) -> None:
        super()._make_dependency()
        if self.dependency is not None:
            self._recorder.requests.listen(self.dependency)

    # Callbacks

    def expect_callback(self) -> None:
        """Prepare to record the next callback."""
        if not self.started:
            return
        if self._setting_up:
            self._setting_up = False
            self._note_origins("setup", 0)
        handle = self.loop.ready[0]
        known = self._known.get(id(handle))
        if known is not None:
            self.score.origins.append(known[1])
        self._running = self._who(handle[0])
        self._recorder.expect_callback(handle[0])

    def write_callback(self) -> None:
        """Record the callback that has run."""
        if self._running:
            self._recorder.lines.stop()
            self._write_running()
        if not self._setting_up:
            self._note_origins("callback", self._recorder.number)

    def _write_running(self) -> None:
        who, self._running = self._running, ""
        notes = self._recorder.notes
        for call in self.calls:
            if call.redelivered and who == self._call_name(call):
                notes.append("its next await raises CancelledError")
        self._recorder.write_callback(who, "; ".join(notes) or ("goes on" if who != "loop" else "runs a callback"))

    def _note_origins(self, by: str, number: int) -> None:
        rank = 0
        alive = {}
        for handle in self.loop.ready:
            entry = self._known.get(id(handle))
            if entry is None or entry[0] is not handle:
                entry = (handle, Origin(by, number, rank))
                rank += 1
            alive[id(handle)] = entry
        self._known = alive

    # Inside callbacks and gaps

    @contextlib.contextmanager
    def writing(self, action: SituationAction, price: int) -> Iterator[None]:
        """Record an action."""
        timer = self.loop.next_timer()
        delay = max(0.0, timer.when() - self.loop.time()) if action.is_timer and timer is not None else 0.0
        text = action.text(self._call_name(self.calls[action.number]))
        kind = Kind.TIMER if action.is_timer else Kind.EVENT if price else Kind.COMPLETION
        self.kinds.add(kind)
        if self._running:  # the dependency acts in its own step
            self._recorder.notes.append(text)
            self._steps_note(Decision(Decision.CANCEL_FIRST + action.number), action.number)
            yield
            return
        at_rest = not self.loop.ready
        yield
        self.score.actions.append(ActionTaken(self._recorder.number + 1, action.name, action.number, at_rest, delay))
        self._note_origins("action", len(self.score.actions) - 1)
        self._recorder.write_action(kind, text)

    def write_out_of_turn(self) -> None:
        """Record that a callback runs out of turn."""
        self.kinds.add(Kind.READY_ORDER)
        self._recorder.notes.append("runs out of turn")

    def _steps_note(self, act: Decision, number: int) -> None:
        steps = self.score.steps
        if not steps or (steps[-1].decisions and steps[-1].decisions[-1][0] < Decision.CANCEL_SELF):
            steps.append(Step(Resumed.FIRST))
        steps[-1].decisions.append((act, number))

    def on_decision(self, resumed: Resumed, act: Decision) -> None:
        """Record the decision of the dependency."""
        super().on_decision(resumed, act)
        text = _DECISIONS[act]
        if act is Decision.RETURN and resumed is Resumed.CANCELLED:
            text = "suppresses the CancelledError and returns"
        if act is Decision.WAIT and resumed is Resumed.CANCELLED:
            text = "holds the CancelledError back and waits again"
        self._recorder.notes.append(text)
        self._steps_note(act, 0)
        self.score.steps[-1].resumed = resumed
        if act not in (Decision.RETURN, Decision.RERAISE) or (act is Decision.RETURN and resumed is Resumed.CANCELLED):
            self.kinds.add(Kind.DEPENDENCY)

    def on_entry(self, call: Call) -> None:
        """Record that the call begins."""
        super().on_entry(call)
        self._recorder.requests.take()  # a cancel that is pending at entry is part of the situation
        self._recorder.notes.append("enters the call")

    def on_again(self, call: Call) -> None:
        """Record that the first of two calls is over."""
        super().on_again(call)
        self._recorder.notes.append("is cancelled out of the call, and calls again")

    def on_exit(self, call: Call, how: str, error: BaseException | None) -> None:
        """Record how the call ends."""
        super().on_exit(call, how, error)
        text = {"returned": "the call returns", "cancelled": "the call raises CancelledError"}.get(how)
        self._recorder.notes.append(text or f"the call raises {type_told(error)}")

    # The state

    def _call_name(self, call: Call) -> str:
        return "controller" if len(self.calls) == 1 else f"controller {self.calls.index(call) + 1}"

    def _who(self, callback: object) -> str:
        task = getattr(callback, "__self__", None)
        if isinstance(task, FUTURES) and hasattr(task, "get_coro"):
            return self._name(task)
        return "loop"

    def _name(self, future: asyncio.Future[object]) -> str:
        for call in self.calls:
            if future is getattr(call, "task", None):
                return self._call_name(call)
        if future is self.dependency:
            return "dependency"
        if future is self.actor.task:
            return "third task"
        if future in self.tasks:
            return "sibling" if self.situation.scope == "group" else "helper task"
        return "a future"

    def _queue(self) -> tuple[str, ...]:
        return tuple(self._who(handle[0]) for handle in self.loop.ready)

    def _states(self) -> tuple[TaskState, ...]:
        people: list[asyncio.Future[object]] = [call.task for call in self.calls if hasattr(call, "task")]
        for each in (self.dependency, self.actor.task):
            if each is not None and each not in people:
                people.append(each)
        return tuple(self._state(each) for each in people)

    def _state(self, future: asyncio.Future[object]) -> TaskState:
        waits_for = getattr(future, "_fut_waiter", None)
        return state_of(
            future,
            name=self._name(future),
            cancelling=future.cancelling() if hasattr(future, "cancelling") else 0,
            waits_for="" if waits_for is None else self._name(waits_for),
        )
