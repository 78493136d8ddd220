"""`asyncio.shield`, after `tasks.py`."""

from __future__ import annotations

from typing import Any

from treadle_models.automaton.intrinsics import create_future, current_task, since
from treadle_models.automaton.sources.waiting import ensure_future


class Shielding:
    """The state that `shield` and its two callbacks share."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.outer = create_future()
        self.listens = False

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
            if self.listens:
                self.inner.remove_done_callback(self.forget_awaiter)


def shield(arg: Any) -> Any:
    """Return a future that ends as the inner one does, and whose cancellation stops there."""
    inner = ensure_future(arg)
    if inner.done():
        return inner
    shielding = Shielding(inner)
    if since(3, 14) and current_task() is not None:
        shielding.listens = True
        inner.add_done_callback(shielding.forget_awaiter)
    inner.add_done_callback(shielding.inner_done)
    shielding.outer.add_done_callback(shielding.outer_done)
    return shielding.outer
