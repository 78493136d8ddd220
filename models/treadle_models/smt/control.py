"""The machine without bounds: control explicit, counters symbolic.

Counters grow without end, but the rest of a state does not: there are finitely many shapes. So the shapes are searched
exhaustively with a variable in the place of each counter. Every action becomes a rule: from one shape to another, with
a guard over the counters and what each counter of the target is. Rules whose guard no counters satisfy are harmless.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from treadle_models.algebra import Formula, Linear, variable
from treadle_models.explicit.instance import Edge, edges
from treadle_models.machine.freeze import SLOT, Shape
from treadle_models.machine.play import End, Play, State
from treadle_models.machine.things import Task
from treadle_models.machine.world import Call

if TYPE_CHECKING:
    from typing import Any

    from treadle_models.spec import Observation


@dataclass(frozen=True, slots=True)
class Rule:
    """One action: between two shapes, or to an end. `source` -1: from the beginning, where no counter is known."""

    source: int
    target: int  # -1: the play ends
    guards: tuple[Formula, ...]
    updates: tuple[Linear, ...]
    seen: tuple[Observation, ...]
    text: str
    choices: tuple[int, ...]


@dataclass(slots=True)
class Control:
    """The shapes found so far by number, the names of the counters of each, and the rules from those visited.

    `left_here` is what would be seen of each call if nothing happened any more in a shape.
    """

    shapes: list[Shape] = field(default_factory=list)
    numbers: dict[Shape, int] = field(default_factory=dict)
    counters: list[tuple[str, ...]] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    left_here: list[tuple[Observation, ...]] = field(default_factory=list)

    def begin(self, play: Play, limit: int) -> list[Rule]:
        """Return the rules of the beginning."""
        return self._keep([self._rule(play, -1, edge, limit) for edge in edges(play, None)])

    def visit(self, play: Play, number: int, limit: int) -> list[Rule]:
        """Return the rules from a shape; raise `OverflowError` when there are more shapes than `limit`."""
        state = State(self.shapes[number], tuple(map(variable, self.counters[number])))
        return self._keep([self._rule(play, number, edge, limit) for edge in edges(play, state)])

    def _keep(self, rules: list[Rule]) -> list[Rule]:
        self.rules += rules
        return rules

    def _rule(self, play: Play, source: int, edge: Edge, limit: int) -> Rule:
        target = edge.target
        if isinstance(target, End):
            return Rule(source, -1, edge.guards, (), target.seen, edge.text, edge.choices)
        number = self.numbers.get(target.shape)
        if number is None:
            number = self.numbers[target.shape] = len(self.shapes)
            if number >= limit:
                message = f"more than {limit} shapes"
                raise OverflowError(message)
            self.shapes.append(target.shape)
            names = _names(target.shape)
            self.counters.append(names)
            self.left_here.append(play.look(State(target.shape, tuple(map(variable, names)))))
        return Rule(source, number, edge.guards, target.counters, (), edge.text, edge.choices)


def _names(shape: Shape) -> tuple[str, ...]:
    """Name the counters of a shape, in order, after what they belong to."""
    names: list[str] = []
    calls = tasks = kept = 0
    for row in shape:
        kind = row[0]
        for name, value in zip(kind.FIELDS, row[1:], strict=True):
            for _ in range(_slots(value)):
                if kind is Call:
                    names.append(f"{name}-{calls}")
                elif kind is Task and name == "count":
                    names.append(_task_name(row, tasks))
                else:
                    names.append(f"kept-{kept}")
                    kept += 1
        calls += kind is Call
        tasks += kind is Task
    return tuple(names)


def _task_name(row: tuple[Any, ...], order: int) -> str:
    fields = dict(zip(Task.FIELDS, row[1:], strict=True))
    if fields["number"] >= 0:
        return f"count-{fields['number']}"
    return "dependency" if fields["role"] == "dependency" else f"task-{order}"


def _slots(value: Any) -> int:
    if value is SLOT:
        return 1
    return sum(map(_slots, value)) if isinstance(value, tuple) else 0
