"""Split formulas into cases, in exactly the order of the checker in Coq: `all_cases` of `Checker.v`.

In each case some expressions are at most zero. Over the integers, what is not at most zero is at least one.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from treadle_models.algebra import FALSE, TRUE, Formula, Relation
from treadle_models.coq.farkas import Case, Expression

if TYPE_CHECKING:
    from treadle_models.smt.template import Terms


def all_cases(formulas: tuple[Formula, ...]) -> list[Case]:
    """Return the cases in which all of these hold."""
    found: list[Case] = [()]
    for each in reversed(formulas):
        found = _pairs(cases(simple(each), wanted=True), found)
    return found


@cache
def cases(formula: Formula, *, wanted: bool) -> tuple[Case, ...]:
    """Return the cases in which a formula holds, or does not."""
    here = Expression(formula.terms, formula.constant)
    if formula.relation is Relation.NOT:
        return cases(formula.parts[0], wanted=not wanted)
    if formula.relation is Relation.AT_MOST:
        return ((here,),) if wanted else ((_plus(_opposite(here), 1),),)
    if formula.relation is Relation.EQUAL:
        if here.terms and here.terms[0][1] < 0:
            here = _opposite(here)
        opposite = _opposite(here)
        return ((here, opposite),) if wanted else ((_plus(here, 1),), (_plus(opposite, 1),))
    parts = [cases(part, wanted=wanted) for part in formula.parts]
    if (formula.relation is Relation.AND) is not wanted:
        return tuple(case for part in parts for case in part)
    found: list[Case] = [()]
    for part in reversed(parts):
        found = _pairs(part, found)
    return tuple(found)


@cache
def simple(formula: Formula) -> Formula:
    """Return a formula simplified by its certain parts: `simple` of `Checker.v`."""
    if formula.relation in (Relation.AT_MOST, Relation.EQUAL):
        if formula.terms:
            return formula
        holds = formula.constant == 0 if formula.relation is Relation.EQUAL else formula.constant <= 0
        return TRUE if holds else FALSE
    if formula.relation is Relation.NOT:
        inner = simple(formula.parts[0])
        return FALSE if inner == TRUE else TRUE if inner == FALSE else Formula(Relation.NOT, parts=(inner,))
    neutral, decisive = (TRUE, FALSE) if formula.relation is Relation.AND else (FALSE, TRUE)
    parts = tuple(part for each in formula.parts if (part := simple(each)) != neutral)
    if decisive in parts:
        return decisive
    return parts[0] if len(parts) == 1 else Formula(formula.relation, parts=parts)


def _pairs(one: tuple[Case, ...], other: list[Case]) -> list[Case]:
    return [(*first, *second) for first in one for second in other]


def _opposite(expression: Expression) -> Expression:
    terms: Terms = tuple((name, -factor) for name, factor in expression.terms)
    return Expression(terms, -expression.constant)


def _plus(expression: Expression, number: int) -> Expression:
    return Expression(expression.terms, expression.constant + number)
