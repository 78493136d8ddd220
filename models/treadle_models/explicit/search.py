"""Exhaustive search of an instance within bounds: verdicts, shortest traces, and the number of paths.

Within bounds the machine has no cycle (each would use up an event, a step or an idle gap), so the paths to each outcome
are counted on the finite graph of states, without walking them. A path is a schedule of the checker, so these numbers
can be compared with the recorded ones.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from treadle_models.explicit.instance import Edge, edges
from treadle_models.machine.futures import TurnsCountError
from treadle_models.machine.play import End, Play, State

if TYPE_CHECKING:
    from treadle_models.spec import Observation, Property, Reading

Seen = tuple["Observation", ...]


@dataclass(slots=True)
class Graph:
    """The reachable states, by number; `parents` lead back along a shortest path to the start."""

    states: list[State] = field(default_factory=list)
    numbers: dict[State, int] = field(default_factory=dict)
    successors: list[list[Edge]] = field(default_factory=list)
    parents: list[tuple[int, Edge] | None] = field(default_factory=list)
    beginnings: list[Edge] = field(default_factory=list)

    @property
    def edge_count(self) -> int:
        """The number of actions."""
        return sum(map(len, self.successors))


def explore(play: Play, limit: int = 1_000_000) -> Graph:
    """Search breadth first; raise `OverflowError` beyond `limit` states. It may turn on the counting of turns."""
    try:
        return _explored(play, limit)
    except TurnsCountError:
        play.turns = True
        return _explored(play, limit)


def _explored(play: Play, limit: int) -> Graph:
    graph = Graph()
    queue: deque[int] = deque()

    def reach(edge: Edge, parent: tuple[int, Edge] | None) -> None:
        if isinstance(edge.target, End) or edge.target in graph.numbers:
            return
        number = graph.numbers[edge.target] = len(graph.states)
        if number >= limit:
            message = f"more than {limit} states"
            raise OverflowError(message)
        graph.states.append(edge.target)
        graph.successors.append([])
        graph.parents.append(parent)
        queue.append(number)

    for edge in edges(play, None):
        graph.beginnings.append(edge)
        reach(edge, None)
    while queue:
        number = queue.popleft()
        found = graph.successors[number]
        for edge in edges(play, graph.states[number]):
            found.append(edge)
            reach(edge, (number, edge))
    return graph


def count_outcomes(graph: Graph) -> Counter[Seen]:
    """Count the paths to each outcome; raise `ValueError` if there is a cycle."""
    tallies: list[Counter[Seen] | None] = [None] * len(graph.states)
    open_states: set[int] = set()
    stack = [graph.numbers[edge.target] for edge in graph.beginnings if isinstance(edge.target, State)]
    while stack:
        number = stack[-1]
        if tallies[number] is not None:
            stack.pop()
            continue
        targets = [edge.target for edge in graph.successors[number]]
        missing = [
            graph.numbers[each] for each in targets if isinstance(each, State) and tallies[graph.numbers[each]] is None
        ]
        if missing:
            if number in open_states and any(each in open_states for each in missing):
                message = "a cycle of states within bounds"
                raise ValueError(message)
            open_states.add(number)
            stack.extend(missing)
            continue
        tallies[number] = _add(targets, graph, tallies)
        open_states.discard(number)
        stack.pop()
    return _add([edge.target for edge in graph.beginnings], graph, tallies)


def _add(targets: list[State | End], graph: Graph, tallies: list[Counter[Seen] | None]) -> Counter[Seen]:
    total: Counter[Seen] = Counter()
    for each in targets:
        if isinstance(each, End):
            total[each.seen] += 1
        else:
            for seen, paths in (tallies[graph.numbers[each]] or {}).items():
                total[seen] += paths
    return total


@dataclass(frozen=True, slots=True)
class Count:
    """The number of paths in which a property was exercised, and of those in which it was violated."""

    exercised: int
    violated: int


def judge(outcomes: Counter[Seen], the_property: Property, reading: Reading) -> Count:
    """Evaluate a property on all outcomes; a path counts once, whatever the number of calls in it."""
    exercised = violated = 0
    for seen, paths in outcomes.items():
        if any(the_property.applies(each, reading) for each in seen):
            exercised += paths
            violated += paths * any(not the_property.holds(each, reading) for each in seen)
    return Count(exercised, violated)


def shortest(graph: Graph, the_property: Property, reading: Reading) -> tuple[Edge, ...] | None:
    """Return a shortest trace that violates a property, or None; states are in the order of their distance."""
    for number, found in enumerate(graph.successors):
        for edge in found:
            if isinstance(edge.target, End) and any(not the_property.holds(each, reading) for each in edge.target.seen):
                return (*way(graph, number), edge)
    for edge in graph.beginnings:
        if isinstance(edge.target, End) and any(not the_property.holds(each, reading) for each in edge.target.seen):
            return (edge,)
    return None


def way(graph: Graph, number: int) -> tuple[Edge, ...]:
    """Return a shortest path from the start to a state."""
    edges_back: list[Edge] = []
    parent = graph.parents[number]
    while parent is not None:
        number, edge = parent
        edges_back.append(edge)
        parent = graph.parents[number]
    first = next(edge for edge in graph.beginnings if edge.target == graph.states[number])
    return (first, *reversed(edges_back))
