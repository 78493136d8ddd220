"""The actions: what the environment may do in a gap, what the loop does next, and how an execution ends.

A state is between two actions. Its *phase* says what may come next:

    entry     before the first callback of a situation whose count is a symbol: one more cancel, or the first gap
    gap       a callback is about to run; the environment may act first, any number of times
    go        the callback runs without anybody asking: nothing has happened for so long that asking again is idle
    rest      no callback is left; completions and timers are free, and if nothing is done the play ends here
    busy      the same, where callbacks go on for ever and get nowhere
    deciding  the dependency is in the middle of its step and chooses

Options, their order and their prices are those of the harness, so that a path through the machine *is* a schedule of
the checker, with the same numbers. Without bounds everything stays possible, and no gap is idle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from treadle_models.machine.actor import ActorFrame
from treadle_models.machine.actor import options as dependency_options
from treadle_models.machine.freeze import Shape, freeze, thaw
from treadle_models.machine.interpreter import NotEnabledError, SpinningError
from treadle_models.machine.stage import MachineStage
from treadle_models.machine.things import EXCEPTION, RESULT, Frame, Task
from treadle_models.machine.tidy import tidy
from treadle_models.spec import Observation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle_models.algebra import Linear
    from treadle_models.machine.code import Value
    from treadle_models.machine.futures import Oracle
    from treadle_models.machine.world import Call

# As in the harness: after so many gaps without an action, the environment is not asked any more.
_POLLED_GAPS = 1
_IDLE_GAPS = 8
_IDLE_LIMIT = 40
_RUN_DOWN = 64

FREE = ("complete", "fail", "cancel-wait")
ONE_MORE, NO_MORE = "one-more", "no-more"
"""Where the count at entry is a symbol: each controller is cancelled once more before the call, or no more."""


class State(NamedTuple):
    """A state between two actions: everything but the counters, and the counters in the order of their places."""

    shape: Shape
    counters: tuple[Linear, ...]


class End(NamedTuple):
    """The end of an execution, with the observation of each call."""

    seen: tuple[Observation, ...]


class Play(MachineStage):
    """The machine as a transition system: `first` returns the first state, `act` takes one action chosen by the oracle.

    Within bounds the environment is not asked any more after `idle_gaps` without an action. `spun`: a step that does
    not end was seen, perhaps where nothing is judged.
    """

    noted: list[Observation]
    spun = False
    idle_gaps = _IDLE_GAPS

    def first(self, oracle: Oracle) -> State | End:
        """Prepare the tasks and return the first state; only an eager dependency has a choice here."""
        self._begin(oracle)
        self.world = self.new_world()
        try:
            self.prepare()
            while self.world.queue:
                self.run_callback(self.take_callback())
                self.end_callback()
            self.start()
        except SpinningError:
            return self._spins()
        return self._freeze("entry") if self.situation.any_count else self.arrive()

    def act(self, state: State, oracle: Oracle, counters: Sequence[Value] | None = None) -> State | End:
        """Take one action from a state; `counters` replace those of the state."""
        self._begin(oracle)
        self.world = world = thaw(state.shape, state.counters if counters is None else counters)
        try:
            if world.phase == "gap":
                return self._act_in_gap()
            if world.phase == "deciding":
                return self._act_in_step()
            if world.phase == "entry":
                return self._act_at_entry()
            if world.phase == "go":
                return self._go()
            return self._act_at_rest()
        except SpinningError:
            return self._spins()

    def _begin(self, oracle: Oracle) -> None:
        """Begin an action, and reset what the one before has left: it may have been broken off."""
        self.oracle = oracle
        self.noted = []
        self.current = self.sending = None
        self.cause = -1
        self.others_ask = False

    def _spins(self) -> End:
        self.spun = True
        return End(tuple(each._replace(spinning=True) for each in self.observe(at_rest=False, circling=False)))

    def look(self, state: State) -> tuple[Observation, ...]:
        """Return the observation of each call in a state, as if nothing happened any more."""
        self.world = thaw(state.shape, state.counters)
        return tuple(each._replace(hung=False) for each in self.observe(at_rest=False, circling=False))

    def _act_at_entry(self) -> State | End:
        """Cancel each controller once more, or begin; so its count is any number."""
        self.taken = ONE_MORE if self.oracle.choose((NO_MORE, ONE_MORE)) else NO_MORE
        if self.taken == NO_MORE:
            return self.arrive()
        for call in self.world.calls:
            self.cancel(call.task)  # type: ignore[arg-type]  # in such a situation it exists before the call
        return self._freeze("entry")

    # Gaps

    def _freeze(self, phase: str) -> State:
        self.world.phase = phase
        if self.unbounded:
            for call in tidy(self.world):
                self.noted.append(self.observe_one(call))
        return State(*freeze(self.world))

    def arrive(self) -> State | End:
        """Arrive at the gap after a callback; find out what may happen in it."""
        world = self.world
        if world.actor.deciding:
            return self._freeze("deciding")
        if world.closed:
            return self._run_down()
        if world.stepping >= 0:
            self._note_due(world.calls[world.stepping], late=world.calls[world.stepping].inside)
            world.stepping = -1
        if self.unbounded:
            if world.early:
                return End(())  # a controller has left before the other one entered: nothing is judged
            return self._freeze("gap" if world.queue else "rest")
        world.idle += 1
        return self._freeze(self._phase() if world.queue else "rest")

    def _phase(self) -> str:
        """Return the phase: whether the environment is asked before the next callback runs."""
        idle = self.world.idle
        if idle > _POLLED_GAPS and (idle > self.idle_gaps or self._polls()):
            return "go" if idle <= _IDLE_LIMIT else "busy"
        return "gap"

    def _act_in_gap(self) -> State | End:
        world = self.world
        if world.events_left == 0:
            return self._go()
        options = self._options_in_gap()
        if not options:
            return self._go()
        choice = self.oracle.choose(("", *options))
        if not choice:
            return self._go()
        self._do(options[choice - 1], price=1)
        return self._freeze("gap")

    def _go(self) -> State | End:
        """Run the next callback."""
        self._watch()
        callback = self.take_callback()
        self.taken = _told(callback)
        self.run_callback(callback)
        if not self.world.actor.deciding:
            self.end_callback()
        return self.arrive()

    def _act_at_rest(self) -> State | End:
        world = self.world
        busy = world.phase == "busy"
        time_passes = bool(world.timers) and world.timers_left != 0 and not busy
        options = self._options_at_rest()
        choice = self.oracle.choose(("", *options)) if options else 0
        if choice:
            action = options[choice - 1]
            self._do(action, price=0 if action in FREE else 1)
        elif time_passes:
            self._do("timer", price=0)
        elif world.timers and not busy and self._waits_in_vain():
            if world.idle > _IDLE_LIMIT:
                return End(self.observe(at_rest=False, circling=True))
            self.let_time_pass()
        else:
            self._watch()
            return End(self.observe(at_rest=not busy, circling=busy))
        return self._freeze(self._phase() if world.queue else world.phase)

    def _waits_in_vain(self) -> bool:
        """Say whether a controller is inside although the dependency is done, and waits for time to pass."""
        dependency = self.world.dependency
        return dependency is not None and dependency.done and any(call.inside for call in self.world.calls)

    def _watch(self) -> None:
        """Judge the mode `prompt` at a gap: the controller must be ready, and leave in its next step."""
        world = self.world
        for number, call in enumerate(world.calls):
            if call.inside and not call.first and self._is_outstanding(call):
                task: Task = call.task  # type: ignore[assignment]  # it is inside
                leaves = world.queue and world.queue[0].what != "call" and world.queue[0].target is task
                self._note_due(call, late=task.waits_for is not None and not task.waits_for.done)
                if leaves:
                    world.stepping = number

    def _is_outstanding(self, call: Call) -> bool:
        """Say whether a request is outstanding; if none can be withdrawn, whether there was one."""
        return call.disturbed and (not self.situation.uncancel or self.truth(call.outstanding > 0))

    def _note_due(self, call: Call, *, late: bool) -> None:
        """Note that a call must be left. Without bounds this is judged at once, so that no state holds it."""
        if self.unbounded:
            self.noted.append(Observation(due=True, late=late))
        else:
            call.due = True
            call.late = call.late or late

    def _polls(self) -> bool:
        """Say whether the queue holds only a task that has yielded at the same place as in the gap before."""
        world = self.world
        before, world.polling = world.polling, None
        first = world.queue[0]
        if len(world.queue) == 1 and first.what != "call" and first.target.waits_for is None:
            world.polling = _place(first.target)
        return _same(before, world.polling)

    # What the environment may do

    def _options_in_gap(self) -> tuple[str, ...]:
        options = self._requests()
        world = self.world
        if world.actor.wait is not None and not world.actor.wait.done:
            options = (*FREE, *options)
        if world.timers_left != 0 and world.timers and not self.is_timer_due():
            options = (*options, "timer")
        return options

    def _options_at_rest(self) -> tuple[str, ...]:
        options = self._requests() if self.world.events_left != 0 else ()
        wait = self.world.actor.wait
        return (*FREE, *options) if wait is not None and not wait.done else options

    def _requests(self) -> tuple[str, ...]:
        """Return the requests that the environment may make."""
        world = self.world
        options: list[str] = []
        for number, call in enumerate(world.calls):
            if call.inside:
                options.append(f"cancel-{number}")
                if self.situation.uncancel and (self.unbounded or self.withdrawable(call)):
                    options.append(f"uncancel-{number}")
        dependency = world.dependency
        if self.situation.third_party and dependency is not None and not dependency.done:
            options.append("cancel-dependency")
        if world.child is not None and not world.child.done and world.calls[0].inside:
            options.append("fail-child")
        return tuple(options)

    def withdrawable(self, call: Call) -> bool:
        """Say whether a request is left that the call did not make."""
        others = call.count_entry + call.requests - call.withdrawals
        return self.truth(others > 0) and self.truth(call.task.count > 0)  # type: ignore[union-attr]  # it is inside

    def _do(self, action: str, *, price: int) -> None:
        world = self.world
        self.taken = action
        if world.events_left is not None:
            world.events_left -= price
        world.idle = 0
        wait = world.actor.wait
        if action == "complete":
            self.end(wait, RESULT)  # type: ignore[arg-type]  # it can be completed
        elif action == "fail":
            self.end(wait, EXCEPTION, self.new_failure())  # type: ignore[arg-type]  # the same
        elif action == "cancel-wait":
            world.actor.wait_cancelled = True
            self.cancel(wait)  # type: ignore[arg-type]  # the same
        elif action == "cancel-dependency":
            self.cancel(world.dependency)  # type: ignore[arg-type]  # it lives
        elif action == "fail-child":
            self.end(world.child, EXCEPTION, self.error("ChildFailedError"))  # type: ignore[arg-type]  # the same
        elif action == "timer":
            if world.timers_left is not None:
                world.timers_left -= 1
            self.let_time_pass()
        else:
            self.request(action)

    def request(self, action: str) -> None:
        """Let the environment cancel or uncancel a controller: `cancel-0`, `uncancel-1`."""
        what, _, number = action.rpartition("-")
        call = self.world.calls[int(number)]
        task: Task = call.task  # type: ignore[assignment]  # it is inside
        if what == "uncancel":
            # Without bounds this is checked only here: a check before the offer would split every other action.
            if self.unbounded and not self.withdrawable(call):
                raise NotEnabledError
            self.uncancel(task)
            return
        self.others_ask = True
        self.cancel(task)
        self.others_ask = False

    # What the dependency may do

    def _act_in_step(self) -> State | End:
        """Let the dependency choose: end its step, or do something before that."""
        world = self.world
        task: Task = world.actor.task  # type: ignore[assignment]  # it runs
        self.current = self.sending = task
        extra = ["cancel-self"] if world.actor.selfish else []
        if world.events_left != 0:
            extra += [f"cancel-{number}" for number, call in enumerate(world.calls) if call.inside]
        choices = dependency_options(world.actor)
        options = (*choices, *extra)
        act = options[self.oracle.choose(options) if len(options) > 1 else 0]
        self.taken = act
        if act == "cancel-self":
            world.actor.selfish = self.unbounded
            self.cancel(task)
            return self._freeze("deciding")
        if act not in choices:
            self._do(act, price=1)
            return self._freeze("deciding")
        frame: ActorFrame = task.frames[-1]
        signal = self.act_dependency(frame, act)
        if signal[0] != "yields":
            task.frames.pop()
        self.sending = None
        self.finish_step(task, signal)
        self.current = None
        self.end_callback()
        return self.arrive()

    # The end

    def _run_down(self) -> End:
        """Go on after the last exit, without choices, as long as something may still be observed."""
        world = self.world
        for _ in range(_RUN_DOWN):
            if not world.queue:
                timer = next((each for each in world.timers if each.callback.cause >= 0), None)
                if timer is not None:
                    self.fire_timer(timer)
                elif self.situation.scope:
                    for future in (*world.probes, world.child):
                        if future is not None and not future.done:
                            self.end(future, RESULT)
            if not world.queue:
                break
            self.run_callback(self.take_callback())
            self.end_callback()
        return End(self.observe(at_rest=False, circling=False))


def _told(callback: Value) -> str:
    if callback.what == "call":
        return "callback"
    task = callback.target
    if task.number >= 0:
        return f"controller-{task.number}"
    return task.role or "task"


def _place(task: Task) -> list[Value]:
    """Return where a task has yielded, and the contents of its frames."""
    place: list[Value] = [task]
    for frame in task.frames:
        if type(frame) is Frame:
            place += [frame.code, frame.place, *frame.variables]
    return place


def _same(before: list[Value] | None, after: list[Value] | None) -> bool:
    if before is None or after is None or len(before) != len(after):
        return False
    pairs = zip(before, after, strict=True)
    return all(one is other or (isinstance(one, (int, float, str)) and one == other) for one, other in pairs)
