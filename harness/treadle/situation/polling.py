"""Detect calls that poll (`while not task.done(): await sleep(0)`), which never end.

The gaps of such a call repeat, and acting in each of them would search the same thing again and again. A task polls if
it yields repeatedly at the same place with the same values.
"""

from __future__ import annotations

import functools
from types import CoroutineType
from typing import TYPE_CHECKING

from treadle.execution import Action
from treadle.fingerprint import standing, why_unsupported
from treadle.inspecting import Kinds

if TYPE_CHECKING:
    import asyncio

    from treadle.execution import Engine
    from treadle.situation.outcome import Outcome

POLLED_GAPS = 1
"""After this many gaps without an event or a step of the dependency, a polling call is not interrupted."""

_PLAIN = Kinds(int, float, str, bytes)


@functools.cache
def _readable() -> bool:
    """Say whether frames can be read; found out at the first call, not at start-up."""
    return not why_unsupported()


def place_of(task: asyncio.Task[object]) -> list[object]:
    """Return where a task has yielded, and the values in its frames."""
    place: list[object] = [task]
    coroutine: object = task.get_coro()
    while type(coroutine) is CoroutineType:
        found = standing(coroutine) if _readable() else _shown(coroutine)
        if found is None:
            break
        place += found
        coroutine = coroutine.cr_await
    return place


def _shown(coroutine: CoroutineType[object, None, object]) -> list[object] | None:
    """Return `f_locals` of a frame that cannot be read; no states are identified then, so this may change the frame."""
    frame = coroutine.cr_frame
    return frame and [frame.f_lasti, *(part for item in frame.f_locals.items() for part in item)]


class Polling:
    """Checks where the only task in the queue has yielded. `place` is what the last check found.

    `again` is the same check as an action, for repeated parts of an execution.
    """

    __slots__ = ("_engine", "_last", "_looks", "again", "place")

    def __init__(self, engine: Engine[Outcome], *, every_look: bool) -> None:
        """Check executions; `every_look`: also if the finding does not count, but keeps an object alive."""
        self._engine = engine
        self._looks: list[int] = []  # the gaps with a check
        self._last = 0
        self.place: list[object] | None = None
        self.again = Action("look", self._look if every_look else self._look_again, progress=False)

    def begin(self) -> None:
        """Begin an execution."""
        while self._looks and self._looks[-1] > self._engine.repeated:
            del self._looks[-1]
        self._last = self._looks[-1] if self._looks else 0
        self.place = None

    def is_seen(self) -> bool:
        """Check; say whether the task has yielded at the same place as at the last check."""
        before, task = self.place, self.yields()
        if task is None and before is None:
            return False  # nothing that the next execution would need
        self._engine.note(self.again)
        self._looks.append(self._engine.gaps)
        self.place = None if task is None else place_of(task)
        return same_place(before, self.place)

    def yields(self) -> asyncio.Task[object] | None:
        """Return the only task in the queue, if it has yielded."""
        ready = self._engine.loop.ready
        if len(ready) != 1:
            return None
        task = getattr(ready[0]._callback, "__self__", None)
        return task if task is not None and getattr(task, "_fut_waiter", task) is None else None

    def _look(self) -> None:
        task = self.yields()
        self.place = None if task is None else place_of(task)

    def _look_again(self) -> None:
        if self._engine.gaps >= self._last:  # earlier findings do not count
            self._look()


def same_place(before: list[object] | None, after: list[object] | None) -> bool:
    """Say whether two places are equal: numbers and texts are compared by value, everything else by identity.

    Both hold references to their objects, so that no new object can have the address of an old one.
    """
    if before is None or after is None or len(before) != len(after):
        return False
    pairs = zip(before, after, strict=True)
    return all(
        one is other or (type(one) is type(other) and type(one) in _PLAIN and one == other) for one, other in pairs
    )
