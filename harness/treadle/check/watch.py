"""Watch over the executions of one cell: whether it lives, has time left, and whether one of its steps does not end.

All of it rides on the watchdog, which looks now and then from a signal handler, so it costs an execution next to
nothing and works however long a single execution takes. A search looks at the clock only after many executions.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from treadle.explorer import Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from treadle.explorer import Execution, Scheduler
    from treadle.situation import Outcome, Play

    Progress = Callable[[int], object]

TIME_IS_UP = "the time limit was reached"


class Watch:
    """Runs plays, one after the other, under one watchdog; it is itself the program that is explored.

    `progress(0)` is called while callbacks are being run, as a sign of life. After `deadline` (by `time.monotonic`) the
    execution under way is the last one. `swallowed` is called when a step goes on although it was interrupted.
    """

    def __init__(self, *, progress: Progress, swallowed: Callable[[], None], deadline: float | None) -> None:
        """Watch from `__enter__` to `__exit__`."""
        self.spinning = False
        self._progress = progress
        self._deadline = deadline
        self._overdue = False
        self._play: Play | None = None
        self._before = 0
        self._seen = -1
        self._watchdog = Watchdog(self._look, noticed=self._notice, swallowed=swallowed)

    def __enter__(self) -> Self:
        """Arm the watchdog."""
        self._watchdog.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disarm it."""
        self._watchdog.__exit__(kind, error, trace)

    def over(self, play: Play) -> Watch:
        """Watch this play from now on."""
        if self._play is not None:
            self._before += self._play.callbacks_ever
        self._play = play
        return self

    def extend(self, deadline: float | None) -> None:
        """Set a later deadline."""
        self._deadline = deadline
        self._overdue = False

    def run(self, scheduler: Scheduler) -> Execution[Outcome]:
        """Run the play once; see `explorer.Program`."""
        execution = self._play.run(scheduler)  # type: ignore[union-attr]  # set by `over`
        if self._overdue and not execution.fatal:
            return execution._replace(fatal=TIME_IS_UP)
        return execution

    def _look(self) -> int:
        """Count the callbacks of all plays; called at each tick."""
        count = self._before + (0 if self._play is None else self._play.callbacks_ever)
        if count != self._seen:
            self._seen = count
            self._progress(0)
        if self._deadline is not None and time.monotonic() > self._deadline:
            self._overdue = True
        return count

    def _notice(self) -> None:
        self.spinning = True
        if self._play is not None:
            self._play.spinning = True
