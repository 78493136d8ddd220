"""Watch over the executions of one cell: report progress, keep a deadline, and interrupt a step that does not end.

See `execution.watch`. A search looks at the clock only after many executions.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from treadle.check.outside import CheckOutside
from treadle.check.refused import REFUSED, uncounted_told
from treadle.execution import Standstill, Watch
from treadle.explorer import CAUSES, NONDETERMINISM, Execution, ReplayScheduler, StepTimeoutError
from treadle.situation import CallOutcome, Outcome, SituationWorld
from treadle.situation.patience import GUESSED, gave_up
from treadle_models.spec import Observation

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from treadle.explorer import Scheduler
    from treadle.schedule import Schedule

    Progress = Callable[[int], object]

TIME_IS_UP = "the time limit was reached"
ENDLESS = "one execution ran callback after callback for more than 10 seconds"

# Ticks of the watchdog that a single execution may last.
_ENDLESS = 7
_OVERDUE = 1


class CheckWatch(Watch[Outcome]):
    """Runs worlds, one after the other, under one watchdog.

    After `deadline` (by `time.monotonic`) the current execution is the last one. An execution that had to be
    interrupted has no outcome, except for a step that did not end.
    """

    def __init__(
        self,
        *,
        progress: Progress = lambda _: None,
        swallowed: Callable[[], None] = lambda: None,
        deadline: float | None = None,
    ) -> None:
        """Watch from `__enter__` to `__exit__`."""
        super().__init__(progress, swallowed)
        self.spinning = False
        self._deadline = deadline
        self._overdue = False
        self._interrupted = ""
        self._outside = CheckOutside()
        self._surroundings = contextlib.ExitStack()  # entered as soon as there is a target
        self._seen = -1
        self._runs = 0
        self._first: Execution[Outcome] | None = None  # of the world that is watched
        self._same = (0, 0)  # an execution, and the number of ticks that it has lasted

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the watchdog, and leave the surroundings."""
        super().__exit__(kind, error, trace)
        self._surroundings.close()

    def over(self, world: SituationWorld) -> CheckWatch:
        """Watch this world from now on."""
        if self._world is None:
            self._surroundings.enter_context(world.surroundings())
            if world.keeps:  # a candidate starts nothing
                self._surroundings.enter_context(self._outside)
        self._outside.world = world
        self.turn_to(world)
        self._runs += 1
        self._first = None
        return self

    def doubts(self, first: Schedule = ()) -> str:
        """Run the first schedule of the search again; return why it must count as cut off, or nothing.

        A target that keeps state may take the same path to another end, which a search, comparing only choice points,
        misses.
        """
        before = self._first
        if before is None or before.fatal:
            return ""
        again = self.run(ReplayScheduler(first))
        if again.fatal or (again.outcome, again.size) == (before.outcome, before.size):
            return ""
        return f"{NONDETERMINISM}the first schedule was run again and ended differently. {CAUSES}"

    def extend(self, deadline: float | None) -> None:
        """Set another deadline, and forget that the last one has passed."""
        self._deadline = deadline
        self._overdue = False
        self._interrupted = ""

    @property
    def _standstill(self) -> Standstill[Outcome] | None:
        return self._world.standstill if isinstance(self._world, SituationWorld) else None

    @property
    def _uncounted(self) -> str:
        """Return the class of what an owner has yielded, if its cancellations cannot be seen; else nothing."""
        world = self._world
        return world.uncounted if isinstance(world, SituationWorld) and world.keeps else ""

    @property
    def guessed(self) -> bool:
        """Say whether an execution of the watched world was only guessed to go on for ever."""
        return self._standstill is not None and self._standstill.guessed

    def lasting(self) -> tuple[object, ...] | None:
        """Return what executions have brought up so far that lasts; None for what only the executions can show."""
        world, grown = self._world, super().lasting()
        if not isinstance(world, SituationWorld) or grown is None or self.spinning or world.setup_error is not None:
            return None
        standstill = () if world.standstill is None else world.standstill.lasting
        return world.count_matters, world.uncounted, tuple(world.refused_at), standstill, grown

    def gave_up(self) -> str:
        """Say what was not tried in the watched world, or nothing."""
        world, standstill = self._world, self._standstill
        if not isinstance(world, SituationWorld) or standstill is None:
            return ""
        if standstill.gave_up:
            return gave_up(world.bounds.events + world.bounds.steps)
        return GUESSED if standstill.guessed else ""

    def run(self, scheduler: Scheduler) -> Execution[Outcome]:
        """Run the world once; see `explorer.Program`."""
        execution = self._run(scheduler)
        if self._first is None:
            self._first = execution
        return execution

    def _run(self, scheduler: Scheduler) -> Execution[Outcome]:
        self._runs += 1
        self._outside.begin()
        execution = self.run_watched(scheduler)
        if isinstance(self._world, SituationWorld) and self._world.loop.unsupported is not None:
            self._world.refused_at = [*self._outside.started_at, *self._world.refused_at]
        if self.spinning:
            calls = execution.outcome or (CallOutcome(Observation(), "running", ""),)
            seen = tuple(
                CallOutcome(Observation(spinning=True, itself=call.observation.itself), call.ending, "does not end")
                for call in calls
            )
            return execution._replace(outcome=seen)
        if self._interrupted:
            return execution._replace(outcome=(), fatal=self._interrupted)
        if threads := self._outside.told():
            return execution._replace(outcome=(), fatal=f"{REFUSED}{threads}")
        if uncounted := self._uncounted:
            return execution._replace(outcome=(), fatal=f"{REFUSED}{uncounted_told(uncounted)}")
        if self._overdue:
            return execution._replace(fatal=execution.fatal or TIME_IS_UP)
        return execution

    def _interrupted_execution(self) -> Execution[Outcome]:
        return Execution((), (0, 0), cut=False)

    def _look(self) -> int:
        """Count the callbacks of all worlds; called at each tick."""
        count = self._count()
        if count == self._seen:
            if self._watchdog.paused:
                self._progress(0)
            return count
        self._seen = count
        self._progress(0)
        self._overdue = self._deadline is not None and time.monotonic() > self._deadline
        runs, ticks = self._same
        self._same = (self._runs, ticks + 1 if runs == self._runs else 0)
        if self._same[1] >= _ENDLESS or (self._overdue and self._same[1] >= _OVERDUE):
            self._interrupted = TIME_IS_UP if self._overdue else ENDLESS
            if self._world is not None:
                self._world.loop.stopping = True  # in the next gap: the target may swallow what is raised here
            raise StepTimeoutError(self._interrupted)
        return count

    def _notice(self) -> None:
        self.spinning = True
        super()._notice()
