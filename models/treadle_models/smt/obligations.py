"""What has to be shown for an invariant and for a property, each as a formula that must have no solution.

- *beginning*: the invariant of a shape holds wherever the play begins there;
- *step*: from where the invariant holds, no rule leads to where it does not;
- *closed*: a rule that leads to a shape without an invariant cannot be taken;
- *covered*: whatever the counters, some rule applies, so that nothing was pruned away;
- *property*: where the play ends, or goes on for ever, the property holds.

That each counter is a natural number is part of every invariant, so it is shown and not assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle_models.algebra import FALSE, TRUE, Formula, Relation, variable
from treadle_models.smt.invariant import as_formulas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.algebra import Linear
    from treadle_models.smt.control import Control, Rule
    from treadle_models.smt.invariant import Facts
    from treadle_models.spec import Observation, Property, Reading


@dataclass(frozen=True, slots=True)
class Obligation:
    """Formulas that cannot all be true at once, with what that shows; `rule` is the number of a rule, or -1."""

    kind: str
    formulas: tuple[Formula, ...]
    source: int
    rule: int = -1


def conjunction(parts: tuple[Formula, ...]) -> Formula:
    """Join formulas; of none, true."""
    return parts[0] if len(parts) == 1 else Formula(Relation.AND, parts=parts)


def disjunction(parts: tuple[Formula, ...]) -> Formula:
    """Join formulas; of none, false."""
    return parts[0] if len(parts) == 1 else Formula(Relation.OR, parts=parts)


def natural(names: tuple[str, ...]) -> tuple[Formula, ...]:
    """Say that each of these is a natural number."""
    return tuple(_at_least_zero(variable(name)) for name in names)


def _at_least_zero(value: Linear) -> Formula:
    formula = value >= 0
    if isinstance(formula, bool):
        return TRUE if formula else FALSE
    return formula


def invariant(control: Control, facts: Facts, shape: int) -> tuple[Formula, ...]:
    """Return the invariant of a shape as formulas."""
    return (*natural(control.counters[shape]), *as_formulas(facts))


def substitute(formula: Formula, values: dict[str, Linear]) -> Formula:
    """Put expressions in the place of counters."""
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


def broken(control: Control, facts: list[Facts | None], rule: Rule) -> Formula:
    """Return the formula that a rule is taken and its target's invariant does not hold there."""
    target = facts[rule.target]
    guard = conjunction(rule.guards)
    if target is None:
        return guard
    values = dict(zip(control.counters[rule.target], rule.updates, strict=True))
    wanted = [substitute(each, values) for each in invariant(control, target, rule.target)]
    wrong = tuple(~each for each in dict.fromkeys(wanted) if each != TRUE)
    return Formula(Relation.AND, parts=(guard, disjunction(wrong)))


def of_invariant(control: Control, facts: list[Facts | None]) -> Iterator[Obligation]:
    """Yield what shows that the invariants hold; the rules from one shape make one obligation."""
    outgoing: dict[int, list[int]] = {}
    for number, rule in enumerate(control.rules):
        outgoing.setdefault(rule.source, []).append(number)
    for source, numbers in sorted(outgoing.items()):
        own = facts[source] if source >= 0 else {}
        if own is None:
            continue
        before = invariant(control, own, source) if source >= 0 else ()
        wrong = [
            broken(control, facts, control.rules[number]) for number in numbers if control.rules[number].target >= 0
        ]
        wrong = [each for each in dict.fromkeys(wrong) if source < 0 or each.parts[1:] != (FALSE,)]
        if wrong:
            yield Obligation("beginning" if source < 0 else "step", (*before, disjunction(tuple(wrong))), source)
        first = [control.rules[number].guards for number in numbers if not any(control.rules[number].choices)]
        uncovered = tuple(~conjunction(guards) if guards else FALSE for guards in first)
        if FALSE not in uncovered:
            yield Obligation("covered", (*before, *uncovered), source)


def violation(seen: Observation, the_property: Property, reading: Reading) -> Formula:
    """Return when what was seen violates a property."""
    holds = the_property.holds(seen, reading)
    if isinstance(holds, bool):
        return FALSE if holds else TRUE
    return ~holds  # type: ignore[no-any-return]  # a formula, because the observation has terms


def exercised(seen: Observation, the_property: Property, reading: Reading) -> Formula:
    """Return when what was seen exercises a property."""
    applies = the_property.applies(seen, reading)
    if isinstance(applies, bool):
        return TRUE if applies else FALSE
    return applies  # type: ignore[no-any-return]  # a formula, because the observation has terms
