"""Split a search at states, so that the parts have little work in common.

Subtrees (see `subtrees`) share states: different schedules reach the same state after a few choices, and each part
visits it anew. So the tree is cut at states, not at choices. A first search goes only to a certain depth, and ends
executions in the states that it finds there: the *frontier*. Each of these states is kept once, with the number of
schedules that lead to it and the smallest of them, a *root*. A part goes on from some of the roots, one after the
other, and remembers states from one to the next; what it counts below a root is multiplied by the number of ways to it.
Numbers of schedules and smallest examples are those of an undivided search. There are more executions and states,
because two parts may still reach the same state.
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
    """The results of the first search, and the roots from which others go on. No roots: see `find_frontier`."""

    exploration: Exploration[O]
    roots: tuple[Root, ...]


def find_frontier(
    program: Program[O], limits: Limits, is_deep: Callable[[Size], bool], progress: Progress = lambda _: None
) -> Frontier[O]:
    """Search down to the states for whose size `is_deep` is true.

    There are no roots if states cannot be identified or turn out to be wrong, or if the search was cut off. Then the
    counts of the exploration are void, and it only says why.
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
    """Leaves each deep state as soon as it is known."""

    __slots__ = ("_is_deep", "frontier")

    def __init__(self, is_deep: Callable[[Size], bool], opaque: str) -> None:
        super().__init__(0, opaque)
        self._is_deep = is_deep
        self.frontier: list[State] = []

    def _identify(self, fingerprint: Callable[[], Fingerprint], unread: object) -> Fingerprint:
        # What follows from the frontier is run elsewhere, so it is not known whether it reads what is left out.
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
        return not self.opaque and super().advance()  # going on would run every schedule

    def roots(self) -> Iterator[Root]:
        """Yield a root for each state of the frontier and each number of events with which it is reached."""
        for state in self.frontier:
            for ways, _, way in state.reached.values():
                yield Root(schedule_of(way, self.events), ways)
