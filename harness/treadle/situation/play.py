"""One execution: everybody acts, and it is said how it ended.

A play alternates between callbacks of the loop, which run real tasks, and gaps, in which the environment may act. It
has three phases. In the *set-up* (see `stage`) nothing is chosen. While some call is *open*, the environment has its
options at each gap, and the dependency at each of its steps. After the last exit the play is *closed*: what is left runs
down without further choices, so that a cancellation that is still pending shows at the controller's next await.

At quiescence (no callback is left) the default is that time passes: a timer fires, or, if there is none, what the
dependency waits for never completes and the play ends there. A program that is busy without getting anywhere is treated
alike: see `_IDLE_GAPS`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from treadle_models.spec import Observation

from treadle.explorer import Execution, Scheduler, StepTimeoutError
from treadle.schedule import Kind
from treadle.situation.actor import Act, FailureError, Resumed
from treadle.situation.roles import CAUSE
from treadle.situation.stage import ChildFailedError, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.situation.call import Call

    Action = Callable[[], None]

# A call that polls (`while not task.done(): await sleep(0)`) makes callbacks for ever. After so many in a row without
# an event or a step of the dependency, the gaps repeat earlier ones and the environment is not asked; after the second
# number the play counts as being at rest.
_IDLE_GAPS = 8
_IDLE_LIMIT = 72

# How many callbacks may run after the last exit. What goes on longer is left behind.
_RUN_DOWN = 64


class CallOutcome(NamedTuple):
    """How one call ended, for the properties and for the outcome table."""

    observation: Observation
    ending: str  # the dependency when the call was over: cancelled, result, exception, suppressed, running or never
    does: str  # what the call did


Outcome = tuple[CallOutcome, ...]
"""One per controller; empty where nothing could be judged, because not all controllers had entered."""


class Play(Stage):
    """A subject in a situation, within bounds: the program that is explored. Runs any number of times."""

    callbacks_ever = 0
    """The callbacks of all executions: what a watchdog looks at."""

    spinning = False
    """A step did not end; set by a watchdog."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Prepare; see `Stage`."""
        super().__init__(*arguments, **options)
        # Bound once: the options of a gap are lists of these.
        self._all_completions: list[Action] = [self._complete, self._fail, self._cancel_wait]
        self._cancels = (partial(self._cancel_controller, 0), partial(self._cancel_controller, 1))
        self._uncancels = (partial(self._uncancel_controller, 0), partial(self._uncancel_controller, 1))

    def run(self, scheduler: Scheduler) -> Execution[Outcome]:
        """Run once and say how it ended; see `explorer.program.Program`."""
        self.reset(scheduler)
        fatal = ""
        try:
            self.loop.run(self.gap)
        except (SystemExit, KeyboardInterrupt) as error:
            fatal = f"{type(error).__name__} left a callback of the target, which would end a stock event loop"
        except StepTimeoutError:
            pass
        try:
            outcome = self._outcome()
        finally:
            self.clear()
        if self.setup_error is not None:
            fatal = f"the call was never entered: {type(self.setup_error).__name__}: {self.setup_error}"
        if self.loop.unsupported is not None:
            fatal = str(self.loop.unsupported)
        if self.spinning:
            fatal = "a step of the target did not end"
        return Execution(outcome, (self.bounds.events - self.events_left, self.callbacks), self.cut, fatal)

    def reset(self, scheduler: Scheduler) -> None:
        """Begin anew."""
        super().reset(scheduler)
        self.events_left = self.bounds.events
        self.timers_left = self.bounds.events + self.bounds.steps
        self.callbacks = 0
        self.idle = 0
        self.open_calls = len(self.calls)
        self.prepared = self.closed = self.resting = self.circling = self.cut = self.early = False
        self._run_down_left = _RUN_DOWN
        self.stepping: Call | None = None

    def _outcome(self) -> Outcome:
        calls = self.calls
        if self.early or not all(call.entered for call in calls):
            return ()
        failure_raised = any(call.left and call.raises_failure() for call in calls)
        at_rest = self.resting and self.loop.next_timer() is None
        outcome = []
        for call in calls:
            dependency = call.dependency
            observation = call.observe(
                at_rest=at_rest, circling=self.circling, spinning=self.spinning, failure_raised=failure_raised
            )
            if call.left:
                ending, does = call.ending, call.does
            elif dependency is not None and dependency.done():
                ending, does = call.end_of_dependency(suppressed=self.actor.suppressed), "hangs"
            else:
                ending, does = "never", "waits"
            outcome.append(CallOutcome(observation, ending, does))
        return tuple(outcome)

    # Gaps

    def gap(self) -> bool:
        """Let the environment act; say whether to run the next callback."""
        self.callbacks_ever += 1
        ready = self.loop.ready
        if not self.started:
            if not self.prepared:
                self.prepared = True
                self.prepare()
            if ready:
                return True
            self.start()
        if self.closed:
            return self._run_down()
        calls = self.calls
        if self.stepping:
            self._judge_step()
        self.callbacks += 1
        self.idle += 1
        if not ready:
            going_on = self._rest(busy=False)
        elif self.idle > _IDLE_GAPS:
            self.cut = True
            going_on = self.idle <= _IDLE_LIMIT or self._rest(busy=True)
        else:
            going_on = True
            self._environment_acts()
        for call in calls:
            if call.outstanding and call.inside:
                self._watch(call)
        return going_on

    def _environment_acts(self) -> None:
        """Offer the environment its options, again and again, until it has had enough."""
        while self.events_left:
            options = self._paid_options()
            if not options:
                return
            choice = self.scheduler.choose(Kind.EVENT, len(options) + 1)
            if not choice:
                return
            self.act(options[choice - 1], price=1)
        self.cut = True

    def _rest(self, *, busy: bool) -> bool:
        """Be at quiescence: time passes, unless somebody acts. Say whether the play goes on."""
        while True:
            timer = self.loop.next_timer()
            time_passes = timer is not None and self.timers_left > 0 and not busy
            if timer is not None and not self.timers_left:
                self.cut = True
            completions = self._completions()
            options = completions
            if self.events_left:
                options = [*completions, *self._requests()]
            else:
                self.cut = True
            choice = self.scheduler.choose(Kind.COMPLETION, len(options) + 1) if options else 0
            if choice:
                free = choice <= len(completions)
                self.act(options[choice - 1], price=0 if free else 1)
            elif time_passes:
                self.timers_left -= 1
                self.act(self._fire_timer, price=0)
            else:
                self.resting = not busy
                self.circling = busy
                return False
            if self.loop.ready:
                return True

    def _watch(self, call: Call) -> None:
        """Judge the mode `prompt` at a gap: is the controller ready, and does its next step leave?"""
        call.due = True
        waits_for = call.task._fut_waiter  # type: ignore[attr-defined]
        ready = self.loop.ready
        if waits_for is not None and not waits_for.done():
            call.late = True
        elif ready and getattr(ready[0][0], "__self__", None) is call.task:
            self.stepping = call

    def _judge_step(self) -> None:
        """See whether a controller that had to leave in the callback that has just run has left."""
        if self.stepping is not None and self.stepping.inside:
            self.stepping.late = True
        self.stepping = None

    def _run_down(self) -> bool:
        """Go on after the last exit, without choices, for as long as something is left that may still tell."""
        self._run_down_left -= 1
        if self._run_down_left < 0:
            return False
        loop = self.loop
        if loop.ready:
            return True
        for timer in loop.pending_timers():
            if timer.context.get(CAUSE) is not None:  # the call made it, and it may cancel the controller yet
                return loop.fire_timer(timer)
        if self.situation.scope:
            for future in (*self.probes, self.child):
                if future is not None and not future.done():
                    future.set_result(None)
        return bool(loop.ready)

    def on_exit(self, call: Call, how: str, error: BaseException | None) -> None:
        """Close the call, and the play with the last one."""
        call.leave(how, error, suppressed=self.actor.suppressed)
        self.open_calls -= 1
        self.closed = not self.open_calls
        self.early = self.early or not all(each.entered for each in self.calls)

    # What the environment may do

    def _paid_options(self) -> list[Action]:
        options = self._completions() + self._requests()
        if self.timers_left and self.loop.next_timer() is not None:
            options.append(self._fire_timer)
        return options

    def _completions(self) -> list[Action]:
        wait = self.actor.wait
        return [] if wait is None or wait.done() else self._all_completions.copy()

    def _requests(self) -> list[Action]:
        options: list[Action] = []
        for number, call in enumerate(self.calls):
            if call.inside:
                options.append(self._cancels[number])
                if self.situation.uncancel and self._withdrawable(call):
                    options.append(self._uncancels[number])
        dependency = self.dependency  # None while an owner has not made it
        if self.situation.third_party and dependency is not None and not dependency.done():
            options.append(self._cancel_dependency)
        if self.child is not None and not self.child.done() and self.calls[0].inside:
            options.append(self._fail_child)
        return options

    @staticmethod
    def _withdrawable(call: Call) -> bool:
        """Say whether a request is left that the call did not make."""
        return call.count_entry + call.requests - call.withdrawals > 0 and call.task.cancelling() > 0

    def act(self, action: Action, *, price: int) -> None:
        """Let the environment do something, which costs it so many events."""
        self.events_left -= price
        self.idle = 0
        action()

    def _complete(self) -> None:
        self.actor.wait.set_result(None)  # type: ignore[union-attr]

    def _fail(self) -> None:
        self.actor.wait.set_exception(FailureError())  # type: ignore[union-attr]

    def _cancel_wait(self) -> None:
        self.actor.wait_cancelled = True
        self.actor.wait.cancel()  # type: ignore[union-attr]

    def _cancel_controller(self, number: int) -> None:
        call = self.calls[number]
        before = call.requests
        call.task.cancel()
        call.by_environment += call.requests - before

    def _uncancel_controller(self, number: int) -> None:
        self.calls[number].task.uncancel()

    def _cancel_dependency(self) -> None:
        self.dependency.cancel()  # type: ignore[union-attr]

    def _fail_child(self) -> None:
        self.child.set_exception(ChildFailedError())  # type: ignore[union-attr]

    def _fire_timer(self) -> None:
        self.timers_left -= 1
        self.loop.fire_timer()

    # What the dependency asks of the play

    def stirred(self) -> None:
        """Hear that the dependency runs a step: the play is getting somewhere."""
        self.idle = 0

    def cancel_from_step(self, number: int) -> None:
        """Let the dependency cancel a controller; an event."""
        self.act(self._cancels[number], price=1)

    def on_decision(self, resumed: Resumed, act: Act) -> None:
        """Hear what the dependency has decided to do."""
