"""For how long it is waited: a call that polls (`while not task.done(): await sleep(0)`) goes on for ever.

Its gaps repeat, and to act in each of them would be to search the same thing again and again. A task that yields again
and again polls if it yields where it did, with what it had.
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
"""Where neither an event nor a step of the dependency came for so many gaps, a call that polls is not interrupted."""

_PLAIN = Kinds(int, float, str, bytes)


@functools.cache
def _readable() -> bool:
    """Say whether frames can be read: found out when it is asked for first, and not at start-up."""
    return not why_unsupported()


def place_of(task: asyncio.Task[object]) -> list[object]:
    """Return where a task has yielded, and what its frames hold."""
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
    """Return what a frame shows itself, where it cannot be read: then no states are identified, so it may change."""
    frame = coroutine.cr_frame
    return frame and [frame.f_lasti, *(part for item in frame.f_locals.items() for part in item)]


class Polling:
    """Looks where the only task in the queue has yielded. `place` is where that was when it was looked last.

    `again` is the same look, as it is done where all is repeated.
    """

    __slots__ = ("_engine", "_last", "_looks", "again", "place")

    def __init__(self, engine: Engine[Outcome], *, every_look: bool) -> None:
        """Look at executions; `every_look`: also where what is found does not count, but keeps something alive."""
        self._engine = engine
        self._looks: list[int] = []  # the gaps in which it was looked
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
        """Look; say whether it has yielded where it had when it was looked last."""
        before, task = self.place, self.yields()
        if task is None and before is None:
            return False  # there is nothing that the next execution would have to know
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
        if self._engine.gaps >= self._last:  # what was found before does not count
            self._look()


def same_place(before: list[object] | None, after: list[object] | None) -> bool:
    """Say whether two places are one: numbers and texts are compared by value, all else by identity.

    Both hold what they name, so that nothing new can have the address of what was there before.
    """
    if before is None or after is None or len(before) != len(after):
        return False
    pairs = zip(before, after, strict=True)
    return all(
        one is other or (type(one) is type(other) and type(one) in _PLAIN and one == other) for one, other in pairs
    )
