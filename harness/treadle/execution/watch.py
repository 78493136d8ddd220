"""Watch executions for a step that does not end.

It uses the watchdog, which looks from a signal handler at intervals. So it costs an execution almost nothing, and works
however long a single execution takes.
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
    """Runs worlds, one after the other, under one watchdog; it is the program that is explored.

    `progress(0)` is called at intervals as a sign of life. `swallowed` is called when a step goes on although it was
    interrupted. A subclass says what else to do at a tick, and what the outcome of an interrupted execution is.
    """

    def __init__(self, progress: Progress, swallowed: Callable[[], None]) -> None:
        """Watch from `__enter__` to `__exit__`."""
        self._progress = progress
        self._world: World[O] | None = None
        self._before = 0
        self._watchdog = Watchdog(self._look, noticed=self._notice, swallowed=swallowed)
        self._watchdog.paused = True  # except in executions: counting their results may take a while

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

    def lasting(self) -> tuple[object, ...] | None:
        """Return what executions have brought up so far that lasts, for `explorer.marks`; None if unknown."""
        world = self._world
        if world is None or world.engine.spinning:
            return None
        fingerprinter = world.engine.fingerprinter
        return () if fingerprinter is None else fingerprinter.grown

    def brings_up_code(self) -> bool:
        """Say whether code has run for the first time since the last state was looked at."""
        return self._world is not None and self._world.engine.account.has_fresh()

    def _interrupted_execution(self) -> Execution[O]:
        """Return the result for an execution that was interrupted between two callbacks."""
        raise NotImplementedError

    def _count(self) -> int:
        """Count the callbacks of all executions, and the modules that a step imports."""
        done = self._before + len(sys.modules)
        if self._world is None:
            return done
        engine = self._world.engine
        if engine.identifying:  # this ends, however slow the machine is
            self._before += 1
            done += 1
        return done + engine.callbacks_ever

    def _look(self) -> int:
        """Return the count of progress; called at each tick."""
        self._progress(0)
        return self._count()

    def _notice(self) -> None:
        """React to a step that does not end."""
        if self._world is not None:
            self._world.engine.spinning = True
            self._world.loop.stopping = True  # in the next gap: the program may swallow the error raised here
