"""Notice a step of the program that does not end.

A callback that spins never returns to the loop, so code that runs between callbacks cannot notice it. Instead, an
interval timer of the operating system interrupts the main thread. If the program has made no progress since the last
tick, `StepTimeoutError` is raised where it spins. A program that swallows even that, or that spins inside C code, can
only be killed from outside. So the command line runs every target in a process of its own.

On a busy machine a step takes longer without being at fault. So a step counts only if it has used the processor for a
while, or has not wanted it: then it waits for something that never comes. A process that waits for the processor, or
was stopped and resumed, does neither.

Only the main thread of a process receives signals. In other threads, and on platforms without signals, the watchdog
does nothing. It also does nothing if the timer, of which there is only one, is already in use, for example by a test
runner that limits the time of its tests.
"""

from __future__ import annotations

import os
import signal
import threading
from time import monotonic, process_time
from typing import TYPE_CHECKING, Self

from treadle.fingerprint import account

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType


_TICK = 1.5
# Parts of a tick.
_WAITS = 0.02  # a step that has used less of the processor than this waits for something ...
_QUEUED = 0.2  # ... unless it was in the queue for the processor for longer than this
_HAD_ITS_TIME = 0.9  # a step that has used more had as much time as on an idle machine
_ELAPSED = 0.8  # two looks that are closer together do not count: after a stop a late tick and the next come at once
_QUEUE = "/proc/thread-self/schedstat"
"""The file in which Linux reports how long a thread has run and has been in the run queue, in nanoseconds."""

NOT_ENDED = f"did not end within {2 * _TICK:g} seconds"
"""The message about an interrupted step, which may just be a long one: nothing can tell that from an endless one."""


class StepTimeoutError(BaseException):
    """Raised inside a step that takes too long; not an `Exception`, so that few programs swallow it."""


def _queued() -> float:
    """Return how many seconds this thread has spent in the run queue of the processor; zero if unknown.

    It runs at any moment, so it runs no code of the library, which could be in the middle of something.
    """
    try:
        file = os.open(_QUEUE, os.O_RDONLY)
        try:
            return int(os.read(file, 128).split()[1]) / 1e9
        finally:
            os.close(file)
    except (OSError, ValueError, IndexError):
        return 0.0


class Watchdog:
    """Raises `StepTimeoutError` in the main thread if `progress()` does not change for between one and two ticks.

    `noticed` is called first; `swallowed` if the step goes on after the third such exception. While it is `paused`, no
    step of a program is running, and only `progress()` is called.
    """

    def __init__(
        self,
        progress: Callable[[], int],
        *,
        noticed: Callable[[], None] = lambda: None,
        swallowed: Callable[[], None] = lambda: None,
        tick: float = _TICK,
    ) -> None:
        """Watch from `__enter__` to `__exit__`; a tick is in seconds."""
        self._progress = progress
        self._tick = tick
        self._noticed = noticed
        self._swallowed = swallowed
        self._seen = -1
        self._used = self._waited = self._since = 0.0  # processor and queue time, and the time of the last progress
        self._raised = 0
        self._armed = False
        self.paused = False

    def __enter__(self) -> Self:
        """Arm the timer if possible."""
        self._armed = (
            hasattr(signal, "setitimer")
            and threading.current_thread() is threading.main_thread()
            and not signal.getitimer(signal.ITIMER_REAL)[0]
        )
        if self._armed:
            self._previous = signal.signal(signal.SIGALRM, self._on_tick)
            signal.setitimer(signal.ITIMER_REAL, self._tick, self._tick)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disarm the timer and restore the signal handler."""
        if self._armed:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._previous)

    def _on_tick(self, _number: int, _frame: FrameType | None) -> None:
        kept = account()
        if kept.is_switching:  # nothing keeps it from recording what runs here; the next tick will do
            return
        was_on = kept.is_on  # the program was interrupted in a step: the code that runs here is not its own
        kept.off()
        try:
            self._look()
        finally:
            if was_on:
                kept.on()

    def _look(self) -> None:
        progress = self._progress()
        if self.paused or progress != self._seen:
            self._seen = progress if not self.paused else -1
            self._used, self._waited, self._since = process_time(), _queued(), monotonic()
            self._raised = 0
            return
        if not (self._had_its_time() or self._waits()):
            return
        self._raised += 1
        self._noticed()
        if self._raised > 3:  # noqa: PLR2004 - see the class
            self._swallowed()
        message = f"a step has not ended within {self._tick:g} to {2 * self._tick:g} seconds"
        raise StepTimeoutError(message)

    def _had_its_time(self) -> bool:
        """Say whether the step has used as much processor time as a step may."""
        return process_time() - self._used >= _HAD_ITS_TIME * self._tick

    def _waits(self) -> bool:
        """Say whether the step could have had the processor all the time, but did not use it."""
        return (
            process_time() - self._used <= _WAITS * self._tick
            and _queued() - self._waited < _QUEUED * self._tick
            and monotonic() - self._since >= _ELAPSED * self._tick
        )
