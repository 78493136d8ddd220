"""What `call_soon` and `call_at` return: a callback that waits for its turn, or for its time.

Measured against a bare deque, a handle is what costs most in a loop. So that of `call_soon` is a tuple, which C code
makes and takes apart, and which knows the queue that it can take itself out of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context


class Handle(tuple[Any, ...]):
    """A callback in the ready queue: (callback, arguments, context, queue)."""

    __slots__ = ()

    def cancel(self) -> None:
        """Take the callback out of the queue; nothing happens if it has run."""
        queue = self[3]
        for index, handle in enumerate(queue):
            if handle is self:
                del queue[index]
                return

    def cancelled(self) -> bool:
        """Say whether the callback is out of the queue, cancelled or run."""
        return all(handle is not self for handle in self[3])


class FixedHandle(Handle):
    """What stands for a callback that cannot be cancelled: see `Loop.call_soon`."""

    __slots__ = ()

    def cancel(self) -> None:
        """Refuse, rather than do nothing in silence."""
        message = (
            "loop.call_soon(..., context=...): Treadle's loop cannot cancel a callback whose context was named, nor "
            "tell if it was. Leave the context out, and call context.run(callback) inside"
        )
        raise UnsupportedError(message)

    def cancelled(self) -> bool:
        """Refuse, rather than say something that may be wrong."""
        self.cancel()
        return False


FIXED = FixedHandle((None, (), None, ()))


class TimerHandle:
    """A callback that waits for its time, in seconds of virtual time, and then in the ready queue as `fired`."""

    __slots__ = ("_cancelled", "_when", "args", "callback", "context", "fired")

    def __init__(self, when: float, callback: Callable[..., object], args: tuple[Any, ...], context: Context) -> None:
        """Make a handle for `callback(*args)` at `when`."""
        self._when = when
        self.callback = callback
        self.args = args
        self.context = context
        self.fired: Handle | None = None
        self._cancelled = False

    def cancel(self) -> None:
        """Forget the callback, also one whose time has come but that has not run."""
        self._cancelled = True
        if self.fired is not None:
            self.fired.cancel()

    def cancelled(self) -> bool:
        """Say whether `cancel` was called."""
        return self._cancelled

    def when(self) -> float:
        """Return the virtual time at which it is due."""
        return self._when
