"""Bounded model checking: find a violation within so many actions, as a cross-check of search and proof.

The rules of the unfolded machine are unrolled: in each of K steps the machine is at one shape with some numbers, and
takes one rule, which Z3 chooses. The answer must be that of the exhaustive search, with which this shares only the
rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.algebra import FALSE, Formula, Linear, Relation
from treadle_models.smt.obligations import conjunction, disjunction, substitute

if TYPE_CHECKING:
    from treadle_models.smt.control import Rule
    from treadle_models.smt.invariant import Unfolded
    from treadle_models.smt.judge import Pair
    from treadle_models.smt.solver import Solver


def shortest_violation(unfolded: Unfolded, solver: Solver, pair: Pair, most: int) -> int | None:
    """Return the fewest actions, without the first, that violate a property; None if more than `most`."""
    rules = list(unfolded.rules())
    arrivals = [rule for rule in rules if rule.source < 0 <= rule.target]
    path = [disjunction(tuple(_arrive(rule, 0) for rule in arrivals))]
    reached = {rule.target for rule in arrivals}
    for step in range(most):
        going = [rule for rule in rules if rule.source in reached]
        bad = tuple(formula for rule in going for formula in _violated(rule, step, pair))
        if bad and solver.possible(*path, disjunction(bad)):
            return step + 1
        moves = tuple(_move(rule, step) for rule in going if rule.target >= 0)
        if not moves:
            return None
        path.append(disjunction(moves))
        reached = {rule.target for rule in going if rule.target >= 0}
    return None


def _at(step: int, name: str) -> str:
    return f"{name}@{step}"


def _place(shape: int, step: int) -> Formula:
    return Formula(Relation.EQUAL, ((_at(step, "shape"), 1),), -shape)


def _renamed(names: tuple[str, ...], step: int) -> dict[str, Linear]:
    return {name: Linear(((_at(step, name), 1),)) for name in names}


def _arrive(rule: Rule, step: int) -> Formula:
    """Return the formula that a rule gives the counters of a step, in terms of those of the step before."""
    values = _renamed(rule.step.source, step - 1)
    parts = [_place(rule.target, step)]
    for name, update in zip(rule.step.target, rule.step.updates, strict=True):
        total = Linear((), update.constant)
        for other, factor in update.terms:
            for _ in range(abs(factor)):
                total = total + values[other] if factor > 0 else total - values[other]
        same = Linear(((_at(step, name), 1),)) == total
        parts.append(same)  # type: ignore[arg-type]  # there is a counter in it, so it is a formula
    return conjunction(tuple(parts))


def _move(rule: Rule, step: int) -> Formula:
    return conjunction((_taken(rule, step), _arrive(rule, step + 1)))


def _taken(rule: Rule, step: int) -> Formula:
    values = _renamed(rule.step.source, step)
    guards = tuple(substitute(guard, values) for guard in rule.step.guards)
    return conjunction((_place(rule.source, step), *guards))


def _violated(rule: Rule, step: int, pair: Pair) -> tuple[Formula, ...]:
    wrong = [each.wrong for each in rule.judged if each.pair == pair and each.wrong != FALSE]
    values = _renamed(rule.step.source, step)
    taken = _taken(rule, step) if wrong else FALSE
    return tuple(conjunction((taken, substitute(each, values))) for each in wrong)
