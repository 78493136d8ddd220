"""Visit each state once: enumerate schedules, but end an execution where it reaches a state that was seen before.

What follows from a state (which outcomes, in how many schedules) depends on the state alone. So the first visit goes
through it to the end, by the same depth-first search as always, and an execution that comes to it again ends there: it
is an *edge* to a state that is known. What is left at the end is a graph of states with edges and leaves. The search
leaves a state only after all that follow from it, so the reverse of that order has each state after all that lead to
it: one pass counts the ways to each, and keeps the smallest. So the number of schedules stays exact, although most of
them are never executed.

Where only verdicts matter, *dominance* saves more: what can follow with some events left can follow with more of them,
too, so a state that was reached with as many left or more need not be looked at again. What is dropped so has used more
events than what was kept, so the smallest example of each outcome stays; the numbers of schedules do not.

To identify a state costs as much as an execution, so the search begins without. Where a state is opaque, or where a
program comes back to a state that it has not left (which would be a cycle, and schedules without end), it goes on
without. What was found until then stays as it is.
"""

from __future__ import annotations

from operator import add, sub
from typing import TYPE_CHECKING, Any

from treadle.explorer.schedulers import EnumeratingScheduler
from treadle.explorer.tally import Tally
from treadle.fingerprint import OpaqueError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from treadle.explorer.program import Execution
    from treadle.explorer.schedulers import Subtree
    from treadle.fingerprint import Fingerprint
    from treadle.schedule import Schedule

    Size = tuple[int, ...]


class State:
    """A state: where it was reached first, and what follows from it.

    `edges` lead to states, `leaves` to outcomes; each has the choices on the way and by how much the size grows. The
    last three attributes are for the pass at the end: in how many ways it is reached, and the smallest of them.
    """

    __slots__ = ("depth", "edges", "leaves", "left", "size", "smallest", "way", "ways")

    def __init__(self, depth: int, size: Size) -> None:
        self.depth = depth  # choices before it
        self.size = size
        self.edges: list[tuple[State, Schedule, Size]] = []
        self.leaves: list[tuple[Any, Schedule, Size]] = []
        self.left = False
        self.ways = 0
        self.smallest: Size = ()
        self.way: Schedule = ()


class StateScheduler(EnumeratingScheduler):
    """Enumerates, remembers states, and ends executions that have nothing new to show.

    `opaque` says why states are not identified, or not any more.
    """

    __slots__ = ("_budgets", "_first", "_left", "_open", "_pruned", "_states", "opaque")

    def __init__(
        self, first: int, opaque: str = "", subtree: Subtree | None = None, *, dominance: bool = False
    ) -> None:
        """Begin with the schedule of default choices; the `first` so many executions are not asked for states."""
        super().__init__(subtree)
        self._budgets: dict[Fingerprint, int] | None = {} if dominance else None
        self._first = first
        self._states: dict[Fingerprint, State] = {}
        self._open = [State(0, ())]  # the beginning, whatever it is
        self._left: list[State] = []
        self._pruned = False
        self.opaque = opaque

    @property
    def states(self) -> int:
        """The number of states that were told apart."""
        return len(self._states)

    def seen(self, size: Size, fingerprint: Callable[[], Fingerprint]) -> bool:
        """Say whether the state is known, and open it if not. In the part that is repeated, nothing is asked."""
        if self._position < self._known or self._first > 0 or self.opaque or self.divergence is not None:
            return False
        try:
            identity = fingerprint()
        except OpaqueError as error:
            self.opaque = str(error)
            return False
        if self._budgets is not None:
            (budget, *plain), *rest = identity  # what belongs to a state begins with the events that are left
            identity = (tuple(plain), *rest)
            most = self._budgets.get(identity, -1)
            if most > budget:
                self._pruned = True
                return True
            self._budgets[identity] = budget
            if most < budget:
                self._states.pop(identity, None)  # it is looked at once more
        state = self._states.get(identity)
        known = state is not None
        if state is None:
            state = self._states[identity] = State(len(self.choices), size)
        elif not state.left:
            self.opaque = "the program can come back to a state for ever"
            return False
        above = self._open[-1]
        further = tuple(map(sub, size, above.size)) if above.size else size
        above.edges.append((state, tuple(self.choices[above.depth :]), further))
        self._pruned = known
        if not known:
            self._open.append(state)
        return known

    def record(self, execution: Execution[Any]) -> None:
        """Note the outcome, unless the execution ended in a state that is known."""
        self._first -= 1
        if self._pruned:
            self._pruned = False
            return
        above = self._open[-1]
        further = tuple(map(sub, execution.size, above.size)) if above.size else execution.size
        above.leaves.append((execution.outcome, tuple(self.choices[above.depth :]), further))

    def advance(self) -> bool:
        """Leave the states that are done with, and move on; False if nothing is left."""
        last = self._last_open()
        while len(self._open) > 1 and self._open[-1].depth > last:
            state = self._open.pop()
            state.left = True
            self._left.append(state)
        return super().advance()

    def finish(self) -> None:
        """Count the schedules, also where the search was cut off: then those that were covered until then."""
        self._open[0].ways = 1
        self._count(self._open)

    def _count(self, first: Sequence[State]) -> None:
        """Count the schedules: from the states that were reached first to those that were left first."""
        for state in (*first, *reversed(self._left)):
            for following, way, further in state.edges:
                following.ways += state.ways
                size = tuple(map(add, state.smallest, further)) if state.smallest else further
                if not following.smallest or (size, state.way + way) < (following.smallest, following.way):
                    following.smallest, following.way = size, state.way + way
            for outcome, way, further in state.leaves:
                size = tuple(map(add, state.smallest, further)) if state.smallest else further
                tally = self.tallies.get(outcome)
                if tally is None:
                    self.tallies[outcome] = Tally(state.ways, size, state.way + way)
                    continue
                tally.schedules += state.ways
                tally.size, tally.example = min((tally.size, tally.example), (size, state.way + way))
