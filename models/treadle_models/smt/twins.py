"""Twins and guards without bounds: a solver answers what `explicit.twins` searches within bounds.

The probe is unfolded like a candidate. At each of its ends the readable things are known as expressions over the
counters, and the invariant says which values the counters may have. So a solver can be asked for two ends, with values
for each, that are equal in what is read, while the one must raise and the other must not. If there are none, what is
read suffices in every execution of any length. If there are some, they are only numbers; the search has the executions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from treadle_models.algebra import FALSE, TRUE, Formula, Linear, variable
from treadle_models.explicit.instance import edges, make_play
from treadle_models.explicit.probe import PROBES
from treadle_models.explicit.twins import ENVIRONMENTS, READABLE, Guard, Noting, grammar, needs
from treadle_models.machine.play import End, State
from treadle_models.machine.stage import MachineLimits
from treadle_models.situations import situation_of
from treadle_models.smt.invariant import controls_of, unfold
from treadle_models.smt.obligations import conjunction, disjunction, invariant, substitute
from treadle_models.spec import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.smt.solver import Solver

WAYS = ("returned", "cancelled", "failed")


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """An end of the probe: the facts about its counters, what can be read, and when it must raise or must not."""

    known: tuple[Formula, ...]
    readable: tuple[Linear | int | str, ...]
    must: Formula
    must_not: Formula


@cache
def moments(
    environment: str, version: tuple[int, int], reading: Reading = Reading.WEAK, waiting: str = "await task"
) -> tuple[Moment, ...]:
    """Return all ends of the probe, without repetitions."""
    found: dict[object, Moment] = {}
    probe = PROBES[waiting]
    controls = controls_of(probe, version)
    for situation in ENVIRONMENTS[environment]:
        unfolded = unfold(controls, situation_of(situation))
        plain = make_play(probe, situation, version, MachineLimits())
        play = Noting(version, plain.situation, MachineLimits(), plain.target, owner=False, roles=plain.roles)
        for number, facts in sorted(unfolded.facts.items()):
            place = unfolded.control.places[number]
            state = State(place.shape, tuple(map(variable, place.counters)))
            before = invariant(place.counters, facts)
            for moment in _ends(play, state, before, reading):
                told = tuple(each.key() if isinstance(each, Linear) else each for each in moment.readable)
                found.setdefault((moment.known, told, moment.must, moment.must_not), moment)
    return tuple(found.values())


def _ends(play: Noting, state: State, before: tuple[Formula, ...], reading: Reading) -> Iterator[Moment]:
    play.way_out = "returned"
    for edge in edges(play, state):
        if isinstance(edge.target, End) and edge.target.seen[0].left:
            must, must_not = needs(edge.target.seen[0], reading)
            yield Moment((*before, *edge.guards), play.read, _formula(must), _formula(must_not))
        play.way_out = "returned"


def _formula(truth: object) -> Formula:
    if isinstance(truth, Formula):
        return truth
    return TRUE if truth else FALSE


def has_twins(known: tuple[Moment, ...], readable: tuple[str, ...], solver: Solver) -> bool:
    """Say whether the solver finds twins that are equal in these readable things; if not, there are none at all."""
    places = [READABLE.index(name) for name in readable]
    pairs = (_equal(one, other, places) for one in known for other in known)
    return solver.possible(disjunction(tuple(each for each in pairs if each != FALSE)))


def _equal(one: Moment, other: Moment, places: list[int]) -> Formula:
    """Return the formula that two ends are equal in these places and need opposite things, the other renamed."""
    if FALSE in (one.must, other.must_not):
        return FALSE
    names = {name for part in (*other.known, other.must_not) for name in _names(part)}
    values = {name: variable(f"other-{name}") for name in names}
    parts = [*one.known, one.must, *(substitute(part, values) for part in (*other.known, other.must_not))]
    for place in places:
        left, right = one.readable[place], other.readable[place]
        if isinstance(right, Linear):
            right = _renamed(right)
        same = left == right
        if same is False:
            return FALSE
        if same is not True:
            parts.append(same)
    return conjunction(tuple(parts))


def _renamed(expression: Linear) -> Linear:
    return Linear(tuple((f"other-{name}", factor) for name, factor in expression.terms), expression.constant)


def _names(formula: Formula) -> Iterator[str]:
    yield from (name for name, _ in formula.terms)
    for part in formula.parts:
        yield from _names(part)


def right_guards(known: tuple[Moment, ...], solver: Solver, ways_out: tuple[str, ...] = WAYS) -> list[Guard]:
    """Return the guards of the grammar that are right in every execution, if they are asked on these ways out."""
    return [guard for guard in grammar() if not solver.possible(_wrong(guard, known, ways_out))]


def _wrong(guard: Guard, known: tuple[Moment, ...], ways_out: tuple[str, ...]) -> Formula:
    """Return the formula that a guard is wrong at some end; if it is not asked, the code acts as `await` does."""
    wrong = []
    for moment in known:
        out = moment.readable[0]
        says = _formula(guard.holds(moment.readable)) if out in ways_out else _formula(out == "cancelled")
        wrong.append(conjunction((*moment.known, moment.must, _not(says))))
        wrong.append(conjunction((*moment.known, moment.must_not, says)))
    return disjunction(tuple(wrong))


def weakest(guards: list[Guard], known: tuple[Moment, ...], solver: Solver) -> list[Guard]:
    """Return those of the right guards that every other one implies, at every end."""

    def implies(one: Guard, other: Guard) -> bool:
        apart = (
            conjunction((*m.known, _formula(one.holds(m.readable)), _not(_formula(other.holds(m.readable)))))
            for m in known
        )
        return not solver.possible(disjunction(tuple(apart)))

    return [guard for guard in guards if all(implies(other, guard) for other in guards)]


def _not(formula: Formula) -> Formula:
    return FALSE if formula == TRUE else TRUE if formula == FALSE else ~formula
