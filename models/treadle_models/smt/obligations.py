"""The obligations for an invariant and for a property, each as formulas that must have no common solution.

- *beginning*: the invariant of a shape holds if the machine begins there;
- *step*: if the invariant holds before a rule, it holds after it;
- *closed*: a rule that leads to a shape without an invariant cannot be taken;
- *covered*: for any counters some rule applies, so that nothing was left out;
- *property*: wherever something is judged (on the way, at an end, or where the machine may stay for ever) the property
  holds;
- *premise*: wherever something is judged, the property does not apply.

Every invariant includes that each counter is a natural number, so this is shown and not assumed. An obligation does not
mention shapes, so equal ones of different shapes, situations and candidates are one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from treadle_models.algebra import FALSE, TRUE, Formula, Linear, Relation
from treadle_models.smt.template import as_formulas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.smt.invariant import Unfolded
    from treadle_models.smt.judge import Pair
    from treadle_models.smt.step import Step
    from treadle_models.smt.template import Facts


@dataclass(frozen=True, slots=True, eq=False)
class Obligation:
    """Formulas that cannot all be true at once, and what that shows. Equal obligations are made once."""

    kind: str
    formulas: tuple[Formula, ...]


def conjunction(parts: tuple[Formula, ...]) -> Formula:
    """Join formulas; of none, true."""
    return parts[0] if len(parts) == 1 else Formula(Relation.AND, parts=parts)


def disjunction(parts: tuple[Formula, ...]) -> Formula:
    """Join formulas; of none, false."""
    return parts[0] if len(parts) == 1 else Formula(Relation.OR, parts=parts)


@cache
def invariant(names: tuple[str, ...], facts: Facts) -> tuple[Formula, ...]:
    """Return the invariant of a shape as formulas: its bounds, and that counters are natural numbers."""
    return as_formulas(names, facts)


def substitute(formula: Formula, values: dict[str, Linear]) -> Formula:
    """Replace counters by expressions."""
    if formula.parts or not formula.terms:
        return Formula(
            formula.relation, formula.terms, formula.constant, tuple(substitute(part, values) for part in formula.parts)
        )
    terms: dict[str, int] = {}
    constant = formula.constant
    for name, factor in formula.terms:
        constant += factor * values[name].constant
        for other, each in values[name].terms:
            terms[other] = terms.get(other, 0) + factor * each
    kept = tuple(sorted((name, each) for name, each in terms.items() if each))
    if not kept:
        holds = constant == 0 if formula.relation is Relation.EQUAL else constant <= 0
        return TRUE if holds else FALSE
    return Formula(formula.relation, kept, constant)


@cache
def _kept(step: Step, before: Facts, after: Facts, kind: str) -> Obligation | None:
    """Return the obligation that a step leads from the one invariant to the other; None if that is trivial."""
    values = dict(zip(step.target, step.updates, strict=True))
    known = invariant(step.source, before)
    wanted = dict.fromkeys(substitute(each, values) for each in invariant(step.target, after))
    trivial = () if kind == "beginning" else (TRUE, *known)  # of the beginning, where all is known, all is shown
    wrong = tuple(~each for each in wanted if each not in trivial)
    return Obligation(kind, (*known, *step.guards, disjunction(wrong))) if wrong else None


@cache
def _closed(step: Step, before: Facts) -> Obligation:
    return Obligation("closed", (*invariant(step.source, before), *step.guards))


@cache
def _covered(names: tuple[str, ...], before: Facts, uncovered: tuple[Formula, ...]) -> Obligation:
    return Obligation("covered", (*invariant(names, before), *uncovered))


@cache
def _judged(kind: str, step: Step, before: Facts, wrong: Formula) -> Obligation:
    return Obligation(kind, (*invariant(step.source, before), *step.guards, wrong))


@cache
def _left(names: tuple[str, ...], before: Facts, wrong: Formula) -> Obligation:
    return Obligation("property", (*invariant(names, before), wrong))


def of_invariant(unfolded: Unfolded) -> Iterator[Obligation]:
    """Yield the obligations for the invariants, with repetitions."""
    for number, before in unfolded.everywhere():
        uncovered: list[Formula] = []
        for rule in unfolded.rules_from(number):
            if rule.first:
                uncovered.append(~conjunction(rule.step.guards) if rule.step.guards else FALSE)
            if rule.target < 0:
                continue
            if rule.step.after(before) is None:
                yield _closed(rule.step, before)
                continue
            kept = _kept(rule.step, before, unfolded.facts[rule.target], "step" if number >= 0 else "beginning")
            if kept is not None:
                yield kept
        if FALSE not in uncovered:
            yield _covered(unfolded.control.counters(number), before, tuple(uncovered))


def of_property(unfolded: Unfolded, pair: Pair) -> Iterator[Obligation]:
    """Yield the obligations for a property: wherever something is judged, and where the machine may stay."""
    for number, before in unfolded.everywhere():
        for rule in unfolded.rules_from(number):
            for each in rule.judged:
                if each.pair == pair and each.wrong != FALSE:
                    yield _judged("property", rule.step, before, each.wrong)
        if number >= 0:
            place = unfolded.control.places[number]
            for each in place.left_here:
                if each.pair == pair and each.wrong != FALSE:
                    yield _left(place.counters, before, each.wrong)


def of_premise(unfolded: Unfolded, pair: Pair) -> Iterator[Obligation]:
    """Yield the obligations that a property never applies."""
    for number, before in unfolded.everywhere():
        for rule in unfolded.rules_from(number):
            for each in rule.judged:
                if each.pair == pair and each.applies != FALSE:
                    yield _judged("premise", rule.step, before, each.applies)
