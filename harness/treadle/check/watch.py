"""Watch over the executions of one cell: whether it lives, has time left, and whether one of its steps does not end.

All of it rides on the watchdog, which looks now and then from a signal handler, so it costs an execution next to
nothing and works however long a single execution takes. A search looks at the clock only after many executions.
"""

from __future__ import annotations

import _thread
import contextlib
import time
from typing import TYPE_CHECKING, Self

from treadle.check.refused import REFUSED, threads_told
from treadle.explorer import Execution, StepTimeoutError, Watchdog
from treadle.situation import CallOutcome
from treadle_models.spec import Observation

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from treadle.explorer import Scheduler
    from treadle.situation import Outcome, Play

    Progress = Callable[[int], object]

TIME_IS_UP = "the time limit was reached"
ENDLESS = "one execution ran callback after callback for more than 10 seconds"

# Quicker than `threading.active_count`, and knows of all threads.
_count_threads: Callable[[], int] = _thread._count  # noqa: SLF001 - it has no public name

# In ticks of the watchdog, at which one execution is still the same.
_ENDLESS = 7
_OVERDUE = 1


class Watch:
    """Runs plays, one after the other, under one watchdog; it is itself the program that is explored.

    `progress(0)` is called while callbacks are being run, as a sign of life. After `deadline` (by `time.monotonic`) the
    execution under way is the last one. `swallowed` is called when a step goes on although it was interrupted. An
    execution that had to be interrupted shows no outcome, but for a step that did not end.
    """

    def __init__(self, *, progress: Progress, swallowed: Callable[[], None], deadline: float | None) -> None:
        """Watch from `__enter__` to `__exit__`."""
        self.spinning = False
        self._progress = progress
        self._deadline = deadline
        self._overdue = False
        self._interrupted = ""
        self._play: Play | None = None
        self._surroundings = contextlib.ExitStack()  # what the target finds around it, as soon as there is one
        self._before = 0
        self._seen = -1
        self._runs = 0
        self._same = (0, 0)  # an execution, and the number of ticks that it has seen
        self._watchdog = Watchdog(self._look, noticed=self._notice, swallowed=swallowed)
        self._watchdog.paused = True  # but for executions: to count what they have shown may take a while

    def __enter__(self) -> Self:
        """Arm the watchdog."""
        self._watchdog.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disarm it."""
        self._watchdog.__exit__(kind, error, trace)
        self._surroundings.close()

    def over(self, play: Play) -> Watch:
        """Watch this play from now on."""
        if self._play is None:
            self._surroundings.enter_context(play.surroundings())
        else:
            self._before += self._play.callbacks_ever
        self._play = play
        self._runs += 1
        return self

    def extend(self, deadline: float | None) -> None:
        """Set a later deadline, and forget that there was one."""
        self._deadline = deadline
        self._overdue = False
        self._interrupted = ""

    def run(self, scheduler: Scheduler) -> Execution[Outcome]:
        """Run the play once; see `explorer.Program`."""
        self._runs += 1
        self._watchdog.paused = False
        threads = _count_threads()
        try:
            execution = self._play.run(scheduler)  # type: ignore[union-attr]  # set by `over`
        except StepTimeoutError:  # between two callbacks
            execution = Execution((), (0, 0), cut=False)
        finally:
            self._watchdog.paused = True
        if self.spinning:
            calls = execution.outcome or (CallOutcome(Observation(), "running", ""),)
            seen = tuple(
                CallOutcome(Observation(spinning=True, itself=call.observation.itself), call.ending, "does not end")
                for call in calls
            )
            return execution._replace(outcome=seen)
        if self._interrupted:
            return execution._replace(outcome=(), fatal=self._interrupted)
        if _count_threads() > threads:
            return execution._replace(outcome=(), fatal=f"{REFUSED}{threads_told()}")
        if self._overdue:
            return execution._replace(fatal=execution.fatal or TIME_IS_UP)
        return execution

    def _look(self) -> int:
        """Count the callbacks of all plays; called at each tick."""
        if self._play is not None and self._play.identifying:  # that comes to an end, however slow the machine is
            self._before += 1
        count = self._before + (0 if self._play is None else self._play.callbacks_ever)
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
            if self._play is not None:
                self._play.loop.stopping = True  # in the next gap: the target may swallow what is raised here
            raise StepTimeoutError(self._interrupted)
        return count

    def _notice(self) -> None:
        self.spinning = True
        if self._play is not None:
            self._play.spinning = True
