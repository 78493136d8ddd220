"""Decide when an execution of a program is over: nothing is left to run, an invariant is broken, or a limit is reached.

A program that asks the environment for one thing after the other may never end. So an execution is cut off by time and
by its total of callbacks, and the search with it, which then never says *holds*.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from treadle.explorer import StepTimeoutError
from treadle.programs.bounds import CALLBACKS
from treadle.programs.environment import ProgramEnvironment
from treadle.programs.telling import describe_error

if TYPE_CHECKING:
    import asyncio

    from treadle.programs.outside import Outside

_RUN_DOWN = 1_000  # callbacks that may run after a program has ended

# An execution is cut off after _TOTAL times the callbacks that make one endless. The clock is read at intervals.
_TOTAL = 20
_CALLBACKS_BETWEEN_LOOKS = 256
TIME_IS_UP = "the time limit was reached"


class ProgramEnds(ProgramEnvironment):
    """Checks in each gap whether the execution is over.

    At `deadline`, by `time.monotonic`, it is `cut_off`. `outside` knows what was started without the loop, `main` is
    the program's own task, and `broken` is the invariant that does not hold.
    """

    deadline: float | None
    outside: Outside
    main: asyncio.Task[object] | None

    def begin(self) -> None:
        """Begin an execution."""
        super().begin()
        self.cut_off = ""  # why this execution, and with it the search, was cut off
        self.look_soon()
        self.declared.look_soon = self.look_soon
        self.broken = ""
        self._run_down_left = _RUN_DOWN

    def must_end(self) -> bool:
        """Say whether something has happened after which nothing more must run."""
        declared = self.declared
        if declared.misuse is not None:
            return True
        if self.engine.callbacks >= self._next_clock and self._is_to_be_cut_off():
            return True
        if declared.watched:
            self._let_go()
        if declared.paid.owned or declared.free.owned:
            declared.settle()
        if declared.invariants and self._breaks_invariant():
            return True
        self.engine.next_look = 0 if declared.need_looks else self._next_clock
        return False

    def look_soon(self) -> None:
        """Check everything in the next gap."""
        self.engine.next_look = self._next_clock = 0  # the second is for the clock, and for what goes on outside

    def _is_to_be_cut_off(self) -> bool:
        """Cut the execution off if its time is up, or if it had more callbacks than any execution may have."""
        callbacks = self.engine.callbacks
        self._next_clock = callbacks + _CALLBACKS_BETWEEN_LOOKS
        self.outside.look()
        if self.deadline is not None and time.monotonic() > self.deadline:
            self.cut_off = TIME_IS_UP
        elif callbacks > _TOTAL * max(self.most_idle, CALLBACKS):
            self.cut_off = f"an execution did not end within {callbacks:,} callbacks"
        return bool(self.cut_off)

    def _let_go(self) -> None:
        """Drop the declarations of tasks that have ended; that may free objects, and so run code of the program."""
        if any(each.task.done() for each in self.declared.watched):
            self.engine.account.on()
            self.declared.let_go(self.main)
            self.engine.account.off()

    def _breaks_invariant(self) -> bool:
        for each in self.declared.invariants:
            self.engine.account.on()
            try:
                holds = bool(each.predicate())
            except (SystemExit, KeyboardInterrupt, StepTimeoutError):
                raise
            except BaseException as error:  # noqa: BLE001 - the program's own
                self.broken = f"{each.sentence} (looking at it raised {describe_error(error)})"
                return True
            finally:
                self.engine.account.off()
            if not holds:
                self.broken = each.sentence
                return True
        return False

    def runs_down(self) -> bool:
        """Go on for a while after the program has ended, until nothing is ready and nothing under way."""
        self._run_down_left -= 1
        return self._run_down_left >= 0 and (bool(self.loop.ready) or self._arrives())

    def _arrives(self) -> bool:
        """Let what is under way arrive until something is ready."""
        while not self.loop.ready and self.loop.arrives():
            pass
        return bool(self.loop.ready)
