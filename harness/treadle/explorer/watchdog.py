"""Notice a step of the program that does not end.

A callback that spins never comes back to the loop, so nothing that runs between callbacks can see it. An interval
timer of the operating system interrupts the main thread instead; if the program has made no progress since the tick
before, `StepTimeoutError` is raised where it spins. A program that swallows even that, or that spins inside C code, can
only be killed from outside: the command line runs every target in a process of its own for that reason.

On a machine that is busy with other things a step takes longer for no fault of its own. So a step has to have had the
processor for a while, or to have done without: one that waits for what nobody will give it. Whoever stands in the queue
for the processor, or was stopped and goes on, does neither.

Only the main thread of a process receives signals; elsewhere, and where there are none, the watchdog does nothing. Nor
does it where somebody else has set that timer, which there is only one of: a test runner that times its tests, say.
"""

from __future__ import annotations

import signal
import threading
from pathlib import Path
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
_QUEUE = Path("/proc/thread-self/schedstat")
"""Where Linux says how long a thread has run, and how long it stood in the queue, in nanoseconds."""

NOT_ENDED = f"did not end within {2 * _TICK:g} seconds"
"""What is said of a step that was interrupted. It may be a long one: nobody can tell that from one without an end."""


class StepTimeoutError(BaseException):
    """Raised inside a step that has not ended for too long; not an `Exception`, so that few programs swallow it."""


def _queued() -> float:
    """Return for how many seconds this thread has stood in the queue for the processor; zero where nobody knows."""
    try:
        return int(_QUEUE.read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


class Watchdog:
    """Raise `StepTimeoutError` in the main thread when `progress()` stands still for between one and two ticks.

    `noticed` is called first; `swallowed` when the step goes on after the third such exception. While it is `paused`,
    no step of a program is under way, and only `progress()` is called.
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
        self._used = self._waited = self._since = 0.0  # of the processor, in the queue, and when there was progress
        self._raised = 0
        self._armed = False
        self.paused = False

    def __enter__(self) -> Self:
        """Arm the timer, where that is possible."""
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
        """Disarm the timer and give the signal back."""
        if self._armed:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._previous)

    def _on_tick(self, _number: int, _frame: FrameType | None) -> None:
        kept = account()
        was_on = kept.is_on  # the program has been interrupted in a step: what is looked at now is none of it
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
        """Say whether the step has used as much of the processor as a step may."""
        return process_time() - self._used >= _HAD_ITS_TIME * self._tick

    def _waits(self) -> bool:
        """Say whether the step could have had the processor all the time, and has not wanted it."""
        return (
            process_time() - self._used <= _WAITS * self._tick
            and _queued() - self._waited < _QUEUED * self._tick
            and monotonic() - self._since >= _ELAPSED * self._tick
        )
