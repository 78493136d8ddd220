"""What a guard after `await task` or `asyncio.wait` can know: twins, and the guards that are right.

Every execution of a probe within bounds ends where a guard must decide whether to raise `CancelledError`. There the
code can read a few things, and the specification says what it must do, in the weak reading: raise if a request is
outstanding, not raise if there was no request; otherwise it is free. Two executions are *twins* if everything that is
read is equal and the needs are opposite: no guard over these things is right. Each is a schedule that replays on real
tasks.
"""

from __future__ import annotations

import itertools
import operator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from treadle_models.explicit.instance import edges, make_play
from treadle_models.explicit.probe import PROBES
from treadle_models.explicit.search import explore, way
from treadle_models.machine.play import End, Play
from treadle_models.machine.stage import MachineLimits
from treadle_models.machine.things import Error, Task
from treadle_models.spec import LOST, PHANTOM, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle_models.algebra import Linear, Number, Truth
    from treadle_models.explicit.instance import Edge
    from treadle_models.machine.code import Node
    from treadle_models.machine.play import State
    from treadle_models.machine.things import Frame
    from treadle_models.spec import Observation

READABLE = ("way out", "count", "snapshot", "dependency count", "dependency ended")
"""What code can read after the wait; the exception is `way out`: asyncio makes a new one for each awaiter."""

ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    "alone": ("plain",),
    "may be cancelling already": ("plain", "cleanup/1", "cleanup/2"),
    "others cancel the dependency": ("plain", "cleanup/1", "third-party"),
    "a request may be pending at entry": ("plain", "cleanup/1", "pending"),
    "others uncancel the caller": ("uncancel/0", "uncancel/1"),
}
"""The environments, named by what others may do, each with its situations."""

_LIMITS = MachineLimits(events=2, steps=2)


@dataclass(frozen=True, slots=True)
class Moment:
    """One execution up to the point of decision: what can be read there, and what must be done (None: anything)."""

    situation: str
    choices: tuple[int, ...]
    readable: tuple[object, ...]
    must_raise: bool | None


@dataclass(frozen=True, slots=True)
class Twins:
    """Two executions that look the same to the code and need opposite decisions."""

    raises: Moment
    returns: Moment


@dataclass(frozen=True, slots=True)
class Guard:
    """A comparison of two readable numbers, which code evaluates on some ways out."""

    left: str
    comparison: str
    right: str

    def holds(self, readable: tuple[object, ...]) -> Truth:
        """Evaluate the comparison, on numbers or on terms."""

        def value(name: str) -> Number:
            return int(name) if name.isdigit() else readable[READABLE.index(name)]

        return _COMPARE[self.comparison](value(self.left), value(self.right))


class Noting(Play):
    """The machine, which notes at exit what the code could have read; set `way_out` again before each action."""

    read: tuple[Linear | int | str, ...] = ()
    way_out = "returned"

    def leave(self, number: int, how: str, error: Error | None) -> None:
        """Note, then leave."""
        call = self.world.calls[number]
        task, dependency = call.task, call.dependency
        if task is not None and isinstance(dependency, Task):
            self.read = (self.way_out, task.count, call.count_entry, dependency.count, dependency.state)
        super().leave(number, how, error)

    def _throw(self, frame: Frame, node: Node, error: Error) -> bool:
        if frame.code.name in _PROBED:
            self.way_out = "cancelled" if error.is_a("CancelledError") else "failed"
        return super()._throw(frame, node, error)


_PROBED = {probe.function.__name__ for probe in PROBES.values()}


def needs(seen: Observation, reading: Reading) -> tuple[Truth, Truth]:
    """Say whether the call must raise CancelledError, and whether it must not; on values or on terms."""
    return LOST.applies(seen, reading), PHANTOM.applies(seen, reading)


def moments(
    environment: str,
    version: tuple[int, int],
    *,
    reading: Reading = Reading.WEAK,
    waiting: str = "await task",
) -> tuple[Moment, ...]:
    """Return every execution up to the point of decision, within two events and two steps."""
    found: list[Moment] = []
    for situation, choices, read, seen in _executions(environment, version, waiting):
        must, must_not = needs(seen, reading)
        found.append(Moment(situation, choices, read, True if must else False if must_not else None))
    return tuple(found)


@cache
def _executions(
    environment: str, version: tuple[int, int], waiting: str
) -> tuple[tuple[str, tuple[int, ...], tuple[object, ...], Observation], ...]:
    """Return the situation, the choices, what the code can read, and the observation of every execution.

    They are cached, because they do not depend on the question, and finding them takes long.
    """
    found = []
    probe = PROBES[waiting]
    for situation in ENVIRONMENTS[environment]:
        plain = make_play(probe, situation, version, _LIMITS)
        play = Noting(version, plain.situation, _LIMITS, plain.target, owner=False, roles=plain.roles)
        graph = explore(play)
        for number, state in enumerate(graph.states):
            for edge in _noting(play, state):
                if isinstance(edge.target, End) and edge.target.seen[0].left:
                    choices = tuple(choice for each in (*way(graph, number), edge) for choice in each.choices)
                    found.append((situation, choices, play.read, edge.target.seen[0]))
    return tuple(found)


def _noting(play: Noting, state: State) -> Iterator[Edge]:
    play.way_out = "returned"
    for edge in edges(play, state):
        yield edge
        play.way_out = "returned"


def find_twins(known: tuple[Moment, ...], readable: tuple[str, ...]) -> Twins | None:
    """Return twins over these readable things, the pair with the shortest schedules, or None."""
    return next(all_twins(known, readable), None)


def all_twins(known: tuple[Moment, ...], readable: tuple[str, ...]) -> Iterator[Twins]:
    """Yield all twins over these readable things, those with the shortest schedules first."""
    places = [READABLE.index(name) for name in readable]
    groups: dict[tuple[object, ...], dict[bool, list[Moment]]] = {}
    for moment in known:
        if moment.must_raise is not None:
            key = tuple(moment.readable[place] for place in places)
            groups.setdefault(key, {True: [], False: []})[moment.must_raise].append(moment)
    pairs = [Twins(*both) for group in groups.values() for both in itertools.product(group[True], group[False])]
    yield from sorted(pairs, key=lambda pair: len(pair.raises.choices) + len(pair.returns.choices))


def sufficient(known: tuple[Moment, ...]) -> tuple[tuple[str, ...], ...]:
    """Return the smallest sets of readable things over which there are no twins, within the bounds."""
    found: list[tuple[str, ...]] = []
    for size in range(len(READABLE) + 1):
        for names in itertools.combinations(READABLE, size):
            if any(set(each) <= set(names) for each in found):
                continue
            if not _has_twins(known, names):
                found.append(names)
    return tuple(found)


def _has_twins(known: tuple[Moment, ...], readable: tuple[str, ...]) -> bool:
    places = [READABLE.index(name) for name in readable]
    needs = {(tuple(each.readable[place] for place in places), each.must_raise) for each in known}
    return any((key, False) in needs for key, need in needs if need is True)


_COMPARE: dict[str, Callable[[int, int], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
}
_NUMBERS = ("count", "snapshot", "dependency count", "0", "1", "2")


def guards(known: tuple[Moment, ...], ways_out: tuple[str, ...] = ("returned", "cancelled", "failed")) -> list[Guard]:
    """Return the guards of the grammar that are right in every execution, if they are asked on these ways out.

    The grammar: two of the readable numbers and 0, 1, 2, with a comparison between them. On a way out on which the
    guard is not asked, the code does the same as `await`: it raises on `cancelled`, and otherwise does not.
    """
    return [guard for guard in grammar() if all(_right(guard, moment, ways_out) for moment in known)]


def grammar() -> Iterator[Guard]:
    """Yield all guards of the grammar."""
    for left, comparison, right in itertools.product(_NUMBERS[:3], _COMPARE, _NUMBERS):
        if left != right:
            yield Guard(left, comparison, right)


def _right(guard: Guard, moment: Moment, ways_out: tuple[str, ...]) -> bool:
    out = moment.readable[0]
    says = guard.holds(moment.readable) if out in ways_out else out == "cancelled"
    return moment.must_raise is None or says is moment.must_raise
