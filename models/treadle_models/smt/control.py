"""The machine without bounds: control explicit, counters symbolic.

Counters grow without limit, but the rest of a state does not: there are finitely many shapes. So the shapes are
searched exhaustively, with a variable in place of each counter. Every action becomes a rule from one shape to another,
with a guard over the counters and the new value of each counter. Rules whose guards no counters satisfy are harmless.

Situations share shapes: once all controllers are inside the call, what can happen does not depend on the beginning. So
one `Control` serves all situations of a candidate, and each situation uses the rules that it allows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from treadle_models.algebra import variable
from treadle_models.explicit.instance import Edge, edges, make_play
from treadle_models.machine.freeze import Shape, rows, slots
from treadle_models.machine.play import End, State
from treadle_models.machine.stage import MachineLimits
from treadle_models.machine.things import PENDING, Future, Task
from treadle_models.machine.world import Call, World
from treadle_models.smt.judge import judge
from treadle_models.smt.step import Step, step
from treadle_models.spec import Observation

if TYPE_CHECKING:
    from treadle_models.candidates import Candidate
    from treadle_models.machine.freeze import Row
    from treadle_models.machine.interpreter import Arc
    from treadle_models.machine.play import Play
    from treadle_models.situations import Situation
    from treadle_models.smt.judge import Judgement

OF_THIRD_PARTIES = frozenset({"cancel-dependency", "cancel-self"})
"""The actions that are offered only in the situation `third-party`."""

_ENTERED, _INSIDE, _EXIT, _OVER, _DEPENDENCY, _FIRST, _TASK, _BY_OTHERS = (
    Call.FIELDS.index(name) + 1
    for name in ("entered", "inside", "exit", "over", "dependency", "first", "task", "by_others")
)
_PHASE = World.FIELDS.index("phase") + 1
_NUMBER, _ROLE = (Task.FIELDS.index(name) + 1 for name in ("number", "role"))
_STATE = {kind: kind.FIELDS.index("state") + 1 for kind in (Future, Task)}


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One action, between two shapes or to an end. `source` -1: from the beginning, where there are no counters.

    `seen` is what was observed on the way and, at an end, of each call; `judged` is its judgement. `first`: only the
    loop acted.
    """

    source: int
    target: int  # -1: the play ends
    step: Step
    judged: tuple[Judgement, ...]
    text: str
    first: bool
    arcs: frozenset[Arc]
    seen: tuple[Observation, ...] = ()


@dataclass(frozen=True, slots=True)
class ControlPlace:
    """A shape, the names of its counters, and the observation of each call if nothing happened any more in it.

    `seen` holds these observations, `left_here` their judgement.
    """

    shape: Shape
    counters: tuple[str, ...]
    left_here: tuple[Judgement, ...]
    phase: str
    play: Play
    seen: tuple[Observation, ...] = ()


class Control:
    """The shapes of a candidate under a version, by number, and the rules from each, computed when they are needed.

    `turns`: include the turns of the loop, which matter if a timer is due when it is set; see `unfold`.
    """

    def __init__(self, candidate: Candidate | str, version: tuple[int, int], *, turns: bool = False) -> None:
        self.candidate = candidate
        self.version = version
        self.turns = turns
        self.places: list[ControlPlace] = []
        self._numbers: dict[tuple[object, Shape], int] = {}
        self._rules: dict[int, tuple[Rule, ...]] = {}
        self._beginnings: dict[str, tuple[Rule, ...]] = {}
        self._waits: dict[int, bool] = {}

    def counters(self, number: int) -> tuple[str, ...]:
        """Return the names of the counters of a shape; none at the beginning and at an end."""
        return self.places[number].counters if number >= 0 else ()

    def begin(self, situation: str) -> tuple[Rule, ...]:
        """Return the rules of the beginning."""
        if situation not in self._beginnings:
            play = make_play(self.candidate, situation, self.version, MachineLimits())
            play.situation = replace(play.situation, third_party=True)
            play.turns = self.turns
            self._beginnings[situation] = tuple(self._rule(play, -1, edge) for edge in edges(play, None))
        return self._beginnings[situation]

    def visit(self, number: int) -> tuple[Rule, ...]:
        """Return the rules from a shape."""
        if number not in self._rules:
            place = self.places[number]
            state = State(place.shape, tuple(map(variable, place.counters)))
            self._rules[number] = tuple(self._rule(place.play, number, edge) for edge in edges(place.play, state))
        return self._rules[number]

    def inside_and_done(self, number: int) -> bool:
        """Say whether the dependency is done in a shape, and a controller inside; or inside a call on itself.

        From there on the call has to end, if nobody acts any more. In `mutual` it has to once somebody else has
        cancelled the controller.
        """
        if number not in self._waits:
            mutual = self.places[number].play.situation.dependency == "mutual"
            things = list(rows(self.places[number].shape))
            calls = [row for row in things if row[0] is Call and row[_INSIDE] and not row[_FIRST]]
            own = any(row[_TASK] == row[_DEPENDENCY] or (mutual and row[_BY_OTHERS]) for row in calls)
            self._waits[number] = own or any(
                row[_STATE[row[0]]] != PENDING for row in (things[each[_DEPENDENCY]] for each in calls)
            )
        return self._waits[number]

    def _rule(self, play: Play, source: int, edge: Edge) -> Rule:
        target, before = edge.target, self.counters(source)
        first = not any(edge.choices)
        if isinstance(target, End):
            seen = (*edge.noted, *target.seen)
            return Rule(source, -1, step(before, (), edge.guards, ()), judge(seen), edge.text, first, edge.arcs, seen)
        number = self._number(play, target.shape)
        taken = step(before, self.counters(number), edge.guards, target.counters)
        return Rule(source, number, taken, judge(edge.noted), edge.text, first, edge.arcs, edge.noted)

    def _number(self, play: Play, shape: Shape) -> int:
        key = _family(play.situation, shape), shape
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.places)
            names = _names(shape)
            phase = next(rows(shape))[_PHASE]
            seen = _left_here(play, shape, names)
            self.places.append(ControlPlace(shape, names, judge(seen), phase, play, seen))
        return number


def allows(situation: Situation, rule: Rule) -> bool:
    """Say whether a rule belongs to a situation."""
    return situation.third_party or rule.text not in OF_THIRD_PARTIES


def _left_here(play: Play, shape: Shape, names: tuple[str, ...]) -> tuple[Observation, ...]:
    """Return the observation of each call; for one that is inside, how often the dependency was asked."""
    calls = [row for row in rows(shape) if row[0] is Call]
    if any(row[_EXIT] and not row[_OVER] for row in calls):
        return play.look(State(shape, tuple(map(variable, names))))
    if not all(row[_ENTERED] and not row[_FIRST] for row in calls):
        return ()
    return tuple(
        Observation(by_call=variable(f"by_call-{number}"), forwarded=variable(f"forwarded-{number}"))
        for number, row in enumerate(calls)
        if row[_INSIDE]
    )


def _family(situation: Situation, shape: Shape) -> object:
    """Return the part of a situation that matters in a shape: before entry all of it, later only what is still used."""
    alone = situation.again or situation.dependency == "mutual"
    if not alone and all(row[_ENTERED] for row in rows(shape) if row[0] is Call):
        return situation.uncancel, situation.dependency == "eager", situation.scope, situation.failure
    return replace(situation, third_party=True)


def _names(shape: Shape) -> tuple[str, ...]:
    """Name the counters of a shape, in order, after what they belong to."""
    names: list[str] = []
    calls = tasks = kept = 0
    for row, fields in slots(shape):
        kind = row[0]
        for name in fields:
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


def _task_name(row: Row, order: int) -> str:
    if row[_NUMBER] >= 0:
        return f"count-{row[_NUMBER]}"
    return "dependency" if row[_ROLE] == "dependency" else f"task-{order}"
