"""The environment of a program: what it may do in each gap, and how it acts.

In each gap it may do what the program has declared; each action takes an event of the bound. When no callback is left,
it completes a declared future or lets time pass, which is free; if it can do neither, the program is stuck.

A program that polls never comes to rest. After `patience` callbacks without an action, the environment takes a free
action if there is one, although the program is busy, and disturbs it no more. What it might have done then is not
tried, so the search does not say *holds*. After `callbacks` the execution is endless. If hundreds of callbacks are
ready at that moment, the program is large rather than polling, and gets as many rounds as others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.execution import Action, Standstill, World
from treadle.explorer import StepTimeoutError
from treadle.outside import FAULTS, OUTSIDE
from treadle.programs.actions import PAID, ProgramAction
from treadle.programs.declarations import Declarations
from treadle.programs.env import Env, begin_execution
from treadle.programs.problems import ProgramOutcome
from treadle.schedule import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.execution import Engine
    from treadle.programs.bounds import ProgramBounds
    from treadle.programs.refusing import RefusingLoop

# Timers after which an execution is endless.
_TIMERS_LIMIT = 1_000
# A program with more ready callbacks than this is large.
_MANY_READY = 100

_TIME_PASSES = "a timer fires"
_TOGETHER = (
    "two threads of executors were under way at once, and what one does between two lines of the other was not tried: "
    "a thread runs on until it sleeps, waits or ends"
)


def gave_up(bounds: ProgramBounds) -> str:
    """Say that some executions were no longer disturbed, and which option changes that."""
    return (
        f"some executions go on for more than {bounds.patience:,} callbacks, or {bounds.timers:,} timers, after the "
        f"environment has acted last, and what it may do then was not tried; try --patience {bounds.patience * 10}"
    )


class ProgramEnvironment(World[ProgramOutcome]):
    """What a program has declared, and which actions were taken.

    `timers`: how many have fired since the last other action. `passed_at`: the gap in which time passed last; callbacks
    of that timer run before it passes again. `endless`: the program goes on although nobody disturbs it. `standstill`
    knows whether an execution so far was no longer disturbed when that might have made a difference.
    """

    loop: RefusingLoop
    engine: Engine[ProgramOutcome]

    def __init__(self, loop: RefusingLoop, bounds: ProgramBounds) -> None:
        """Prepare."""
        self.loop = loop
        self.bounds = bounds
        self.env = Env(loop)
        self.declared = Declarations()
        loop.threads.together = False
        self.standstill = Standstill(self)
        self._time_passes = Action(_TIME_PASSES, loop.fire_timer, is_timer=True)
        self._half = bounds.patience // 2, bounds.timers // 2  # half of the patience, in callbacks and in timers

    def begin(self) -> None:
        """Begin an execution, with nothing declared."""
        self.declared = begin_execution(self.env, self._choose)
        self.engine.idle = -1
        self.standstill.calm = False
        self.patience = self._half[0]
        self.most_idle = self.bounds.callbacks
        self.timers = 0
        self.passed_at = -1
        self.endless = False
        self.is_ordering = False  # the state of this gap was looked up already

    def _choose(self, options: int) -> int:
        return self.engine.scheduler.choose(Kind.CHOICE, options)

    def not_tried(self) -> str:
        """Say what the search did not try, so that it must not say *holds*; empty if it tried everything."""
        if self.standstill.gave_up:
            return gave_up(self.bounds)
        return _TOGETHER if self.loop.threads.together else ""

    def hear(self, context: dict[str, object]) -> None:
        """Take a report to the loop's exception handler."""
        raise NotImplementedError

    def loses_patience(self) -> bool | None:
        """Stop disturbing a program that goes on for too long; now and then take a free action, if there is one."""
        engine = self.engine
        could_act = engine.events_left > 0 and bool(self.offers())
        if engine.idle < self.bounds.patience and self.timers < self.bounds.timers:
            if could_act:
                self.standstill.note()
            return None
        if could_act:
            self.standstill.give_up()
        if engine.idle == self.bounds.callbacks:
            self.most_idle = engine.idle * max(1, len(self.loop.ready) // _MANY_READY)
        if engine.idle >= self.most_idle:
            self.endless = not self._act_for_nothing()
            return not self.endless
        if engine.idle and engine.idle % self.bounds.patience == 0:
            self._act_for_nothing()
        return not engine.pruned

    def _act_for_nothing(self) -> bool:
        """Take a free action, if there is one."""
        free = self._free()
        return bool(free) and self.engine.take(free)

    def offers(self) -> Sequence[Action]:
        """Return all actions that are possible; time may pass once in a gap."""
        loop, free = self.loop, self.declared.free
        options = self._paid()
        if free.actions:
            options += free.open()
        if loop.under_way.ways:
            options += loop.under_way.open()
        if loop._scheduled and self.passed_at != self.engine.gaps and loop.may_pass:
            options.append(self._time_passes)
        return options

    def _free(self) -> list[Action]:
        """Return the free actions. Time waits for what is under way outside; a timer that is due does not."""
        loop = self.loop
        arriving = loop.under_way.open()
        options: list[Action] = [*self.declared.free.open(), *arriving]
        if (not arriving or loop.is_slow or loop.is_timer_due) and self._may_pass():
            options.append(self._time_passes)
        return options

    def _paid(self) -> list[Action]:
        """Return the actions that always take an event."""
        paid = self.declared.paid
        options: list[Action] = [*paid.open()] if paid.actions else []
        if self.loop.faults.allowed is not None:
            options += self.loop.faults.open()
        return options

    def _may_pass(self) -> bool:
        return self.loop.next_timer() is not None and self.timers < _TIMERS_LIMIT

    def spent(self, *, here: bool) -> bool:
        """Go on without events; note that the bound has cut something off if an action was possible."""
        if here:
            return not self.engine.seen()
        self.engine.cut = self.engine.cut or bool(self.offers())
        return True

    def at_rest(self) -> tuple[Sequence[Action | None], int]:
        """Return the free actions, or None in their place, then those that take an event, and the number of these."""
        free = self._free()
        paid = self._paid()
        if free and free[-1] is not self._time_passes and self._may_pass():
            paid.append(self._time_passes)
        if self.timers >= self.bounds.timers or not self.engine.events_left:
            self.engine.cut = self.engine.cut or bool(paid)
            if self.engine.events_left and paid:
                self.standstill.give_up()
            paid = []
        elif paid and self.timers > self.bounds.timers // 2:
            self.standstill.note()
        options: list[Action | None] = [*free, *paid] if free else [None, *paid]
        return options, len(paid)

    def rests(self) -> None:
        """Note that no action is possible; if timers are left, the program would go on for ever."""
        self.endless = self.loop.next_timer() is not None

    def do(self, action: Action) -> None:
        """Take an action; report what a function of the program raises."""
        self.most_idle = self.bounds.callbacks
        self.standstill.calm = False
        if action is self._time_passes:
            self.timers += 1
            self.passed_at = self.engine.gaps
        else:
            self.timers = 0
            if isinstance(action, ProgramAction):
                action.left -= 1
        callbacks, timers = self._half
        self.patience = callbacks if self.timers <= timers else -1
        try:
            action.do()
        except (SystemExit, KeyboardInterrupt, StepTimeoutError):
            raise
        except BaseException as error:  # noqa: BLE001 - from a function of the program
            self.hear({"message": f"Exception in {action.name!r}", "exception": error})
        self.declared.settle()

    def again(self, key: object) -> Action | None:
        """Return the action with this key, which an earlier execution has taken, if it is possible now."""
        if isinstance(key, Action):
            return key
        if not isinstance(key, tuple):
            return None
        sort, number = key
        if sort is OUTSIDE:
            return self.loop.under_way.find(number)
        if sort is FAULTS:
            return self.loop.faults.find(number)
        return (self.declared.paid if sort is PAID else self.declared.free).find(number)

    def orders(self) -> bool:
        """Say whether to try other callbacks as the next one; not in a state that was visited already."""
        if self.engine.idle >= self.bounds.patience:
            self.standstill.give_up()
            return False
        self.is_ordering = True
        known = self.engine.seen()
        self.is_ordering = False
        return not known
