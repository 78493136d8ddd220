"""The ready queue and the timers of a loop.

Nothing here runs a callback, and time passes only when the caller says so.
"""

from __future__ import annotations

import asyncio
import heapq
import sys
from asyncio import format_helpers
from contextvars import copy_context
from math import inf
from threading import get_ident
from typing import TYPE_CHECKING

from treadle.loop.handles import DebugHandle, Handle, TimerHandle, place_of
from treadle.loop.unsupported import NoOutsideWorld

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable
    from contextvars import Context

    from treadle.loop.handles import Queued

_new_handle = object.__new__

_MANY_CANCELLED = 100  # timers, before they are removed: as in asyncio
_RESOLUTION = 1e-9  # deadlines no further apart count as equal: as in asyncio, on today's clocks


class Queues(NoOutsideWorld, asyncio.BaseEventLoop):
    """The queues of a loop: callbacks first in, first out; timers by deadline, and then in the order of creation."""

    # With asyncio's own, these are too many attributes for a fast dictionary.
    __slots__ = (
        *("_closed", "_debug", "_driven", "_scheduled", "_thread_id", "_time", "_timer_cancelled_count"),
        *("_timers_made", "_todo", "_turns_count", "ready"),
    )

    ready: deque[Queued]
    # Private names that asyncio's own code, tests and libraries read, but that the stubs do not declare.
    _scheduled: list[TimerHandle]
    _thread_id: int | None
    _closed: bool
    _debug: bool
    _timer_cancelled_count: int
    # Our own: whether `run` drives the loop; how many callbacks of the ready queue belong to this turn; whether the end
    # of a turn made a difference in any execution; the virtual time.
    _driven: bool
    _todo: int
    _turns_count: bool
    _time: float
    _timers_made: int

    # Callbacks and timers

    def call_soon(self, callback: Callable[..., object], *args: object, context: Context | None = None) -> Handle:
        """Append a callback to the ready queue."""
        if self._debug:
            return self._call_soon_in_debug(callback, args, context)  # type: ignore[return-value]
        handle: Handle = _new_handle(Handle)
        handle._callback = callback
        handle._args = args
        handle._context = copy_context() if context is None else context
        handle._loop = self
        self.ready.append(handle)
        return handle

    def queue(self, callback: Callable[..., object], args: tuple[object, ...], context: Context) -> Handle:
        """Append a callback that was registered with asyncio, without further checks."""
        handle: Handle = _new_handle(Handle)
        handle._callback = callback
        handle._args = args
        handle._context = context
        handle._loop = self
        self.ready.append(handle)
        return handle

    def _call_soon_in_debug(
        self, callback: Callable[..., object], args: tuple[object, ...], context: Context | None
    ) -> DebugHandle:
        """Do so after checking thread and callback, and record where it was called."""
        self._check_closed()  # type: ignore[attr-defined]
        self._check_thread()  # type: ignore[attr-defined]
        self._check_callback(callback, "call_soon")  # type: ignore[attr-defined]
        handle = DebugHandle(callback, args, self, context)
        if handle._source_traceback:
            del handle._source_traceback[-2:]
        self.ready.append(handle)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> Handle:
        """Append a callback; only allowed in the loop's own thread."""
        if self._thread_id is not None and get_ident() != self._thread_id:
            self.refuse("call_soon_threadsafe", "other threads", "Keep the program under test in one thread.")
        return self.call_soon(callback, *args, context=context)

    def call_later(
        self, delay: float | None, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> TimerHandle:
        """Run a callback `delay` seconds of virtual time from now, when the caller of the loop fires the timer."""
        if delay is None:
            message = "delay must not be None"
            raise TypeError(message)
        timer = self.call_at(self.time() + delay, callback, *args, context=context)
        if timer._source_traceback:
            del timer._source_traceback[-1]
        return timer

    def call_at(
        self, when: float | None, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> TimerHandle:
        """Run a callback at a virtual time, when the caller of the loop fires the timer."""
        if when is None:
            message = "when cannot be None"
            raise TypeError(message)
        if self._closed:
            self._check_closed()  # type: ignore[attr-defined]
        timer = TimerHandle(when, callback, args, self, copy_context() if context is None else context)
        self._timers_made = timer.number = self._timers_made + 1
        if not when >= self._time + _RESOLUTION:
            self._turns_count = True
        if self._debug:
            self._check_thread()  # type: ignore[attr-defined]
            self._check_callback(callback, "call_at")  # type: ignore[attr-defined]
            timer._source_traceback = format_helpers.extract_stack(sys._getframe(1))
        heapq.heappush(self._scheduled, timer)
        return timer

    def drop(self, handle: object) -> None:
        """Remove a handle from the ready queue, if it is there."""
        place = place_of(self.ready, handle)
        if place is not None:
            del self.ready[place]
            self._todo -= place < self._todo

    def bring_forward(self, place: int) -> None:
        """Move the callback at this index of `ready` to the front."""
        taken = self.ready[place]
        del self.ready[place]
        self.ready.appendleft(taken)
        self._todo += 0 < self._todo <= place

    def _timer_handle_cancelled(self, timer: TimerHandle) -> None:
        """Count a cancelled timer; remove the cancelled ones when they are the majority."""
        if not timer._scheduled:
            return
        self._timer_cancelled_count += 1
        if self._timer_cancelled_count > max(_MANY_CANCELLED, len(self._scheduled) // 2):
            self._scheduled[:] = [each for each in self._scheduled if not each._cancelled and each is not timer]
            heapq.heapify(self._scheduled)
            self._timer_cancelled_count = 0

    def next_timer(self) -> TimerHandle | None:
        """Return the timer that is due first, or None; of two with the same deadline, the one created first.

        A timer that is never due (`asyncio.sleep(math.inf)`) does not count.
        """
        timers = self._scheduled
        while timers:
            first = timers[0]
            if not first._cancelled:
                return None if first._when == inf else first
            heapq.heappop(timers)._scheduled = False
            self._timer_cancelled_count -= 1
        return None

    @property
    def is_timer_due(self) -> bool:
        """Say whether a timer fires at the end of this turn, without any time passing."""
        timer = self.next_timer()
        return timer is not None and not timer._when >= self._time + _RESOLUTION

    @property
    def may_pass(self) -> bool:
        """Say whether time may pass while callbacks are ready: to the next deadline, if that is in the future."""
        return self.next_timer() is not None and not self.is_timer_due

    @property
    def turn(self) -> int | None:
        """Return how many callbacks run before timers that are due fire; None if there was never such a timer."""
        return self._todo if self._turns_count else None

    def pending_timers(self) -> list[TimerHandle]:
        """Return all pending timers, earliest first."""
        if not self._scheduled:
            return []
        return sorted(each for each in self._scheduled if not each._cancelled)

    def fire_timer(self, timer: TimerHandle | None = None) -> bool:
        """Let time pass to the earliest deadline, and append the timers due by then; False if there is none.

        If a timer is given, it fires alone, whether others are due before it or not.
        """
        if timer is not None:
            self._scheduled.remove(timer)
            heapq.heapify(self._scheduled)
            self._time = max(self._time, timer._when)
            self._fire(timer)
            return True
        timer = self.next_timer()
        if timer is None:
            return False
        self._time = max(self._time, timer._when)
        self._fire_until(self._time + _RESOLUTION)
        return True

    def _fire_due(self) -> None:
        if self._scheduled:
            self._fire_until(self.time() + _RESOLUTION)

    def end_turn(self) -> None:
        """Append due timers if the turn is over; called in a gap after an action, which may have ended the turn."""
        if self._turns_count and not self._todo and self.ready:
            self._fire_due()

    def _fire_until(self, end: float) -> None:
        """Append the callbacks of all timers that are due before this time, in the order of their deadlines."""
        timers = self._scheduled
        while timers and not timers[0]._when >= end:  # NaN is due, as in asyncio
            timer = heapq.heappop(timers)
            if timer._cancelled:
                timer._scheduled = False
                self._timer_cancelled_count -= 1
            else:
                self._fire(timer)

    def _fire(self, timer: TimerHandle) -> None:
        timer._scheduled = False
        timer.was_due = True
        self.ready.append(timer)

    def time(self) -> float:
        """Return the virtual time, in seconds since the loop was new."""
        return self._time

    def sleep(self, seconds: float) -> None:
        """Let time pass inside a callback, as `time.sleep` does; those then due fire at the end of the turn."""
        self._time += seconds
        if self.is_timer_due:
            self._turns_count = True
