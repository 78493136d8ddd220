"""Watch over the executions of a program: whether it lives, has time left, and whether a step of it does not end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from treadle.explorer import Execution, StepTimeoutError, Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from treadle.explorer import Scheduler
    from treadle.programs.problems import Outcome
    from treadle.programs.run import Run

TIME_IS_UP = "the time limit was reached"


class Watch:
    """Runs a program under a watchdog; it is itself the program that is explored.

    `progress(0)` is called now and then as a sign of life. After `deadline` (by `time.monotonic`) the execution under
    way is the last one. `swallowed` is called when a step goes on although it was interrupted.
    """

    def __init__(
        self, progress: Callable[[int], object], swallowed: Callable[[], None], deadline: float | None
    ) -> None:
        """Watch from `__enter__` to `__exit__`."""
        self.deadline = deadline
        self._progress = progress
        self._overdue = False
        self._run: Run | None = None
        self._before = 0
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

    def over(self, run: Run, *, deadline: float | None = None) -> Self:
        """Watch this run from now on, up to a deadline of its own."""
        if self._run is not None:
            self._before += self._run.callbacks_ever
        self._run = run
        self._overdue = False
        self.deadline = deadline
        return self

    def run(self, scheduler: Scheduler) -> Execution[Outcome]:
        """Run the program once; see `explorer.Program`."""
        self._watchdog.paused = False
        try:
            execution = self._run.run(scheduler)  # type: ignore[union-attr]  # set by `over`
        except StepTimeoutError:  # between two callbacks
            execution = Execution((), (0, 0, 0), cut=False, fatal="a step of the program did not end")
        finally:
            self._watchdog.paused = True
        if self._overdue:
            return execution._replace(fatal=execution.fatal or TIME_IS_UP)
        return execution

    def _look(self) -> int:
        """Count the callbacks of all executions; called at each tick."""
        self._progress(0)
        self._overdue = self.deadline is not None and time.monotonic() > self.deadline
        return self._before + (0 if self._run is None else self._run.callbacks_ever)

    def _notice(self) -> None:
        if self._run is not None:
            self._run.spinning = True
