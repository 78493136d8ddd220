"""The clocks of `time`, for programs: they show the virtual time of the loop that runs in the calling thread.

If a program waits by the loop's time and measures by another clock, time seems to stand still while it waits, and a
deadline never comes. On the stock loop both are the same clock, so they are here: `time.monotonic()` is `loop.time()`.
`time.time()` counts from a fixed date, the same in every execution. `time.sleep` lets the loop's time pass, and nothing
else happens meanwhile, as if it had blocked the thread. Callers in another thread, callers outside such a loop, and
Treadle's own code get the real clock.

Not replaced: `time.localtime()`, which asks the system in C, and the clocks of processes and threads, which measure
work. For `datetime.now()` see `dates`. A function that was bound outside the namespace of a module before the program
began (in an attribute of a class, for example) is not replaced either.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
from asyncio import events
from math import ceil
from typing import TYPE_CHECKING

from treadle.loop.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    Clock = tuple[Callable[..., object], Callable[..., object]]

EPOCH = 1_750_000_000.0
"""The value of `time.time()` when a loop is new: a day in June 2025."""

# The precision of a float of the size of a date. Values are rounded up, so that after a sleep the clock never shows too
# little.
_GRAINS = 2.0**22

_CALLS_FOR_PROGRAMS = "treadle.outside.workers"  # may itself call a clock on behalf of the program

_NANO = 1_000_000_000
_REAL_SLEEP = time.sleep


class ThreadTime:
    """The time of a simulated thread, which is the time of its loop. `pause` is called when the thread would sleep.

    Use it as a `with` block, inside which no loop counts as running.
    """

    current: ThreadTime | None = None

    def __init__(self, loop: Loop, pause: Callable[[float], object]) -> None:
        """Show the time of this loop."""
        self.loop = loop
        self.sleep = pause
        self._running: object = None

    def __enter__(self) -> Self:
        self._running = events._get_running_loop()
        events._set_running_loop(None)
        ThreadTime.current = self
        return self

    def __exit__(self, *_: object) -> None:
        ThreadTime.current = None
        events._set_running_loop(self._running)  # type: ignore[arg-type]

    @property
    def _time(self) -> float:
        return self.loop._time


def _loop_of_caller() -> Loop | ThreadTime | None:
    """Return the loop or thread whose time the caller of a clock sees; None for the real clock."""
    loop: object = events._get_running_loop() or ThreadTime.current
    if not isinstance(loop, (Loop, ThreadTime)):
        return None
    caller: str = sys._getframe(2).f_globals.get("__name__", "")
    return None if caller.startswith("treadle.") and caller != _CALLS_FOR_PROGRAMS else loop


def _clock(name: str, epoch: float = 0.0, *, nanoseconds: bool = False) -> Clock:
    """Return a function of `time` and its replacement."""
    real: Callable[[], float] = getattr(time, name)

    def clock() -> float:
        loop = _loop_of_caller()
        if loop is None:
            return real()
        now = epoch + ceil(loop._time * _GRAINS) / _GRAINS if epoch else loop._time
        return round(now * _NANO) if nanoseconds else now

    clock.__name__ = clock.__qualname__ = name
    clock.__doc__ = real.__doc__
    return real, clock


def sleep(seconds: float, /) -> None:
    """Let the time of the running loop pass, or really sleep if there is none."""
    loop = _loop_of_caller()
    if loop is None:
        _REAL_SLEEP(seconds)
    elif seconds < 0:
        message = "sleep length must be non-negative"
        raise ValueError(message)
    else:
        loop.sleep(seconds)


SLEEP: Clock = (_REAL_SLEEP, sleep)
"""`time.sleep` and its replacement."""

CLOCKS: tuple[Clock, ...] = (
    _clock("monotonic"),
    _clock("perf_counter"),
    _clock("time", EPOCH),
    _clock("monotonic_ns", nanoseconds=True),
    _clock("perf_counter_ns", nanoseconds=True),
    _clock("time_ns", EPOCH, nanoseconds=True),
)
"""Functions of `time` that return the time, each with its replacement."""

REPLACED = (*CLOCKS, SLEEP)
"""All functions of `time` that are replaced."""

PLACES: tuple[tuple[object, str], ...] = (
    *((time, real.__name__) for real, _ in REPLACED),
    *((threading, "_time"), (queue, "time")),  # their waits with a time-out measure time themselves
)
