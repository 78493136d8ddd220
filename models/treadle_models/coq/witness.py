"""Find paths through a statement to where a property applies, as data that shows that it was exercised."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle_models.algebra import FALSE, evaluate
from treadle_models.smt.judge import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.coq.statement import Place, Sighting, Statement
    from treadle_models.smt.judge import Pair

_State = tuple["Place", tuple[int, ...]]
_MOST = 20_000
"""The most states to search; the paths are a few actions long."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Actions from the beginning on, and a sighting, each by its index in the statement."""

    way: tuple[int, ...]
    sighting: int


def witnesses(statement: Statement, pairs: frozenset[Pair]) -> dict[Pair, Witness]:
    """Return the shortest path for each of these properties that is found within the limit of states."""
    return _Search(statement).find(pairs)


class _Search:
    def __init__(self, statement: Statement) -> None:
        self.actions: dict[Place, list[int]] = {}
        self.sightings: dict[Place, list[int]] = {}
        self.statement = statement
        self.counters: dict[Place, tuple[str, ...]] = {}
        for at, action in enumerate(statement.actions):
            self.actions.setdefault(action.source, []).append(at)
            self.counters[action.source] = action.step.source
        for at, each in enumerate(statement.sightings):
            self.sightings.setdefault(each.place, []).append(at)

    def find(self, pairs: frozenset[Pair]) -> dict[Pair, Witness]:
        found: dict[Pair, Witness] = {}
        start = self.statement.places[0]
        ways: dict[_State, tuple[int, ...]] = {(start, ()): ()}
        queue = deque(ways)
        while queue and len(ways) < _MOST and len(found) < len(pairs):
            state = queue.popleft()
            for pair, at in self.seen(state):
                if pair in pairs:
                    found.setdefault(pair, Witness(ways[state], at))
            for at, after in self.following(state):
                if after not in ways:
                    ways[after] = (*ways[state], at)
                    queue.append(after)
        return found

    def following(self, state: _State) -> Iterator[tuple[int, _State]]:
        place, numbers = state
        for at in self.actions.get(place, ()):
            action = self.statement.actions[at]
            if action.step.passes(numbers):
                yield at, (action.target, action.step.moves(numbers))

    def seen(self, state: _State) -> Iterator[tuple[Pair, int]]:
        place, numbers = state
        values = dict(zip(self.counters.get(place, ()), numbers, strict=False))
        for at in self.sightings.get(place, ()):
            each: Sighting = self.statement.sightings[at]
            if all(evaluate(condition, values) for condition in each.conditions):
                for said in judge((each.seen,)):
                    if said.applies != FALSE and evaluate(said.applies, values):
                        yield said.pair, at
