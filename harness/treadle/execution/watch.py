"""Watch over executions: whether a step of one does not end.

It rides on the watchdog, which looks now and then from a signal handler, so it costs an execution next to nothing and
works however long a single execution takes.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from treadle.explorer import StepTimeoutError, Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from treadle.execution.world import World
    from treadle.explorer import Execution, Scheduler

    Progress = Callable[[int], object]

O = TypeVar("O")  # noqa: E741 - an outcome


class Watch(Generic[O]):
    """Runs worlds, one after the other, under one watchdog; it is itself the program that is explored.

    `progress(0)` is called now and then as a sign of life. `swallowed` is called when a step goes on although it was
    interrupted. What else is to be seen to at a tick, and what an interrupted execution shows, a subclass says.
    """

    def __init__(self, progress: Progress, swallowed: Callable[[], None]) -> None:
        """Watch from `__enter__` to `__exit__`."""
        self._progress = progress
        self._world: World[O] | None = None
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

    def turn_to(self, world: World[O]) -> None:
        """Watch this world from now on."""
        if self._world is not None:
            self._before += self._world.engine.callbacks_ever
        self._world = world

    def run_watched(self, scheduler: Scheduler) -> Execution[O]:
        """Run the world once; see `explorer.Program`."""
        self._watchdog.paused = False
        try:
            return self._world.run(scheduler)  # type: ignore[union-attr]  # set by `turn_to`
        except StepTimeoutError:  # between two callbacks
            return self._interrupted_execution()
        finally:
            self._watchdog.paused = True

    def _interrupted_execution(self) -> Execution[O]:
        """Return what stands for an execution that was interrupted between two callbacks."""
        raise NotImplementedError

    def _count(self) -> int:
        """Count the callbacks of all executions, and the modules that a step imports."""
        done = self._before + len(sys.modules)
        if self._world is None:
            return done
        engine = self._world.engine
        if engine.identifying:  # that comes to an end, however slow the machine is
            self._before += 1
            done += 1
        return done + engine.callbacks_ever

    def _look(self) -> int:
        """Count what has been done; called at each tick."""
        self._progress(0)
        return self._count()

    def _notice(self) -> None:
        """Hear that a step does not end."""
        if self._world is not None:
            self._world.engine.spinning = True
            self._world.loop.stopping = True  # in the next gap: the program may swallow what is raised here
