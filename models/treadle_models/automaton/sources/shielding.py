"""`asyncio.shield` and `asyncio.gather(..., return_exceptions=True)` on tasks and futures, after `tasks.py`."""

from __future__ import annotations

import asyncio
from typing import Any

from treadle_models.automaton.intrinsics import cancel_requested, create_future, gathering_future, since


class Shielding:
    """The state that `shield` and its two callbacks share."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.outer = create_future()

    def inner_done(self, inner: Any) -> None:
        """Pass the outcome on, unless nobody waits any more; `_inner_done_callback`."""
        if self.outer.cancelled():
            if not since(3, 14) and not inner.cancelled():
                inner.exception()  # it counts as retrieved
            return
        if inner.cancelled():
            self.outer.cancel()
            return
        error = inner.exception()
        if error is not None:
            self.outer.set_exception(error)
        else:
            self.outer.set_result(inner.result())

    def forget_awaiter(self, _inner: Any) -> None:
        """Do what tools that show who awaits whom need; `_clear_awaited_by_callback`, from 3.14 on."""

    def outer_done(self, _outer: Any) -> None:
        """Stop listening; `_outer_done_callback`."""
        if not self.inner.done():
            self.inner.remove_done_callback(self.inner_done)
            self.inner.remove_done_callback(self.forget_awaiter)


def shield(inner: Any) -> Any:
    """Return a future that ends as the inner one does, and whose cancellation stops there."""
    if inner.done():
        return inner
    shielding = Shielding(inner)
    if since(3, 14):
        inner.add_done_callback(shielding.forget_awaiter)
    inner.add_done_callback(shielding.inner_done)
    shielding.outer.add_done_callback(shielding.outer_done)
    return shielding.outer


class Gathering:
    """The state of `gather` of one future."""

    def __init__(self, child: Any) -> None:
        self.outer = gathering_future([child])

    def child_done(self, child: Any) -> None:
        """End with the results; `_done_callback` with `return_exceptions`."""
        if self.outer.done():
            if not child.cancelled():
                child.exception()
            return
        if not child.cancelled():
            child.exception()
        if cancel_requested(self.outer):
            self.outer.set_exception(asyncio.CancelledError)
        else:
            self.outer.set_result(None)


def gather(child: Any, *, return_exceptions: bool = False) -> Any:
    """Return a future that is done when the child is, and whose cancellation cancels the child.

    From 3.12 on a child that is done already is dealt with at once.
    """
    gathering = Gathering(child)
    if since(3, 12) and child.done():
        gathering.child_done(child)
    else:
        child.add_done_callback(gathering.child_done)
    return gathering.outer
