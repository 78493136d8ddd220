"""Watch over executions of a program: report progress, keep a deadline, and interrupt a step that does not end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from treadle.execution import Watch
from treadle.explorer import NONDETERMINISM, NOT_ENDED, Execution
from treadle.programs.doubt import Doubt
from treadle.programs.outside import Outside
from treadle.programs.problems import NOT_COVERED, UNSUPPORTED, ProgramOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from treadle.explorer import Scheduler, Tally
    from treadle.programs.world import ProgramWorld
    from treadle.schedule import Schedule


class ProgramWatch(Watch[ProgramOutcome]):
    """Runs a program under a watchdog.

    At `deadline` (by `time.monotonic`) the current execution is cut off, and with it the search.
    """

    _world: ProgramWorld | None

    def __init__(
        self, progress: Callable[[int], object], swallowed: Callable[[], None], deadline: float | None
    ) -> None:
        """Watch from `__enter__` to `__exit__`."""
        super().__init__(progress, swallowed)
        self.deadline = deadline
        self.outside = Outside()
        self.doubt: Doubt | None = None  # set as soon as there is a program
        self.unsupported = ""  # what the program needs and the loop cannot provide, once an execution has shown it

    def __enter__(self) -> Self:
        """Start the watchdog, and note what is started outside of the loop."""
        self.outside.__enter__()
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the watchdog, and note no more."""
        super().__exit__(kind, error, trace)
        self.outside.__exit__(kind, error, trace)

    def over(self, run: ProgramWorld, *, deadline: float | None = None) -> Self:
        """From now on watch this program, up to this deadline."""
        self.turn_to(run)
        if self.doubt is None:
            self.doubt = Doubt(run.source)
        self.deadline = run.deadline = deadline
        run.outside = self.outside
        return self

    def run(self, scheduler: Scheduler) -> Execution[ProgramOutcome]:
        """Run the program once; see `explorer.Program`."""
        self.doubt.begin()  # type: ignore[union-attr]  # set by `over`
        execution = self.run_watched(scheduler)
        if execution.fatal.startswith(UNSUPPORTED):
            self.unsupported = execution.fatal
        self.doubt.end(execution)  # type: ignore[union-attr]
        return execution

    def lasting(self) -> tuple[object, ...] | None:
        """Return what executions have brought up so far that lasts; None for what only the executions can show."""
        world, grown = self._world, super().lasting()
        if world is None or grown is None or self.outside.started or self.unsupported:
            return None
        return world.standstill.lasting, world.loop.threads.together, len(world.source.usual), grown

    def keeps_nothing(self) -> bool:
        """Say whether the program keeps the same now as after its first execution, as far as that can be seen."""
        return self.doubt is not None and self.doubt.keeps_nothing()

    def blame(self, reason: str) -> str:
        """Return why a search was cut off, with possible causes if two runs differed.

        If something went on outside of the loop, that is the reason instead.
        """
        if not self.unsupported and reason.startswith(NONDETERMINISM):
            self.unsupported = self.outside.met
            if not self.unsupported and self.doubt is not None:
                reason = f"{reason}. {self.doubt.name_causes(self.run)}"
        return self.unsupported or reason

    def began_with(self, outcome: ProgramOutcome) -> bool:
        """Say whether the first execution ended with this outcome, and not by chance."""
        return self.doubt is not None and self.doubt.began_with(outcome)

    def doubts(self, first: Schedule, *, found: bool) -> str:
        """Run the first schedule of the search again; return why the search must count as cut off, or nothing.

        `found` says whether the search has found a violation.
        """
        if self.doubt is None or self._world is None:
            return ""
        differs = self.doubt.run_again(self.run, first, self._world.bounds.events, found=found)
        return f"{NONDETERMINISM}{differs}" if differs else ""

    def doubts_of_what_was_drawn(self, tallies: Mapping[ProgramOutcome, Tally]) -> str:
        """Run drawn schedules that went wrong again; return why the search must count as cut off, or nothing."""
        found = "" if self.doubt is None else self.doubt.look_again(self.run, tallies)
        return f"{NONDETERMINISM}{found}" if found else ""

    def _interrupted_execution(self) -> Execution[ProgramOutcome]:
        return Execution(NOT_COVERED, (0, 0, 0, 0), cut=False, fatal=f"a step of the program {NOT_ENDED}")

    def _look(self) -> int:
        """Check the deadline; called at each tick of the watchdog."""
        if self._world is not None and self.deadline is not None and time.monotonic() > self.deadline:
            self._world.look_soon()
        return super()._look()
