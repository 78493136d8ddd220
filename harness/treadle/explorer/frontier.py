"""Split a search that visits each state once, so that the parts have little to do twice.

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
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from treadle.explorer.distrust import go_on_from_pairs
from treadle.explorer.graph import State, schedule_of
from treadle.explorer.search import Ended, Exploration, Limits, look_again, search_under, start_over, tell_states
from treadle.explorer.states import StateScheduler
from treadle.fingerprint import why_unsupported
from treadle.schedule import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from treadle.explorer.program import Program
    from treadle.explorer.search import Progress
    from treadle.fingerprint import Fingerprint
    from treadle.schedule import Schedule

O = TypeVar("O")  # noqa: E741 - an outcome
Size = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Root:
    """Where a part of a search begins: the smallest schedule that leads to a state, and the number of all that do."""

    choices: Schedule
    ways: int = 1


@dataclass(frozen=True, slots=True)
class Frontier(Generic[O]):
    """What the first search has found, and from where the others go on.

    No roots: it has covered everything, or was wrong about states.
    """

    exploration: Exploration[O]
    roots: tuple[Root, ...]


def find_frontier(
    program: Program[O], limits: Limits, is_deep: Callable[[Size], bool], progress: Progress = lambda _: None
) -> Frontier[O] | None:
    """Search down to the states whose size is deep; None where states cannot be told apart, or it was cut off.

    There are no roots, and nothing counts, where states turn out to be wrong: the exploration says how.
    """
    scheduler = _FrontierScheduler(is_deep, why_unsupported())
    exploration: Exploration[O] = search_under(scheduler, program, limits, progress)
    if not look_again(exploration, scheduler, program, limits, go_on_from_pairs):
        return Frontier(exploration, ())
    if scheduler.opaque or exploration.ended is Ended.STOPPED:
        return None
    exploration.states = scheduler.states
    return Frontier(exploration, tuple(sorted(scheduler.roots(), key=lambda root: root.choices)))


def visit_from(
    program: Program[O],
    roots: Sequence[Root],
    limits: Limits,
    progress: Progress = lambda _: None,
    *,
    opaque: str = "",
) -> Exploration[O]:
    """Visit each state that follows from some roots once, or run every schedule, where `opaque` says why."""
    scheduler = _RootsScheduler(roots, opaque or why_unsupported())
    exploration: Exploration[O] = search_under(scheduler, program, limits, progress)
    tell_states(exploration, scheduler)
    if not look_again(exploration, scheduler, program, limits):
        return start_over(exploration, _RootsScheduler(roots, exploration.opaque), program, limits, progress)
    return exploration


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

    def seen(self, size: Callable[[], Size], *asked: Any) -> bool:  # noqa: ANN401 - handed on as they are
        above = self._open[-1]
        known = super().seen(size, *asked)
        state = self._open[-1]
        if state is above or not self._is_deep(size()):
            return known
        self._open.pop()
        state.done = self._pruned = True
        self._left.append(state)
        self.frontier.append(state)
        return True

    def roots(self) -> Iterator[Root]:
        """Return a root for each state of the frontier and each number of events with which it is reached."""
        for state in self.frontier:
            for ways, _, way in state.reached.values():
                yield Root(schedule_of(way, self.events), ways)


class _RootsScheduler(StateScheduler):
    """Enumerates what follows from one root after the other.

    How many options there were on the way to a root it learns in the first execution from it.
    """

    __slots__ = ("_begun", "_roots", "_way")

    def __init__(self, roots: Sequence[Root], opaque: str) -> None:
        super().__init__(0, opaque)
        self._roots = list(reversed(roots))
        self._begun: list[tuple[State, int]] = []
        self._whole = None  # what follows from a root counts as often as there are ways to it
        self._begin()

    def _begin(self) -> None:
        root = self._roots.pop()
        self._way = root.choices
        self._above = len(root.choices)
        self._known = self.position = self.repeated = 0
        del self.choices[:], self._options[:], self._moments[:], self._priced[:]
        beginning = State(0, (), self.events)
        self._begun.append((beginning, root.ways))
        self._open = [beginning]

    def choose(self, kind: Kind, options: int, priced: int = 0) -> int:
        position = self.position
        if position < self._known or position >= self._above:
            return super().choose(kind, options, priced)
        choice = self._way[position]
        self.position = position + 1
        self.choices.append(choice)
        self._options.append(options)
        self._moments.append(self._moment if kind is Kind.EVENT else 0)
        self._priced.append(priced)
        return choice

    def seen(self, *asked: Any) -> bool:  # noqa: ANN401 - handed on as they are
        return self.position >= self._above and super().seen(*asked)

    def advance(self) -> bool:
        if super().advance():
            return True
        if not self._roots or self.divergence is not None:
            return False
        self._begin()
        return True

    def finish(self) -> None:
        for beginning, ways in self._begun:
            beginning.reached[self.events] = ways, (), ()
        self._count()

    def in_order(self) -> tuple[State, ...]:
        return (*(beginning for beginning, _ in self._begun), *self._open[1:], *reversed(self._left))


def in_groups(roots: Sequence[Root], groups: int) -> list[list[Root]]:
    """Deal roots out to at most so many groups. Neighbours, which share most states, stay together."""
    size = max(1, -(-len(roots) // groups))
    return [list(roots[start : start + size]) for start in range(0, len(roots), size)]
