"""The handles that `call_soon` and `call_at` return: callbacks in the ready queue, and timers.

They are asyncio's handles, created faster and kept more exactly: a cancelled one leaves the queue at once, so that the
queue shows in each gap what will run. In debug mode they know where they were created, as asyncio's do.
"""

from __future__ import annotations

import asyncio
import operator
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable
    from contextvars import Context
    from traceback import FrameSummary


class Holder(Protocol):
    """The loop of a handle, which can remove it from its queue."""

    ready: deque[Queued]

    def drop(self, handle: object, /) -> None:
        """Remove a handle from its queue."""


class Handle(asyncio.Handle):
    """A callback in the ready queue. Its first three items are the callback, its arguments, and its context.

    Tasks and futures create one at every step and drop it again. So `Loop.call_soon` sets only four attributes, and the
    others are the same for all handles. A handle is cancelled when it has no callback any more.
    """

    __slots__ = ()

    _callback: Any  # None if it was cancelled
    _args: Any
    _context: Context
    _loop: Holder

    _repr = None
    _source_traceback: list[FrameSummary] | None = None
    is_timer: Literal[False] = False

    @property
    def _cancelled(self) -> bool:  # type: ignore[override]  # asyncio sets it, in methods that are not used here
        return self._callback is None

    def __getitem__(self, index: int | slice) -> Any:
        """Return the callback, its arguments or its context, or a slice of these."""
        return (self._callback, self._args, self._context)[index]

    def cancel(self) -> None:
        """Remove the callback from the queue; do nothing if it has run."""
        if self._callback is not None:
            self._loop.drop(self)
            self._callback = self._args = None

    def cancelled(self) -> bool:
        """Say whether `cancel` was called."""
        return self._callback is None


class TimerHandle(asyncio.TimerHandle):
    """A callback that waits for its deadline, in seconds of virtual time, and then in the ready queue.

    Of two with the same deadline, the one created first comes first; asyncio leaves that open. `was_due` says that the
    deadline has passed: the callback is in the ready queue, or has run.
    """

    __slots__ = ("number", "was_due")

    _callback: Any  # None if it was cancelled
    _args: Any
    _context: Context
    _loop: Holder

    is_timer: Literal[True] = True

    number: int

    def __init__(
        self, when: float, callback: Callable[..., object], args: tuple[object, ...], loop: Holder, context: Context
    ) -> None:
        """Make a handle for `callback(*args)` at `when`; the loop sets `number`."""
        self._when = when
        self._callback = callback
        self._args = args
        self._loop = loop
        self._context = context
        self._cancelled = self.was_due = False
        self._scheduled = True
        self._repr: str | None = None
        self._source_traceback: list[FrameSummary] | None = None

    @property
    def context(self) -> Context:
        """The context in which the callback runs."""
        return self._context

    def __getitem__(self, index: int | slice) -> Any:
        """Return the callback, its arguments or its context, or a slice of these."""
        return (self._callback, self._args, self._context)[index]

    def __lt__(self, other: object) -> bool:
        if isinstance(other, TimerHandle):
            return (self._when, self.number) < (other._when, other.number)
        return NotImplemented

    __hash__ = asyncio.TimerHandle.__hash__

    def cancel(self) -> None:
        """Drop the callback, even if its deadline has passed, as long as it has not run."""
        if self.was_due:
            self._loop.drop(self)
        super().cancel()


class DebugHandle(asyncio.Handle):
    """A callback in the ready queue in debug mode, which knows where it was created."""

    __slots__ = ()

    _loop: Holder
    _callback: Any
    _context: Context
    _source_traceback: list[FrameSummary] | None
    is_timer: Literal[False] = False

    def __getitem__(self, index: int | slice) -> Any:
        """Return the callback, its arguments or its context, or a slice of these."""
        return (self._callback, self._args, self._context)[index]

    def cancel(self) -> None:
        """Remove the callback from the queue; do nothing if it has run."""
        if not self.cancelled():
            self._loop.drop(self)
            super().cancel()


Queued: TypeAlias = Handle | DebugHandle | TimerHandle
"""An item of the ready queue: a timer in it is one whose deadline has passed."""

for _kind in (Handle, DebugHandle):
    _kind.__name__ = _kind.__qualname__ = "Handle"  # as asyncio shows it


def place_of(queue: deque[Queued], handle: object) -> int | None:
    """Return the index of this very object in a queue, or None; no `==` is called, which may be the program's."""
    try:
        return operator.indexOf(map(id, queue), id(handle))
    except ValueError:
        return None


class ClosedQueue(tuple[Queued, ...]):
    """The ready queue of a closed loop: it is empty, and refuses new callbacks."""

    __slots__ = ()

    def append(self, _handle: object) -> NoReturn:
        """Refuse, as asyncio does."""
        message = "Event loop is closed"
        raise RuntimeError(message)

    def clear(self) -> None:
        """Do nothing: it is empty."""
