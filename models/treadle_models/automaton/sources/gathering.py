"""`asyncio.gather`, after `tasks.py`."""

from __future__ import annotations

import asyncio
from typing import Any

from treadle_models.automaton.intrinsics import (
    cancel_requested,
    cancelled_error,
    create_future,
    gathering_future,
    since,
)
from treadle_models.automaton.sources.waiting import ensure_future


class Gathering:
    """The state that `gather` and its callback share."""

    def __init__(self, return_exceptions: bool) -> None:  # noqa: FBT001 - as in CPython
        self.return_exceptions = return_exceptions
        self.finished = 0
        self.wanted = 0
        self.children: Any = []
        self.outer: Any = None

    def child_done(self, child: Any) -> None:
        """Hear that one is done; `_done_callback`."""
        self.finished += 1
        if self.outer is None or self.outer.done():
            if not child.cancelled():
                child.exception()
            return
        if not self.return_exceptions:
            if child.cancelled():
                self.outer.set_exception(cancelled_error(child))
                return
            error = child.exception()
            if error is not None:
                self.outer.set_exception(error)
                return
        if self.finished == self.wanted:
            self.end(child)

    def end(self, last: Any) -> None:
        """End with the results."""
        results: Any = []
        for child in self.children:
            if child.cancelled():
                results.append(asyncio.CancelledError())
            elif child.exception() is not None:
                results.append(child.exception())
            else:
                results.append(child.result())
        if cancel_requested(self.outer):
            self.outer.set_exception(cancelled_error(last))
        else:
            self.outer.set_result(results)


def gather(*coros_or_futures: Any, return_exceptions: bool = False) -> Any:
    """Return a future that is done when all are, and whose cancellation cancels those that are not.

    From 3.12 on one that is done already is dealt with at once.
    """
    if not coros_or_futures:
        nothing = create_future()
        nothing.set_result([])
        return nothing
    gathering = Gathering(return_exceptions)
    known: Any = {}
    done: Any = []
    for each in coros_or_futures:
        future = known.get(each)
        if future is None:
            future = ensure_future(each)
            gathering.wanted += 1
            known[each] = future
            if since(3, 12) and future.done():
                done.append(future)
            else:
                future.add_done_callback(gathering.child_done)
        gathering.children.append(future)
    gathering.outer = gathering_future(gathering.children)
    for future in done:
        gathering.child_done(future)
    return gathering.outer
