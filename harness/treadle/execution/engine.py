"""The one way to run an execution: callbacks run, in the gaps between them something may be done, until it is over.

What may be done, and what it means, is the business of a world (see `world`); who chooses, that of a scheduler (see
`explorer.program`). The engine counts, keeps the order of things, and remembers.
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
    """Runs one world any number of times; it is itself the program that is explored.

    Of the execution under way: `gaps` so far in which something might have been chosen; `callbacks` that have run;
    `events_left` of so many `events`; `actions` that were done; callbacks that ran `out_of_turn`; how many gaps it was
    `idle`, since something was done. `cut`: a bound was used up. `closed`: nothing is chosen any more. `pruned`: the
    search knows what follows. `spinning`, set by a watchdog: a step did not end. `identifying`: no step is under way,
    but a state is looked at.
    """

    __slots__ = ()

    def run(self, scheduler: Scheduler) -> Execution[O]:
        """Run once and say how it ended; see `explorer.Program`."""
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
        """Go on to the end, where what follows is known: a program that counts up has to count down again.

        What it keeps would else be, in the next execution, what it is at no end.
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
