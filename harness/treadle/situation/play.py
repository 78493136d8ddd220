"""One execution: everybody acts, and it is said how it ended.

A play alternates between callbacks of the loop, which run real tasks, and gaps, in which the environment may act. It
has three phases. In the *set-up* (see `stage`) nothing is chosen. While some call is *open*, the environment has its
options at each gap, and the dependency at each of its steps. After the last exit the play is *closed*: what is left
runs down without further choices, so that a cancellation that is still pending shows at the controller's next await.

At quiescence (no callback is left) the default is that time passes: a timer fires, or, if there is none, what the
dependency waits for never completes and the play ends there. A program that is busy without getting anywhere is treated
alike: see `_POLLED_GAPS`.

In a search most of an execution is what the one before did, too. Of these gaps the play remembers what was done and how
it stood at the end, and does it again without asking.
"""

from __future__ import annotations

import contextlib
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from treadle.explorer import (
    NOT_ENDED,
    EnumeratingScheduler,
    Execution,
    Repetition,
    ReplayScheduler,
    Scheduler,
    StepTimeoutError,
)
from treadle.fingerprint import Fingerprinter, Scope, account
from treadle.inspecting import is_function, layers
from treadle.loop import begin_alike, surroundings
from treadle.schedule import Kind
from treadle.situation.environment import Environment
from treadle.situation.polling import place_of, same_place
from treadle.situation.roles import CAUSE
from treadle.telling import error_told, places_of
from treadle_models import candidates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from treadle.fingerprint import Fingerprint
    from treadle.situation.actions import Action
    from treadle.situation.actor import Act, Resumed
    from treadle.situation.call import Call
    from treadle_models.spec import Observation

_EVENT, _COMPLETION = Kind.EVENT, Kind.COMPLETION

# A call that polls (`while not task.done(): await sleep(0)`) makes callbacks for ever, and its gaps repeat. Where
# neither an event nor a step of the dependency came for so many gaps, a program that polls is not interrupted any
# more; any other is not after the second number. After the third it counts as being at rest, busy as it is. A call that
# polls with timers and whose dependency is done gets as many more timers as that before it counts so, too.
_POLLED_GAPS = 1
_IDLE_GAPS = 8
_IDLE_LIMIT = 40
# ... in which callbacks may still run out of turn, where that is open: two tasks that poll have any number of orders.
_ORDERED_GAPS = 4

# How many callbacks may run after the last exit. What goes on longer is left behind.
_RUN_DOWN = 64


_CANDIDATES = str(Path(candidates.__file__).parent)
_BESIDE_THEM = contextlib.__file__  # what an owner is wrapped by


def _is_candidate(function: object) -> bool:
    """Say whether all that is called is a candidate's code, whatever it says of its module: `wraps` copies that."""
    files = [each.__code__.co_filename for each in layers(function) if is_function(each)]  # type: ignore[attr-defined]
    ours = [file for file in files if Path(file).is_relative_to(_CANDIDATES)]
    return bool(ours) and all(file in ours or file == _BESIDE_THEM for file in files)


class CallOutcome(NamedTuple):
    """How one call ended, for the properties and for the outcome table."""

    observation: Observation
    ending: str  # the dependency when the call was over: cancelled, result, exception, suppressed, running or never
    does: str  # what the call did


Deed: TypeAlias = "Callable[[], object]"
"""What was done in a gap, so that it can be done again."""

_Remembered: TypeAlias = "tuple[int, Sequence[tuple[Deed, int]], int, int, Sequence[tuple[bool, bool]]]"
"""A gap: the number of choices so far, what was done, each deed with its price, and how the play stood at the end:
`idle`, the bit of the controller that has to leave in its next step (or 0), whether each call is due and late (nothing
while nobody was disturbed). No class: it is made and taken apart too often."""


class _Completing(ReplayScheduler):
    """Chooses by default, and has what is waited for complete, so that calls come to their ends."""

    def choose(self, kind: Kind, options: int, priced: int = 0) -> int:
        return int(kind is _COMPLETION and options - priced > 1)


Outcome = tuple[CallOutcome, ...]
"""One per controller; empty where nothing could be judged, because not all controllers had entered."""


class Play(Environment):
    """A subject in a situation, within bounds: the program that is explored. Runs any number of times."""

    __slots__ = (
        "_account",
        "_callbacks_before",
        "_deeds",
        "_fingerprinter",
        "_keeps_nothing",
        "_last_look",
        "_looks",
        "_repeated",
        "_repetition",
        "_run_down_left",
        "callbacks",
        "circling",
        "closed",
        "cut",
        "early",
        "identifying",
        "open_calls",
        "out_of_turn",
        "polling",
        "prepared",
        "pruned",
        "refused_at",
        "resting",
        "spinning",
        "stepping",
    )

    may_repeat = True
    """Whether it may do again what it did in the execution before, without asking and without telling."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Prepare; see `Stage`."""
        super().__init__(*arguments, **options)
        self.spinning = False  # a step did not end; set by a watchdog
        self.identifying = False  # a state is looked at: no step of the target is under way
        self.cut = False
        self.callbacks = self._callbacks_before = 0
        self.refused_at: list[
            tuple[str, int]
        ] = []  # where the loop refused a call: files and lines, the innermost last
        self._fingerprinter: Fingerprinter | None = None
        self._repetition = Repetition()
        self._looks: list[int] = []  # the gaps in which it was looked whether the call polls
        # That is so of the candidates; a test sees to it. So no account need be kept of the code that runs.
        self._keeps_nothing = _is_candidate(self.subject.function)

    def surroundings(self) -> contextlib.AbstractContextManager[None]:
        """Return what is to be in place around executions: clocks and chance, which a candidate does not ask for."""
        return contextlib.nullcontext() if self._keeps_nothing else surroundings(self.task_kind)

    @property
    def callbacks_ever(self) -> int:
        """The callbacks of all executions: what a watchdog looks at."""
        return self._callbacks_before + self.callbacks

    def run(self, scheduler: Scheduler) -> Execution[Outcome]:
        """Run once and say how it ended; see `explorer.program.Program`."""
        return self._run(scheduler) if self._keeps_nothing else copy_context().run(self._run, scheduler)

    def _run(self, scheduler: Scheduler) -> Execution[Outcome]:
        self.reset(scheduler)
        fatal = ""
        try:
            self.loop.run(self._begin_account())
            if self.pruned and self._fingerprinter is not None and self._fingerprinter.keeps:
                self._finish()
        except (SystemExit, KeyboardInterrupt) as error:
            fatal = f"{type(error).__name__} left a callback of the target, which would end a stock event loop"
        except StepTimeoutError:
            pass
        self._account.off()
        try:
            outcome = () if self.pruned else self._outcome()
            if self.loop.unsupported is not None:
                self.refused_at = places_of(self.loop.unsupported)
        finally:
            self.closed = True  # from now on nothing is chosen
            self.clear(kept=not self._keeps_nothing)
        if self.setup_error is not None:
            fatal = f"the call was never entered: {error_told(self.setup_error)}"
        if self.loop.stopping:
            fatal = "the target called loop.stop(), which would end a stock event loop"
        if self.loop.unsupported is not None:
            fatal = str(self.loop.unsupported)
        if self.spinning:
            fatal = f"a step of the target {NOT_ENDED}"
        return Execution(outcome, self._size(), self.cut, fatal)

    def _finish(self) -> None:
        """Go on to the end, where what follows is known: a target that counts up has to count down again.

        What it keeps would else be, in the next execution, what it is at no end.
        """
        cut = self.cut
        search, self._repetition.search = self._repetition.search, None
        self.scheduler = _Completing(())
        self.events_left = 0
        try:
            self.loop.run(self._begin_account())
        finally:
            self._repetition.search = search
            self.cut = cut
            self.pruned = True

    def _size(self) -> tuple[int, ...]:
        size = self.bounds.events - self.events_left, self.callbacks
        return (self.out_of_turn, *size) if self.bounds.any_order else size  # what stock asyncio can do comes first

    def _seen(self) -> bool:
        """Say whether the search knows already what follows; then the execution is over."""
        if self.events_left <= 1 and not self._much_may_follow():
            return False
        self.pruned = self.scheduler.seen(self._size, self._identify, self.events_left, self._unread())
        return self.pruned

    def _unread(self) -> int | None:
        """Return what the fingerprint leaves out: how many requests the dependency has had."""
        dependency: Any = self.dependency
        known = self.count_matters or type(dependency) is not self._dependency_class
        return None if known else dependency.count()

    def _much_may_follow(self) -> bool:
        """Say whether, with an event at most, so much can follow that it may pay to find out where this is."""
        dependency = self.dependency
        if dependency is None or dependency.done():
            return False
        return self.events_left > 0 or self.actor.steps_left > 0

    def _identify(self) -> Fingerprint:
        self.identifying = True
        try:
            return self._fingerprint()
        finally:
            self.identifying = False

    def _fingerprint(self) -> Fingerprint:
        """Return the identity of the state, in a gap. Without what is the same in all gaps, and without events left."""
        if self._fingerprinter is None:
            scope = Scope(None if self._keeps_nothing else self.subject.function)
            self._fingerprinter = Fingerprinter(self.loop, scope, *self.unchanging())
        self._fingerprinter.learn()
        if not self.count_matters and self._fingerprinter.reads_counts:
            self.count_matters = True
        stepping = 0 if self.stepping is None else self.stepping.bit
        plain = (
            *(self.timers_left, self.idle, self.inside, self.open_calls),
            *(self.early, self.disturbed, stepping),
        )
        roots = (*self.calls, self.actor, self.dependency, self.child, self.probes, self.polling)
        return self._fingerprinter.take(plain, roots)

    def reset(self, scheduler: Scheduler) -> None:
        """Begin anew."""
        self._account = account()
        repetition = self._repetition
        self._repeated = repetition.begin(scheduler if self.may_repeat else None)
        self._deeds: list[tuple[Deed, int]] = []
        while self._looks and self._looks[-1] > self._repeated:
            del self._looks[-1]
        self._last_look = self._looks[-1] if self._looks else 0
        super().reset(scheduler)
        begin_alike()
        self._callbacks_before += self.callbacks + 1  # an execution without callbacks is progress too
        self.callbacks = 0
        self.open_calls = len(self.calls)
        self.prepared = self.closed = self.resting = self.circling = self.cut = self.early = False
        self.pruned = False
        self.out_of_turn = 0  # callbacks that ran before others which were ready earlier
        self._run_down_left = _RUN_DOWN
        self.stepping: Call | None = None
        self.polling: list[object] | None = None

    def _outcome(self) -> Outcome:
        calls = self.calls
        if self.early:
            return ()
        failure_raised = False
        for call in calls:
            if not call.entered:
                return ()
            failure_raised = failure_raised or (call.left and call.raises_failure())
        at_rest = self.resting and self.loop.next_timer() is None
        outcome = []
        for call in calls:
            seen = call.observe(
                at_rest=at_rest, circling=self.circling, spinning=self.spinning, failure_raised=failure_raised
            )
            if call.left:
                ending, does = call.ending, call.does
            elif call.dependency is not None and call.dependency.done():
                ending, does = call.end_of_dependency(suppressed=self.actor.suppressed), "hangs"
            else:
                ending, does = "never", "waits"
            outcome.append(CallOutcome(seen, ending, does))
        return tuple(outcome)

    # Gaps

    def gap(self) -> bool:
        """Let the environment act; say whether to run the next callback."""
        if self.loop.stopping:
            return False
        if not self.started and self._is_setting_up():
            return True
        if self.callbacks < self._repeated:
            return self._repeat()
        if self.closed:
            return self._run_down()
        if self.stepping is not None:
            self._judge_step(self.stepping)
        self.callbacks += 1
        self.idle += 1
        going_on = self._act_in_gap() if self.loop.ready else self._rest(busy=False)
        while going_on and not self.loop.ready:  # what was ready has been cancelled in the gap
            going_on = self._rest(busy=False)
        if going_on and self.bounds.any_order and len(self.loop.ready) > 1 and self.idle <= _ORDERED_GAPS:
            self._take_any()
        if self.disturbed:
            self._watch()
        if going_on and self._repetition.search is not None:
            self._remember(self._repetition.search)
        return going_on

    def _begin_account(self) -> Callable[[], bool]:
        """Have the code that runs noted; return what is to be called in each gap."""
        return self.gap if self._keeps_nothing else self._switch

    def _switch(self) -> bool:
        """Do the same, with the account of the code that runs switched off in the gap."""
        account = self._account
        account.off()
        going_on = self.gap()
        if going_on and (self.callbacks > self._repeated or not account.dear):
            account.on()
        return going_on

    # What is repeated

    def _remember(self, search: EnumeratingScheduler) -> None:
        """Remember the gap that has just ended."""
        stepping = 0 if self.stepping is None else self.stepping.bit
        watched = [(call.due, call.late) for call in self.calls] if self.disturbed else ()
        gap: _Remembered = search.position, self._deeds, self.idle, stepping, watched
        self._repetition.gaps.append(gap)
        self._deeds = []

    def _repeat(self) -> bool:
        """Do again what was done in this gap. A program for which that is impossible is not deterministic."""
        position, deeds, idle, stepping, watched = self._repetition.gaps[self.callbacks]
        self.callbacks += 1
        try:
            for do, price in deeds:
                self.events_left -= price
                do()
        except Exception:  # noqa: BLE001 - the search says that the execution has ended too soon
            return False
        if self.callbacks == self._repeated:
            self.idle = idle
            self.stepping = self.calls[stepping - 1] if stepping else None
            for call, (due, late) in zip(self.calls, watched):  # noqa: B905 - see `_Remembered`
                call.due, call.late = due, late
        self._repetition.search.position = position  # type: ignore[union-attr]
        return bool(self.loop.ready)

    # Choices

    def _is_setting_up(self) -> bool:
        """Let everybody get to where the situation wants them; then start, and say False."""
        if not self.prepared:
            self.prepared = True
            self.prepare()
        if self.loop.ready:
            self._callbacks_before += 1  # progress, for a watchdog: a set-up that goes on and on is no step that spins
            return True
        self.start()
        return False

    def _act_in_gap(self) -> bool:
        """Offer the environment its options, again and again, until it has had enough."""
        if self.idle > _POLLED_GAPS and (self.idle > _IDLE_GAPS or self._polls()):
            self.cut = True
            return self.idle <= _IDLE_LIMIT or self._rest(busy=True)
        if self.events_left and self.scheduler.passes(self.callbacks):
            return True
        while self.events_left:
            options = self._options_in_gap()
            if not options:
                return True
            if self._seen():
                return False
            choice = self.scheduler.choose(_EVENT, len(options) + 1, len(options))
            if not choice:
                return True
            self._do(options[choice - 1], price=1)
        self.cut = True
        return not self._seen()

    def _do(self, action: Action, *, price: int) -> None:
        """Act in a gap, and remember that."""
        self._deeds.append((action.do, price))
        if self._keeps_nothing:
            self.act(action, price=price)
            return
        self._account.on()  # a future may have a `cancel` of the target's own
        self.act(action, price=price)
        self._account.off()

    def _take_any(self) -> None:
        """Let any callback run next, not only the one that has waited longest."""
        choice = self.scheduler.choose(Kind.READY_ORDER, len(self.loop.ready))
        if choice:
            self._deeds.append((partial(self.take_out_of_turn, choice), 0))
            self.take_out_of_turn(choice)

    def take_out_of_turn(self, place: int) -> None:
        """Put a callback in front of all others."""
        self.out_of_turn += 1
        self.loop.bring_forward(place)

    def _polls(self) -> bool:
        """Say whether the only thing in the queue is a task that has yielded where it yielded in the gap before."""
        before = self.polling
        self._deeds.append((self._look_again, 0))
        self._looks.append(self.callbacks)
        self._look()
        return same_place(before, self.polling)

    def _look_again(self) -> None:
        """Look where all is repeated: what was found last counts there, and what is kept alive until then."""
        if not self._keeps_nothing or self.callbacks >= self._last_look:
            self._look()

    def _look(self) -> None:
        """Look where the only task in the queue has yielded."""
        ready = self.loop.ready
        task = getattr(ready[0]._callback, "__self__", None)
        yields = len(ready) == 1 and task is not None and getattr(task, "_fut_waiter", task) is None
        self.polling = place_of(task) if yields else None

    def _rest(self, *, busy: bool) -> bool:
        """Be at quiescence: time passes, unless somebody acts. Say whether the play goes on."""
        while True:
            timer = self.loop.next_timer()
            time_passes = timer is not None and self.timers_left > 0 and not busy
            if not self.events_left or (timer is not None and not self.timers_left):
                self.cut = True
            options = self._options_at_rest()
            if options and self._seen():
                return False
            choice = self.scheduler.choose(_COMPLETION, len(options) + 1, self._priced(options)) if options else 0
            if choice:
                action = options[choice - 1]
                self._do(action, price=0 if action in self._free else 1)
            elif time_passes:
                self._do(self._time_passes, price=0)
            elif timer is not None and self._waits_in_vain():
                if self.idle > _IDLE_LIMIT:
                    self.circling = True
                    return False
                self._deeds.append((self.loop.fire_timer, 0))
                self.loop.fire_timer()  # nobody acts, so this is one more gap in which nothing happens
            else:
                self.resting = not busy
                self.circling = busy
                return False
            if self.loop.ready:
                return self._act_in_gap()  # whoever acts first does not end the gap: others may act in it too

    def _waits_in_vain(self) -> bool:
        """Say whether somebody is inside although the dependency is done, and waits for time to pass."""
        return any(call.inside and call.dependency is not None and call.dependency.done() for call in self.calls)

    def _watch(self) -> None:
        """Judge the mode `prompt` at a gap: whoever was cancelled must be ready, and leave in the next step."""
        ready = self.loop.ready
        for call in self.calls:
            if not (call.outstanding and call.inside):
                continue
            call.due = True
            waits_for = call.task._fut_waiter  # type: ignore[attr-defined]
            if waits_for is not None and not waits_for.done():
                call.late = True
            elif ready and getattr(ready[0]._callback, "__self__", None) is call.task:
                self.stepping = call

    def _judge_step(self, call: Call) -> None:
        """See whether a controller that had to leave in the callback that has just run has left."""
        if call.inside:
            call.late = True
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
        for each in self.calls:
            if not each.entered:
                self.early = True

    def on_decision(self, resumed: Resumed, act: Act) -> None:
        """Hear what the dependency has decided to do."""
