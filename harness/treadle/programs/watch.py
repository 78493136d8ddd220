"""Watch over the executions of a program: whether it lives, has time left, and whether a step of it does not end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from treadle.explorer import NOT_ENDED, Execution, StepTimeoutError, Watchdog
from treadle.programs.doubt import Doubt
from treadle.programs.outside import Outside
from treadle.programs.problems import NONDETERMINISM, NOT_COVERED, UNSUPPORTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from treadle.explorer import Scheduler, Subtree, Tally
    from treadle.programs.problems import Outcome
    from treadle.programs.run import Run


class Watch:
    """Runs a program under a watchdog; it is itself the program that is explored.

    `progress(0)` is called now and then as a sign of life. At `deadline` (by `time.monotonic`) the execution under way
    is cut off, and with it the search. `swallowed` is called when a step goes on although it was interrupted.
    """

    def __init__(
        self, progress: Callable[[int], object], swallowed: Callable[[], None], deadline: float | None
    ) -> None:
        """Watch from `__enter__` to `__exit__`."""
        self.deadline = deadline
        self._progress = progress
        self._run: Run | None = None
        self.outside = Outside()
        self.doubt: Doubt | None = None  # as soon as there is a program
        self.unsupported = ""  # what the program needs and the loop has not, as soon as one execution has shown it
        self._before = 0
        self._watchdog = Watchdog(self._look, noticed=self._notice, swallowed=swallowed)
        self._watchdog.paused = True  # but for executions: to count what they have shown may take a while

    def __enter__(self) -> Self:
        """Arm the watchdog."""
        self.outside.__enter__()
        self._watchdog.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disarm it."""
        self._watchdog.__exit__(kind, error, trace)
        self.outside.__exit__(kind, error, trace)

    def over(self, run: Run, *, deadline: float | None = None) -> Self:
        """Watch this run from now on, up to a deadline of its own."""
        if self._run is not None:
            self._before += self._run.callbacks_ever
        self._run = run
        if self.doubt is None:
            self.doubt = Doubt(run.source.shows, run.source.function)
        self.deadline = run.deadline = deadline
        run.outside = self.outside
        return self

    def run(self, scheduler: Scheduler) -> Execution[Outcome]:
        """Run the program once; see `explorer.Program`."""
        self.doubt.begin()  # type: ignore[union-attr]  # set by `over`
        self._watchdog.paused = False
        try:
            execution = self._run.run(scheduler)  # type: ignore[union-attr]  # set by `over`
        except StepTimeoutError:  # between two callbacks
            return Execution(NOT_COVERED, (0, 0, 0, 0), cut=False, fatal=f"a step of the program {NOT_ENDED}")
        finally:
            self._watchdog.paused = True
        if execution.fatal.startswith(UNSUPPORTED):
            self.unsupported = execution.fatal
        self.doubt.end(execution)  # type: ignore[union-attr]
        return execution

    def blame(self, reason: str) -> str:
        """Return why a search was cut off, and what may be the cause if two runs differed.

        Where something goes on outside of the loop that is to blame, and not the program.
        """
        if not self.unsupported and reason.startswith(NONDETERMINISM):
            self.unsupported = self.outside.met
            if not self.unsupported and self.doubt is not None:
                reason = f"{reason}. {self.doubt.name_causes(self.run)}"
        return self.unsupported or reason

    def began_with(self, outcome: Outcome) -> bool:
        """Say whether the first execution ended so."""
        return self.doubt is not None and self.doubt.began_with(outcome)

    def doubts(self, subtree: Subtree | None) -> str:
        """Run the first schedule again; return why the search must count as cut off, or nothing."""
        if self.doubt is None or self._run is None:
            return ""
        found = self.doubt.run_again(self.run, subtree, self._run.bounds.events)
        return f"{NONDETERMINISM}{found}" if found else ""

    def doubts_of_what_was_drawn(self, tallies: Mapping[Outcome, Tally]) -> str:
        """Run again what was drawn and went wrong; return why the search must count as cut off, or nothing."""
        found = "" if self.doubt is None else self.doubt.look_again(self.run, tallies)
        return f"{NONDETERMINISM}{found}" if found else ""

    def _look(self) -> int:
        """Count the callbacks of all executions; called at each tick."""
        self._progress(0)
        if self._run is not None and self.deadline is not None and time.monotonic() > self.deadline:
            self._run.look_soon()
        if self._run is None:
            return self._before
        if self._run.identifying:  # that comes to an end, however slow the machine is
            self._before += 1
        return self._before + self._run.callbacks_ever

    def _notice(self) -> None:
        if self._run is not None:
            self._run.spinning = True
