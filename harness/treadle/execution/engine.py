"""Run an execution: callbacks run, and in the gaps between them actions may be done, until it is over.

A world says what can be done and what it means (see `world`); a scheduler chooses (see `explorer.program`). The engine
counts, keeps the order, and remembers.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

from treadle.execution.gaps import Gaps
from treadle.explorer import Execution, StepTimeoutError

if TYPE_CHECKING:
    from treadle.explorer import Scheduler

O = TypeVar("O")  # noqa: E741 - an outcome


class Engine(Gaps[O]):
    """Runs one world any number of times; it is the program that is explored.

    These describe the current execution. `gaps`: the gaps so far in which there could be a choice. `callbacks`: those
    that have run. `events_left`: what is left of `events`. `actions`: those that were done. `out_of_turn`: callbacks
    that ran out of turn. `idle`: the gaps since the last action. `cut`: a bound was used up. `closed`: nothing is
    chosen any more. `pruned`: the search knows what follows. `spinning`, set by a watchdog: a step did not end.
    `identifying`: no step is running, but a state is being read.
    """

    __slots__ = ()

    def run(self, scheduler: Scheduler) -> Execution[O]:
        """Run once and return how it ended; see `explorer.Program`."""
        return copy_context().run(self._run, scheduler) if self.world.keeps else self._run(scheduler)

    def _run(self, scheduler: Scheduler) -> Execution[O]:
        self.begin(scheduler)
        world = self.world
        outcome: O | None = None
        try:
            self._run_to_the_end()
            if not self.pruned:
                outcome = world.outcome()
        finally:
            self.closed = True
            world.clear()
        concluded, fatal = world.conclude(outcome)
        return Execution(concluded, world.size(), self.cut, fatal)

    def _run_to_the_end(self) -> None:
        world = self.world
        step = self._switch if self._noting else self.gap
        try:
            world.begin()
            self.loop.run(step)
            if self.pruned and self.fingerprinter is not None and self.fingerprinter.keeps:
                self._finish()
        except StepTimeoutError:
            pass
        except BaseException as error:
            if not world.takes(error):
                raise
        finally:
            if self._noting:
                self.account.off()

    def _finish(self) -> None:
        """Run to the end although the search knows what follows: a program that counts up must count down again.

        Otherwise the next execution would find values in what is kept that no complete execution leaves.
        """
        cut, search = self.cut, self._search
        self._search = None
        self.scheduler = self.world.by_default()
        self.events_left = 0
        self.pruned = False
        try:
            self.loop.run(self._switch if self._noting else self.gap)
        finally:
            self._search = search
            self.cut = cut
            self.pruned = True
