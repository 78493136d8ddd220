"""Find the multipliers by which inequalities add up to a contradiction.

By the lemma of Farkas there are such multipliers whenever inequalities have no solution in the rational numbers. They
are found by the simplex method on fractions, with Bland's rule, which excludes cycles. The result need not be trusted:
anyone can check the multipliers by adding up.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import lcm
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from treadle_models.smt.template import Terms


class Expression(NamedTuple):
    """A linear expression that an inequality says is at most zero; its terms are in the order of their names."""

    terms: Terms
    constant: int


Case = tuple[Expression, ...]
"""Inequalities that hold together."""

Multipliers = tuple[tuple[int, int], ...]
"""Some inequalities of a case, by position from 1, each with a positive factor, in order."""


@cache
def contradiction(case: Case) -> Multipliers | None:
    """Return factors by which the inequalities add up to a contradiction: a positive number at most zero; or None."""
    names = sorted({name for each in case for name, _ in each.terms})
    columns = [dict(each.terms) for each in case]
    rows = [[Fraction(column.get(name, 0)) for column in columns] + [Fraction(0)] for name in names]
    rows.append([Fraction(each.constant) for each in case] + [Fraction(1)])
    basis = _solve(rows, len(case))
    if any(at >= len(case) and row[-1] for at, row in zip(basis, rows, strict=True)):
        return None
    found = {at: row[-1] for at, row in zip(basis, rows, strict=True) if row[-1]}
    whole = lcm(*(each.denominator for each in found.values()))
    return tuple((at + 1, int(found[at] * whole)) for at in sorted(found))


def _solve(rows: list[list[Fraction]], count: int) -> list[int]:
    """Transform equations with natural unknowns so that the solution can be read off; return the basic variables.

    A number from `count` on stands for the part that an equation still lacks, the sum of which is minimised.
    """
    basis = list(range(count, count + len(rows)))
    lacking = [sum(column, Fraction(0)) for column in zip(*rows, strict=True)]
    while True:
        enters = next((at for at in range(count) if lacking[at] > 0), None)
        if enters is None:
            return basis
        ratios = [(row[-1] / row[enters], basis[at], at) for at, row in enumerate(rows) if row[enters] > 0]
        _, _, leaves = min(ratios)
        basis[leaves] = enters
        _pivot(rows, lacking, leaves, enters)


def _pivot(rows: list[list[Fraction]], lacking: list[Fraction], leaves: int, enters: int) -> None:
    divisor = rows[leaves][enters]
    pivot = rows[leaves] = [each / divisor for each in rows[leaves]]
    for row in (*(row for at, row in enumerate(rows) if at != leaves), lacking):
        factor = row[enters]
        if factor:
            row[:] = [each - factor * other if other else each for each, other in zip(row, pivot, strict=True)]
