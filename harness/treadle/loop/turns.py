"""Turns, in which the loop works when no gap hook drives it: a turn is what is ready when it begins, as in asyncio.

If nothing is ready, time passes to the earliest deadline. It also passes while a program is busy, since a real clock
does not stop then either: each turn takes `TURN` seconds.
"""

from __future__ import annotations

from asyncio import base_events
from asyncio.log import logger
from typing import TYPE_CHECKING

from treadle.loop.queues import Queues

if TYPE_CHECKING:
    import asyncio

    from treadle.loop.handles import Queued

TURN = 1e-5
"""Seconds that a turn takes if the loop is never at rest: about as long as on the stock loop."""

_LEAP = 1.0  # seconds that pass at once in a busy loop with no earlier deadline


class Turns(Queues):
    """Runs ready callbacks turn by turn; timers that are due come last in each turn."""

    # With asyncio's own, these are too many attributes for a fast dictionary.
    __slots__ = ("_busy", "_starved", "_stopping", "slow_callback_duration", "stopping")

    # Private names that asyncio's own code, tests and libraries read, but that the stubs do not declare.
    _stopping: bool
    _current_handle: asyncio.Handle | None
    # Our own: how many turns the loop was busy since time last passed, and whether it ended because nothing was left.
    _busy: int
    _starved: bool

    def _run_once(self) -> None:
        """Run one turn: the callbacks that are ready, and those of the timers that are due."""
        ready = self.ready
        if not ready and not self._stopping:
            self._wait()
        else:
            self._count_turn()
        self._fire_due()
        self._todo = len(ready)
        try:
            while self._todo > 0 and ready:
                self._todo -= 1
                handle = ready.popleft()
                if self._debug:
                    self._run_timed(handle)
                else:
                    handle._run()
        finally:
            self._todo = 0

    def _run_timed(self, handle: Queued) -> None:
        """Run a callback in debug mode; log it if it was slow by the loop's clock."""
        self._current_handle = handle
        try:
            began = self.time()
            handle._run()
            took = self.time() - began
            if took >= self.slow_callback_duration:
                told = base_events._format_handle(handle)  # type: ignore[attr-defined]
                logger.warning("Executing %s took %.3f seconds", told, took)
        finally:
            self._current_handle = None
            del handle  # otherwise the traceback of an exception, whose frames lead here, keeps its task alive

    def _wait(self) -> None:
        """If nothing is ready, let something arrive, or else time pass; end the run if there is no deadline."""
        if self.arrives():
            return
        timer = self.next_timer()
        if timer is None:
            self._starved = self._stopping = True
        else:
            self._pass_to(timer._when)

    def arrives(self) -> bool:
        """Let the first thing arrive that is under way outside of the loop; False if there is none, as here."""
        return False

    def _count_turn(self) -> None:
        """Let time pass if the loop has been busy for that long."""
        self._busy += 1
        timer = self.next_timer() if self._scheduled else None
        leap = _LEAP if timer is None else min(_LEAP, timer._when - self.time())
        if self._busy * TURN >= leap:
            self._pass_to(self._time + leap)

    def _pass_to(self, when: float) -> None:
        self._time = max(self._time, when)
        self._busy = 0

    def stop(self) -> None:
        """Stop at the end of the turn."""
        self._stopping = self.stopping = True
