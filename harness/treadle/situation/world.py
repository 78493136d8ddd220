"""A subject in a situation, within bounds: the world in which `check` runs every execution.

An execution has three phases. In the *set-up* (see `stage`) nothing is chosen. While some call is *open*, the
environment has options in each gap, and the dependency in each of its steps. After the last exit it is *closed*: what
is left runs without further choices, so that a cancellation that is still pending appears at the controller's next
await.

At quiescence (no callback is left) the default is that time passes: a timer fires. If there is none, what the
dependency waits for never completes, and the execution ends there. A program that is busy without progress is treated
in the same way: see `polling`.
"""

from __future__ import annotations

import contextlib
from math import inf
from typing import TYPE_CHECKING, Unpack

from treadle.explorer import NOT_ENDED, ReplayScheduler
from treadle.fingerprint import Fingerprinter, Scope
from treadle.loop import surroundings
from treadle.schedule import Kind
from treadle.situation.causes import CAUSE
from treadle.situation.outcome import sum_up
from treadle.situation.waiting import Waiting
from treadle.telling import error_told, places_of

if TYPE_CHECKING:
    from treadle.execution import State
    from treadle.explorer import Scheduler
    from treadle.situation.call import Call
    from treadle.situation.outcome import Outcome
    from treadle.situation.subject import Staging, StagingByName

# The most callbacks that run after the last exit. What goes on for longer is abandoned.
_RUN_DOWN = 64


class _Completing(ReplayScheduler):
    """Chooses the defaults, but completes what the dependency waits for, so that calls end."""

    def choose(self, kind: Kind, options: int, priced: int = 0) -> int:
        return int(kind is Kind.COMPLETION and options - priced > 1)


class SituationWorld(Waiting):
    """A subject in a situation, within bounds. It can run any number of times."""

    __slots__ = (
        "_run_down_left",
        "early",
        "fatal",
        "open_calls",
        "prepared",
        "refused_at",
    )

    def __init__(self, *arguments: *Staging, **options: Unpack[StagingByName]) -> None:
        """Prepare; see `Stage`."""
        super().__init__(*arguments, **options)
        # Where the loop refused a call: files and lines, the innermost last.
        self.refused_at: list[tuple[str, int]] = []

    def surroundings(self) -> contextlib.AbstractContextManager[None]:
        """Return the replacements to make around executions: clocks, random numbers; a candidate uses neither."""
        return surroundings(self.task_kind) if self.keeps else contextlib.nullcontext()

    # From the beginning to the end

    def begin(self) -> None:
        """Begin an execution."""
        super().begin()
        self.open_calls = len(self.calls)
        self.prepared = self.resting = self.circling = self.polls = self.early = False
        self.fatal = ""
        self._run_down_left = _RUN_DOWN
        self.engine.setting_up = True

    def sets_up(self) -> bool:
        """Say whether the set-up goes on; start the calls when it is over."""
        if not self.prepared:
            self.prepared = True
            self.prepare()
        if self.loop.ready:
            return True
        self.start()
        return False

    def runs_down(self) -> bool:
        """Go on after the last exit as long as anything is left that may still matter."""
        self._run_down_left -= 1
        if self._run_down_left < 0:
            return False
        loop = self.loop
        if loop.ready:
            return True
        for timer in loop.pending_timers():
            # The call made it, and it may still cancel the controller; but a timer that is never due does nothing.
            if timer.context.get(CAUSE) is not self.others and timer.when() != inf:
                return loop.fire_timer(timer)
        if self.situation.scope:
            for future in (*self.probes, self.child):
                if future is not None and not future.done():
                    future.set_result(None)
        return bool(loop.ready)

    def takes(self, error: BaseException) -> bool:
        """Accept an error that would also end a stock event loop."""
        if not isinstance(error, SystemExit | KeyboardInterrupt):
            return False
        self.fatal = f"{type(error).__name__} left a callback of the target, which would end a stock event loop"
        return True

    def outcome(self) -> Outcome:
        """Return the outcomes; none if a controller left before all had entered, or made no second call."""
        if self.early or self.calls[0].first:
            return ()
        return sum_up(
            self.calls,
            at_rest=self.resting and self.loop.next_timer() is None,
            circling=self.circling,
            spinning=self.engine.spinning,
            suppressed=self.actor.suppressed,
        )

    def clear(self) -> None:
        """Close everything that is left; keep where the loop refused a call."""
        if self.loop.unsupported is not None:
            self.refused_at = places_of(self.loop.unsupported)
        super().clear()

    def conclude(self, outcome: Outcome | None) -> tuple[Outcome, str]:
        """Return the outcome, and why the search must stop, if it must."""
        fatal = self.fatal
        if self.setup_error is not None:
            fatal = f"the call was never entered: {error_told(self.setup_error)}"
        if self.loop.stopping:
            fatal = "the target called loop.stop(), which would end a stock event loop"
        if self.loop.unsupported is not None:
            fatal = str(self.loop.unsupported)
        if self.engine.spinning:
            fatal = f"a step of the target {NOT_ENDED}"
        return outcome or (), fatal

    def by_default(self) -> Scheduler:
        """Return a scheduler under which all calls end."""
        return _Completing(())

    # What a search asks for

    def size(self) -> tuple[int, ...]:
        """Return events and gaps; if the order is free, the callbacks out of turn come before them."""
        engine = self.engine
        size = engine.events - engine.events_left, engine.gaps
        return (engine.out_of_turn, *size) if self.bounds.any_order else size  # what stock asyncio can do comes first

    def identifies(self) -> bool | None:
        """Say whether enough can follow that identifying the state may be worth its cost."""
        left = self.engine.events_left
        if left > 1:
            return True
        dependency = self.dependency
        if dependency is None:
            return False
        return None if dependency.done() else (left > 0 or self.actor.steps_left > 0 or None)

    def unread(self) -> int | None:
        """Return what the fingerprint leaves out: the dependency's number of requests."""
        dependency = self.dependency
        known = self.count_matters or type(dependency) is not self._dependency_class
        return None if known else dependency.count()  # type: ignore[union-attr]

    def fingerprinter(self) -> Fingerprinter:
        """Make the fingerprinter; what a candidate keeps need not be looked at."""
        return Fingerprinter(
            self.loop, Scope(self.subject.function if self.keeps else None), self.engine, *self.unchanging()
        )

    def state(self) -> State:
        """Return the state, without what is the same in all gaps, and without the events that are left."""
        engine = self.engine
        if not self.count_matters and engine.fingerprinter.reads_counts:  # type: ignore[union-attr]  # it is in use
            self.count_matters = True
        plain, roots = self.standing()
        return (self.timers_left, self.engine.idle, self.settled, *plain), (*roots, self._polling.place)

    def standing(self) -> State:
        """Return the same without the number of gaps in which nothing was done."""
        stepping = 0 if self.stepping is None else self.stepping.bit
        plain = (self.inside, self.open_calls, self.early, self.disturbed, stepping)
        return plain, (*self.calls, self.actor, self.dependency, self.child, self.probes)

    # Reports of calls and the dependency

    def on_exit(self, call: Call, how: str, error: BaseException | None) -> None:
        """Close the call, and the execution with the last one."""
        call.leave(how, error, suppressed=self.actor.suppressed)
        self.open_calls -= 1
        self.engine.closed = not self.open_calls
        for each in self.calls:
            if not each.entered:
                self.early = True
