"""Visit each state once: enumerate schedules, but end an execution where it reaches a state that was seen before.

What follows from a state (which outcomes, in how many schedules, the smallest of each) depends on the state alone. So
the first visit explores it to the end, by the same depth-first search as always, and writes that down; every later
visit adds what is written. The number of schedules stays exact, although most of them are never executed.

A state is *open* while the search is below it. Each keeps its tallies relative to itself: sizes from where it was
reached, examples as the choices that follow. When the search leaves a state, its tallies go to the state above it. The
graph of states has no cycles as long as whatever happens uses up something of a bound. A program that comes back to a
state that is open has schedules without end: they cannot be counted so, and it is left to the search without states.
"""

from __future__ import annotations

from itertools import repeat
from operator import add, sub
from typing import TYPE_CHECKING, Any

from treadle.explorer.schedulers import EnumeratingScheduler
from treadle.explorer.tally import Tally
from treadle.fingerprint import OpaqueError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from treadle.explorer.program import Execution
    from treadle.fingerprint import Fingerprint
    from treadle.schedule import Schedule

    Size = tuple[int, ...]
    Tallies = dict[Any, Tally]


class _Open:
    """A state that the search is below: where it was reached, and what was found so far."""

    __slots__ = ("depth", "left", "size", "tallies")

    def __init__(self, depth: int, size: Iterable[int], tallies: Tallies) -> None:
        self.depth = depth  # choices before it
        self.size = size
        self.tallies = tallies
        self.left = False

    def count(self, outcome: Hashable, schedules: int, size: Size, example: Schedule) -> None:
        """Add schedules with one outcome; size and example are relative to the state."""
        tally = self.tallies.get(outcome)
        if tally is None:
            self.tallies[outcome] = Tally(schedules, size, example)
            return
        tally.schedules += schedules
        if size < tally.size:  # of two with one size the first stays, as when every schedule is run
            tally.size = size
            tally.example = example

    def count_all(self, tallies: Tallies, way: Schedule, size: Iterable[int]) -> None:
        """Add all that follows from a state further down, which is `way` from here and was reached at `size`."""
        further = tuple(map(sub, size, self.size))
        for outcome, tally in tallies.items():
            self.count(outcome, tally.schedules, tuple(map(add, further, tally.size)), way + tally.example)


class StateScheduler(EnumeratingScheduler):
    """Enumerates, remembers states, and ends executions that have nothing new to show.

    `opaque` says why a state could not be identified, if so; the search is then of no use.
    """

    __slots__ = ("_known_states", "_open", "_pruned", "opaque")

    def __init__(self) -> None:
        """Begin with the schedule of default choices, and no states."""
        super().__init__()
        self._known_states: dict[Fingerprint, _Open] = {}
        self._open = [_Open(0, repeat(0), self.tallies)]  # the beginning, of whatever size: nothing
        self._pruned: tuple[Tallies, Size] | None = None
        self.opaque = ""

    @property
    def states(self) -> int:
        """The number of states that were told apart."""
        return len(self._known_states)

    def seen(self, size: Size, fingerprint: Callable[[], Fingerprint]) -> bool:
        """Say whether the state is known, and open it if not. In the part that is repeated, nothing is asked."""
        if self._position < self._known or self.divergence is not None:
            return False
        try:
            state = fingerprint()
        except OpaqueError as error:
            self.opaque = str(error)
            return True
        known = self._known_states.get(state)
        if known is not None:
            if not known.left:
                self.opaque = "the program can come back to a state for ever"
            self._pruned = known.tallies, size
            return True
        opened = _Open(len(self.choices), size, {})
        self._known_states[state] = opened
        self._open.append(opened)
        return False

    def record(self, execution: Execution[Any]) -> None:
        """Add the outcome, or all that is known of the state where the execution ended."""
        top = self._open[-1]
        way = tuple(self.choices[top.depth :])
        if self._pruned is not None:
            tallies, size = self._pruned
            self._pruned = None
            top.count_all(tallies, way, size)
        else:
            top.count(execution.outcome, 1, tuple(map(sub, execution.size, top.size)), way)

    def advance(self) -> bool:
        """Leave the states that are done with, and move on; False if nothing is left."""
        last = -1 if self.opaque else self._last_open()
        while len(self._open) > 1 and self._open[-1].depth > last:
            left = self._open.pop()
            left.left = True
            above = self._open[-1]
            above.count_all(left.tallies, tuple(self.choices[above.depth : left.depth]), left.size)
        return not self.opaque and super().advance()
