"""Split a search where states are, so that the parts have little to do twice.

Subtrees (see `subtrees`) share states: what one schedule comes to after a few choices, another comes to as well, and
each part visits it anew. So the tree is cut where states are, not where choices are. A first search goes only so deep,
and ends executions in the states that it finds there: the *frontier*. Each is known once, with the number of schedules
that lead to it and the smallest of them, a *root*. A part goes on from some of the roots, one after the other, and
remembers states from one to the next; what it counts below a root counts as often as there are ways to it. Numbers of
schedules and smallest examples are those of a search in one piece. Executions and states are more, because two parts
may still come to the same state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from treadle.explorer.distrust import go_on_from_pairs
from treadle.explorer.graph import schedule_of
from treadle.explorer.roots import Root
from treadle.explorer.search import Ended, Exploration, Limits, look_again, search_under, tell_states
from treadle.explorer.states import StateScheduler
from treadle.fingerprint import why_unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle.explorer.graph import State
    from treadle.explorer.program import Program
    from treadle.explorer.search import Progress
    from treadle.fingerprint import Fingerprint

O = TypeVar("O")  # noqa: E741 - an outcome
Size = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Frontier(Generic[O]):
    """What the first search has found, and from where the others go on. No roots: see `find_frontier`."""

    exploration: Exploration[O]
    roots: tuple[Root, ...]


def find_frontier(
    program: Program[O], limits: Limits, is_deep: Callable[[Size], bool], progress: Progress = lambda _: None
) -> Frontier[O]:
    """Search down to the states whose size is deep.

    There are no roots where states cannot be told apart or turn out to be wrong, or where it was cut off; then nothing
    of the exploration counts, and it says what it was.
    """
    scheduler = _FrontierScheduler(is_deep, why_unsupported())
    exploration: Exploration[O] = search_under(scheduler, program, limits, progress)
    right = look_again(exploration, scheduler, program, limits, go_on_from_pairs)
    if not right:
        return Frontier(exploration, ())
    tell_states(exploration, scheduler)
    if scheduler.opaque or exploration.ended is Ended.STOPPED:
        return Frontier(exploration, ())
    return Frontier(exploration, tuple(sorted(scheduler.roots(), key=lambda root: root.choices)))


class _FrontierScheduler(StateScheduler):
    """Leaves each state that is deep as soon as it is known."""

    __slots__ = ("_is_deep", "frontier")

    def __init__(self, is_deep: Callable[[Size], bool], opaque: str) -> None:
        super().__init__(0, opaque)
        self._is_deep = is_deep
        self.frontier: list[State] = []

    def _identify(self, fingerprint: Callable[[], Fingerprint], unread: object) -> Fingerprint:
        # What follows from the frontier is run elsewhere, so nobody knows whether it reads what is left out.
        return (*fingerprint(), unread)

    def seen(
        self,
        size: Callable[[], Size],
        fingerprint: Callable[[], Fingerprint],
        left: int | None = None,
        unread: object = None,
    ) -> bool:
        above = self._open[-1]
        known = super().seen(size, fingerprint, left, unread)
        state = self._open[-1]
        if state is above or not self._is_deep(size()):
            return known
        self._open.pop()
        state.leave()
        self._pruned = True
        self._left.append(state)
        self.frontier.append(state)
        return True

    def advance(self) -> bool:
        return not self.opaque and super().advance()  # to go on would be to run every schedule

    def roots(self) -> Iterator[Root]:
        """Return a root for each state of the frontier and each number of events with which it is reached."""
        for state in self.frontier:
            for ways, _, way in state.reached.values():
                yield Root(schedule_of(way, self.events), ways)
