"""Linear expressions over named counters, and formulas over comparisons of them.

The machine runs on numbers and on these: an expression such as `count + 1` if the count is not known. A comparison is a
Python boolean if the answer is certain (`x + 1 > x`) and a `Formula` otherwise, so the same code runs on both, and
branches only where it must. A formula is plain data, so it can be given to any solver.

All is over the integers: `<` and `>` become `<=` with a constant moved by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """The sum of `constant` and of each counter times its coefficient; no coefficient is zero."""

    terms: tuple[tuple[str, int], ...]
    constant: int = 0

    def __add__(self, other: Linear | int) -> Linear:
        """Add a number or an expression."""
        if isinstance(other, int):
            return Linear(self.terms, self.constant + other)
        return _sum(self, other, 1)

    __radd__ = __add__

    def __sub__(self, other: Linear | int) -> Linear:
        """Subtract a number or an expression."""
        if isinstance(other, int):
            return Linear(self.terms, self.constant - other)
        return _sum(self, other, -1)

    def __rsub__(self, other: int) -> Linear:
        """Subtract this from a number."""
        return _sum(Linear((), other), self, -1)

    def __eq__(self, other: object) -> Formula | bool:  # type: ignore[override]
        """Compare; return a boolean if no counter is left, else a formula."""
        return _compare(self, other, Relation.EQUAL)

    def __ne__(self, other: object) -> Formula | bool:  # type: ignore[override]
        """Compare: the negation of equality."""
        same = self == other
        return not same if isinstance(same, bool) else ~same

    __hash__ = None  # type: ignore[assignment]

    def __le__(self, other: Linear | int) -> Formula | bool:
        """Compare."""
        return _compare(self, other, Relation.AT_MOST)

    def __lt__(self, other: Linear | int) -> Formula | bool:
        """Compare."""
        return _compare(self + 1, other, Relation.AT_MOST)

    def __ge__(self, other: Linear | int) -> Formula | bool:
        """Compare."""
        return _compare(other, self, Relation.AT_MOST)

    def __gt__(self, other: Linear | int) -> Formula | bool:
        """Compare."""
        return _compare(other + 1, self, Relation.AT_MOST)

    def key(self) -> tuple[tuple[tuple[str, int], ...], int]:
        """Return a key that equal expressions share; `==` compares their values instead."""
        return self.terms, self.constant

    def value(self, numbers: Mapping[str, int]) -> int:
        """Return the value of the expression for these values of the counters."""
        return self.constant + sum(factor * numbers[name] for name, factor in self.terms)


def variable(name: str) -> Linear:
    """Return the expression that consists of one counter."""
    return Linear(((name, 1),))


def _sum(left: Linear, right: Linear, factor: int) -> Linear:
    terms = dict(left.terms)
    for name, each in right.terms:
        terms[name] = terms.get(name, 0) + factor * each
    kept = tuple(sorted((name, each) for name, each in terms.items() if each))
    return Linear(kept, left.constant + factor * right.constant)


class Relation(StrEnum):
    """How an expression compares with zero, or how formulas are joined."""

    AT_MOST = "<="
    EQUAL = "="
    AND = "and"
    OR = "or"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Formula:
    """A comparison of `terms` plus `constant` with zero, or a combination of other formulas (`parts`)."""

    relation: Relation
    terms: tuple[tuple[str, int], ...] = ()
    constant: int = 0
    parts: tuple[Formula, ...] = ()

    def __and__(self, other: Formula) -> Formula:
        """Both."""
        return Formula(Relation.AND, parts=(self, other))

    def __or__(self, other: Formula) -> Formula:
        """Either."""
        return Formula(Relation.OR, parts=(self, other))

    def __invert__(self) -> Formula:
        """Return the negation; that of `<=` is `<=` again."""
        if self.relation is Relation.NOT:
            return self.parts[0]
        if self.relation is Relation.AT_MOST:
            return Formula(Relation.AT_MOST, tuple((name, -each) for name, each in self.terms), 1 - self.constant)
        return Formula(Relation.NOT, parts=(self,))

    def __bool__(self) -> bool:
        """Raise an error: a formula is neither true nor false, and `and`, `or`, `not`, `if` would treat it as true."""
        message = f"{self} has no truth value of its own; use the functions of treadle_models.algebra"
        raise TypeError(message)


TRUE = Formula(Relation.AND)
"""The conjunction of nothing."""
FALSE = Formula(Relation.OR)
"""The disjunction of nothing."""


def _compare(left: Linear | int | object, right: Linear | int | object, relation: Relation) -> Formula | bool:
    """Return the formula `left - right <= 0` (or `= 0`), or its truth value if it has no counter."""
    if not isinstance(left, (Linear, int)) or not isinstance(right, (Linear, int)):
        if relation is Relation.EQUAL and not isinstance(left, float) and not isinstance(right, float):
            return False
        message = f"a count is compared with {right!r}"
        raise TypeError(message)
    difference = left - right
    if isinstance(difference, int):
        difference = Linear((), difference)
    if not difference.terms:
        return difference.constant == 0 if relation is Relation.EQUAL else difference.constant <= 0
    return Formula(relation, difference.terms, difference.constant)


def evaluate(formula: Formula, numbers: Mapping[str, int]) -> bool:
    """Say whether a formula is true for these values of the counters."""
    if formula.relation is Relation.AND:
        return all(evaluate(part, numbers) for part in formula.parts)
    if formula.relation is Relation.OR:
        return any(evaluate(part, numbers) for part in formula.parts)
    if formula.relation is Relation.NOT:
        return not evaluate(formula.parts[0], numbers)
    value = Linear(formula.terms, formula.constant).value(numbers)
    return value == 0 if formula.relation is Relation.EQUAL else value <= 0
