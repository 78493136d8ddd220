"""The stage: the tasks that take part, the observation of a call, and what a controller reports at entry and exit.

This module mirrors `treadle.situation.stage` and `call`, field for field. The controllers themselves are automata
(`automaton/sources/stage.py`) and call the functions of this module at entry and exit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle_models.algebra import Linear
from treadle_models.machine.actor import ActorFrame, EndedFrame
from treadle_models.machine.frames import begin
from treadle_models.machine.interpreter import Interpreter
from treadle_models.machine.things import CANCELLED, EXCEPTION, RESULT, Error, Future, Task
from treadle_models.machine.world import Actor, Call, World
from treadle_models.spec import Observation

if TYPE_CHECKING:
    from treadle_models.machine.code import Code, Value
    from treadle_models.situations import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineLimits:
    """How far the environment and the dependency may go, as in the harness; None: without bounds."""

    events: int | None = None
    steps: int | None = None


class MachineStage(Interpreter):
    """The machine with a subject and a situation. `roles` are the automata of the controllers, by name."""

    def __init__(  # noqa: PLR0913 - an instance has so many parts
        self,
        version: tuple[int, int],
        situation: Situation,
        limits: MachineLimits,
        target: Value,
        *,
        owner: bool,
        roles: dict[str, Code],
    ) -> None:
        super().__init__(version)
        self.situation = situation
        self.limits = limits
        self.target = target
        self.owner = owner
        self.roles = roles
        self.unbounded = limits.events is None
        kind = situation.dependency
        self.dependency_first = not owner and kind not in ("itself", "unstarted")
        self.controllers_first = bool(situation.count or situation.scope or (owner and kind != "unstarted"))

    @property
    def failure(self) -> str:
        """How the dependency fails."""
        return self.situation.failure

    def zero(self) -> Value:
        """Return the number from which counters start: an expression if counts are not bounded."""
        return Linear(()) if self.unbounded else 0

    def new_world(self) -> World:
        """Make the state before any task exists."""
        events, steps = self.limits.events, self.limits.steps
        timers = None if events is None or steps is None else events + steps
        calls = [Call(self.zero()) for _ in range(self.situation.controllers)]
        return World(calls, Actor(steps, selfish=self.situation.third_party), events, timers)

    def decides_at_once(self) -> bool:
        """Say whether the dependency chooses inside the action that resumed it: in its eager step."""
        return not self.world.started

    # Who takes part

    def prepare(self) -> None:
        """Make the tasks that must run before the start."""
        if self.dependency_first:
            self._make_dependency()
        if self.controllers_first:
            self._make_controllers()

    def start(self) -> None:
        """Let all controllers go on to the call."""
        world = self.world
        world.started = True
        for pause in world.pauses:
            if not pause.done:
                self.end(pause, RESULT)
        world.pauses = []
        if not self.controllers_first:
            self._make_controllers()
        for call in world.calls:
            for _ in range(self.situation.count):
                self.cancel(call.task)  # type: ignore[arg-type]  # it has just been made
        if self.situation.dependency == "unstarted" and not self.owner:
            self._make_dependency()

    def _make_controllers(self) -> None:
        for number, call in enumerate(self.world.calls):
            role = "scoped" if self.situation.scope else "plain"
            call.task = self.new_task(self.call(self.roles[role], (number,)), number=number)

    def _make_dependency(self) -> None:
        world, kind = self.world, self.situation.dependency
        if kind == "future":
            world.dependency = world.actor.wait = Future("dependency")
            return
        frame: Value
        if kind in ("result", "exception", "cancelled"):
            frame = EndedFrame(kind)
        elif kind in ("nested", "mutual"):
            frame = self.call(self.roles[kind], ())
        else:
            frame = self.life()
        world.dependency = self.new_task(frame, role="dependency", eager=kind == "eager")

    def life(self) -> ActorFrame:
        """Return the coroutine of the most general dependency."""
        return ActorFrame(waits_first=self.situation.dependency not in ("unstarted", "eager"))

    def create_task(self, frame: Value) -> Task:
        """Make a task as the loop's task factory does: the dependency, if an owner is making it, else any other."""
        begin(frame)
        role = "dependency" if self.world.entering else ""
        return self.new_task(frame, role=role, eager=self.situation.dependency == "eager")

    # What a controller says

    def wait_as_dependency(self) -> Future:
        """Return what the dependency waits for, where it is no most general one."""
        self.world.actor.wait = Future()
        return self.world.actor.wait

    def enter_first(self, number: int) -> Value:
        """Begin to observe the first of two calls."""
        self.world.calls[number].first = True
        return self.enter(number)

    def come_again(self, number: int) -> None:
        """Forget the first of two calls, except what both have asked of the dependency together."""
        call = self.world.calls[number]
        kept = {name: getattr(call, name) for name in ("task", "dependency", "by_call", "forwarded", "forwarding")}
        vars(call).update(vars(Call(self.zero())) | kept)

    def enter(self, number: int) -> Value:
        """Begin to observe a call; return the dependency. With `pending`, the controller is cancelled right before."""
        world = self.world
        call = world.calls[number]
        task: Task = call.task  # type: ignore[assignment]  # it runs
        call.dependency = task if self.situation.dependency == "itself" else world.dependency
        if self.situation.pending:
            self.cancel(task)
        call.entered = call.inside = True
        call.pending = task.must_cancel
        if call.pending:
            call.outstanding = self.zero() + 1
        call.count_entry = task.count
        if call.dependency is not None and call.dependency.done:
            call.done_entry = call.dependency.state
        task.cause = number
        if self.unbounded and not self.situation.scope and not call.first:
            del task.frames[:-1]  # frames around the call only end the task, which is not observed
        return call.dependency

    def leave(self, number: int, how: str, error: Error | None) -> None:
        """Stop observing a call."""
        world = self.world
        call = world.calls[number]
        task: Task = call.task  # type: ignore[assignment]  # it runs
        task.cause = -1
        call.inside = False
        call.exit = how
        call.error = error
        call.count_exit = task.count
        call.pending_at_exit = task.must_cancel
        call.scope_fired = call.by_scope
        call.scope_alone = call.by_scope and not call.by_others and not call.pending
        dependency = call.dependency
        if dependency is not None and dependency.done:
            call.done_exit = True
            if dependency.state == EXCEPTION:
                call.failed = True
                call.cleared = not dependency.unreported
                call.failure_raised = error is not None and error.contains(dependency.value)
        world.open_calls -= 1
        world.closed = not world.open_calls
        if any(not each.entered for each in world.calls):
            world.early = True

    def redelivered(self, number: int) -> None:
        """Note that the next await after the call has raised `CancelledError`."""
        call = self.world.calls[number]
        call.redelivered = call.pending_at_exit or not call.requested_after_exit

    def scope_over(self, number: int, error: Error) -> None:
        """Note whether the enclosing scope has ended as around a plain await, with the count restored."""
        call = self.world.calls[number]
        if self.situation.scope == "timeout":
            expected = error.is_a("TimeoutError")
        else:
            expected = error.is_a("BaseExceptionGroup") and _contains_kind(error, "ChildFailedError")
        call.scope_kept = expected and self.truth(call.task.count == 0)  # type: ignore[union-attr]  # it runs

    # What is seen

    def observe(self, *, at_rest: bool, circling: bool) -> tuple[Observation, ...]:
        """Return one observation for each call; none if not all had entered, or there was no second call."""
        world = self.world
        if world.early or any(call.first or not call.entered for call in world.calls):
            return ()
        raised = any(call.failure_raised for call in world.calls)
        at_rest = at_rest and not world.timers
        return tuple(
            self._observe(call, raised=raised, at_rest=at_rest, circling=circling)
            for call in world.calls
            if not call.over
        ) + tuple(_DROPPED._replace(failure_raised=raised) for call in world.calls if call.over == "owes")

    def observe_one(self, call: Call) -> Observation:
        """Return the observation of one of several calls that is over, except for its failure."""
        return self._observe(call, raised=True, at_rest=False, circling=False)

    def _observe(self, call: Call, *, raised: bool, at_rest: bool, circling: bool) -> Observation:
        dependency = call.dependency
        inside_and_done = call.inside and dependency is not None and dependency.done
        return Observation(
            left=bool(call.exit),
            returned=call.exit == "returned",
            cancelled=call.exit == "cancelled",
            raised=call.exit == "raised",
            itself=dependency is call.task,
            pending=call.pending,
            requests=call.requests,
            withdrawals=call.withdrawals,
            outstanding=call.outstanding,
            redelivered=call.redelivered,
            count_entry=call.count_entry,
            count_exit=call.count_exit,
            due=call.due,
            late=call.late,
            result_entry=call.done_entry == RESULT,
            failed_entry=call.done_entry == EXCEPTION,
            cancelled_entry=call.done_entry == CANCELLED,
            done_exit=call.done_exit,
            by_call=call.by_call,
            forwarded=call.forwarded,
            failed=call.failed,
            cleared=call.cleared,
            failure_raised=raised,
            stuck=at_rest and inside_and_done,
            circling=circling and inside_and_done,
            hung=call.inside,
            scope_fired=call.scope_fired,
            scope_alone=call.scope_alone,
            scope_kept=call.scope_kept,
        )


_DROPPED = Observation(left=True, done_exit=True, failed=True, cleared=True, by_call=1)
"""The remaining observation of a call that has dropped a failure: it keeps every property but, perhaps, one."""


def _contains_kind(error: Error, name: str) -> bool:
    return error.is_a(name) or any(_contains_kind(each, name) for each in error.members)
