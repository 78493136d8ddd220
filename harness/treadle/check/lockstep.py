"""Run the model and real tasks side by side over one target, before a result of the model alone is reported.

A proof is about the automaton of a target, which was compiled from its source. This module tests whether asyncio does
the same with the target as the machine does with the automaton. Within small bounds, each edge of the graph of states
is run on both, callback by callback, and after each callback everything visible must be the same. Then more schedules
are run until each path through the automaton that the proof uses was taken. And the checker, which runs every schedule,
must get the same counts as the model. A difference is a fault of the model, and makes every result unknown that only
the model has seen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from treadle.check.sides import PARTS, Choices, Follow, LoggingMachine, LoggingWorld, ModelledWorld, where
from treadle.check.watch import CheckWatch
from treadle.check.worlds import loop_for
from treadle.explorer import Ended, Limits, quiet, visit_states
from treadle.schedule import Bounds, TaskKind
from treadle.situation import parse_situation
from treadle.situation.patience import OF_CANDIDATES
from treadle_models.explicit.instance import make_play
from treadle_models.explicit.search import Graph, count_outcomes, explore
from treadle_models.explicit.search import judge as count
from treadle_models.machine.stage import MachineLimits
from treadle_models.situations import instances
from treadle_models.smt.judge import pairs_of
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from treadle.check.sides import Log
    from treadle.check.target import Target
    from treadle_models.candidates import Candidate
    from treadle_models.machine.interpreter import Arc
    from treadle_models.spec import Observation

AT_FAULT = "the model is at fault here, not the target"
# Events, steps, and the gaps without an action after which the environment acts no more.
_SMALL = (1, 1, OF_CANDIDATES.idle)
_LARGER = ((1, 2, 8), (2, 1, 8), (1, 1, 32), (2, 2, 8), (3, 2, 8))
_MOST_STATES = 200_000
_MOST_COUNTS = 6
"""The largest count at entry that is tried, where it is a symbol, to take a path of the automaton."""


@dataclass(frozen=True, slots=True)
class Driven:
    """What was run on both sides: so many schedules with so many callbacks.

    `doubt` says what differed, or could not be run; `at_fault`: it differed, so the model is wrong about the target.
    """

    situation: str
    schedules: int = 0
    callbacks: int = 0
    doubt: str = ""

    @property
    def at_fault(self) -> bool:
        """Say whether the model was found to be wrong."""
        return AT_FAULT in self.doubt


def schedules(graph: Graph) -> list[Choices]:
    """Return schedules that together cover every edge, the deepest edges first, because their paths cover others."""
    ways = _ways(graph)
    covered: set[tuple[int, Choices]] = set()
    chosen: list[Choices] = []
    for number in reversed(range(len(graph.states))):
        for edge in graph.successors[number]:
            if (number, edge.choices) in covered:
                continue
            covered.add((number, edge.choices))
            chosen.append(ways[number] + edge.choices)
            place = graph.parents[number]
            while place is not None and (place[0], place[1].choices) not in covered:
                covered.add((place[0], place[1].choices))
                place = graph.parents[place[0]]
    return chosen or [edge.choices for edge in graph.beginnings]


def _ways(graph: Graph) -> list[Choices]:
    ways: list[Choices] = []
    for number, parent in enumerate(graph.parents):
        if parent is None:
            first = next(edge for edge in graph.beginnings if edge.target == graph.states[number])
            ways.append(first.choices)
        else:
            ways.append(ways[parent[0]] + parent[1].choices)
    return ways


def leading_to(graph: Graph, wanted: set[Arc]) -> Iterator[Choices]:
    """Yield schedules through edges with wanted arcs, until no arc is wanted any more; `wanted` is emptied."""
    ways = _ways(graph)
    for number, found in enumerate(graph.successors):
        for edge in found:
            if not wanted.isdisjoint(edge.arcs):
                wanted -= edge.arcs
                yield ways[number] + edge.choices
                if not wanted:
                    return


class Lockstep:
    """Runs a target and its model side by side, in one situation after the other, on this interpreter."""

    def __init__(self, target: Target, candidate: Candidate, version: tuple[int, int]) -> None:
        """Prepare; `version` is that of the machine, which differs from the interpreter's only in tests."""
        self.target = target
        self.candidate = candidate
        self.version = version
        self.schedules = self.callbacks = 0
        self._gone: set[Arc] = set()
        self._entered = True

    def drive(self, situation: str, arcs: Iterable[Arc]) -> Driven:
        """Run all schedules within small bounds, and more until these arcs of the automaton were taken.

        Of a situation with a symbol for a number, its instances are run.
        """
        before = self.schedules, self.callbacks
        names = instances(situation)
        doubt, where = "", situation
        for where in names:
            self._entered = True
            doubt = self._drive(where, _SMALL, None) or (self._count(where) if self._entered else "")
            if doubt:
                break
        missing = set(arcs) - self._gone
        for bounds, each in product(_LARGER, instances(situation, _MOST_COUNTS)):
            if missing and not doubt:
                where, doubt = each, self._drive(each, bounds, missing)
                missing -= self._gone
        if missing and not doubt:
            where, doubt = situation, _not_gone(missing)
        told = f"in the situation {where}, {doubt}" if doubt else ""
        return Driven(situation, self.schedules - before[0], self.callbacks - before[1], told)

    def _drive(self, situation: str, bounds: tuple[int, int, int], wanted: set[Arc] | None) -> str:
        """Run every edge, or those with wanted arcs; return what differed, or nothing."""
        limits = MachineLimits(events=bounds[0], steps=bounds[1])
        model = make_play(self.candidate, situation, self.version, limits)
        model.idle_gaps = bounds[2]
        try:
            graph = explore(model, _MOST_STATES)
        except OverflowError as error:
            return f"the model was not compared with real tasks: {error} with {bounds[0]} events and {bounds[1]} steps"
        machine = LoggingMachine.beside(model, limits)
        machine.idle_gaps = bounds[2]
        real = LoggingWorld(
            self.target.subject,
            parse_situation(situation),
            Bounds(events=bounds[0], steps=bounds[1]),
            TaskKind.C,
            loop_for(TaskKind.C),
        )
        real.waits = replace(OF_CANDIDATES, idle=bounds[2])
        every = schedules(graph) if wanted is None else leading_to(graph, set(wanted))
        watch = CheckWatch()
        with quiet(), watch:
            watched = watch.over(real)
            for choices in every:
                ours = machine.run(choices)
                if machine.spun:  # real tasks would not return either
                    return f"a step of the call does not end, last seen at {where(machine.arcs)}; no more was compared"
                execution = watched.run(Follow(choices))
                theirs = real.log, tuple(call.observation for call in execution.outcome)
                self.schedules += 1
                self.callbacks += len(real.log)
                if real.setup_error is not None and machine.left_early and ours == theirs:
                    self._entered = False  # neither side makes the call: nothing is judged
                elif execution.fatal:
                    return f"real tasks stopped where the model went on: {execution.fatal} ({AT_FAULT})"
                if ours != theirs:
                    return first_difference(ours, theirs, machine.places)
                self._gone.update(machine.arcs)
        return ""

    def _count(self, situation: str) -> str:
        """Compare the numbers of all schedules, and of those that exercise and violate each property."""
        bounds = Bounds(events=_SMALL[0], steps=_SMALL[1])
        limits = MachineLimits(events=bounds.events, steps=bounds.steps)
        outcomes = count_outcomes(explore(make_play(self.candidate, situation, self.version, limits)))
        parsed, loop = parse_situation(situation), loop_for(TaskKind.C)
        watch = CheckWatch()
        with quiet(), watch:
            world = ModelledWorld(self.target.subject, parsed, bounds, TaskKind.C, loop)
            found = visit_states(watch.over(world), Limits())
        if found.ended is Ended.STOPPED:
            return f"a search of all small schedules was cut off: {found.reason}"
        if outcomes.total() != found.schedules:
            return f"real tasks have {found.schedules:,} schedules, the model {outcomes.total():,} ({AT_FAULT})"
        theirs: Counter[tuple[Observation, ...]] = Counter()
        for outcome, tally in found.tallies.items():
            theirs[tuple(call.observation for call in outcome)] += tally.schedules
        for name, reading in pairs_of(parsed):
            ours, real = (count(each, BY_NAME[name], reading) for each in (outcomes, theirs))
            if ours != real:
                return (
                    f"{name} is violated in {real.violated:,} of the {real.exercised:,} schedules of real tasks that "
                    f"exercise it, and in {ours.violated:,} of {ours.exercised:,} of the model ({AT_FAULT})"
                )
        return ""


def first_difference(ours: Log, theirs: Log, places: list[str]) -> str:
    """Say where two logs first differ, and which line of the target the model had run last."""
    for number, (one, other) in enumerate(zip(ours[0], theirs[0], strict=False)):
        if one != other:
            what = "; ".join(
                f"{name}: model {mine}, real tasks {real}"
                for name, mine, real in zip(PARTS, one, other, strict=True)
                if mine != real
            )
            return f"model and real tasks differ after {places[number]} ({what}); {AT_FAULT}"
    last = places[-1]
    if len(ours[0]) != len(theirs[0]):
        last = places[min(len(ours[0]), len(theirs[0])) - 1]
        what = f"{len(ours[0])} and {len(theirs[0])} callbacks"
    else:
        what = "; ".join(
            f"{name}: model {mine}, real tasks {real}"
            for one, other in zip(ours[1], theirs[1], strict=False)
            for name, mine, real in zip(one._fields, one, other, strict=True)
            if mine != real
        )
    return f"model and real tasks differ after {last} ({what}); {AT_FAULT}"


def _not_gone(missing: set[Arc]) -> str:
    code, before, place = min(missing, key=lambda arc: (arc[0].file, arc[0].line, arc[1], arc[2]))
    node = code.nodes[place if place >= 0 else before]
    return (
        f"no small execution takes one of the paths that the proof covers, so real tasks were never seen to go there: "
        f"{code.file}:{node.line}: {node.text}"
    )
