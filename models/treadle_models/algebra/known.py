"""The assumptions on a path so far, as bounds of linear expressions, so that no question is asked twice.

Every counter is known to be a natural number from the start; that it stays one is an obligation of every proof. A
comparison is certain if the bounds of its own expression decide it. More is not tried, because an impossible path does
no harm.
"""

from __future__ import annotations

from treadle_models.algebra.linear import Formula, Relation

_Terms = tuple[tuple[str, int], ...]


class Known:
    """Bounds by expression, each written with a positive coefficient first."""

    __slots__ = ("bounds",)

    def __init__(self) -> None:
        self.bounds: dict[_Terms, tuple[int | None, int | None]] = {}

    def certain(self, formula: Formula) -> bool | None:
        """Say whether a comparison is known to be true or false, or None."""
        if formula.relation is Relation.NOT:
            inner = self.certain(formula.parts[0])
            return None if inner is None else not inner
        if formula.relation not in (Relation.AT_MOST, Relation.EQUAL):
            return None
        low, high = self._value(formula)
        if formula.relation is Relation.AT_MOST:
            if high is not None and high <= 0:
                return True
            return False if low is not None and low > 0 else None
        if low == high == 0:
            return True
        return False if (low is not None and low > 0) or (high is not None and high < 0) else None

    def assume(self, formula: Formula) -> None:
        """Assume that a comparison is true."""
        if formula.relation is Relation.AND:
            for part in formula.parts:
                self.assume(part)
        elif formula.relation is Relation.AT_MOST:
            self._bound(formula, lower=False)
        elif formula.relation is Relation.EQUAL:
            self._bound(formula, lower=False)
            self._bound(formula, lower=True)
        elif formula.relation is Relation.NOT and formula.parts[0].relation is Relation.EQUAL:
            self._differs(formula.parts[0])

    def _value(self, formula: Formula) -> tuple[int | None, int | None]:
        """Return bounds of the expression that the formula compares with zero."""
        terms, sign = _normal(formula.terms)
        low, high = self._get(terms)
        if sign < 0:
            low, high = (None if high is None else -high), (None if low is None else -low)
        constant = formula.constant
        return (None if low is None else low + constant), (None if high is None else high + constant)

    def _get(self, terms: _Terms) -> tuple[int | None, int | None]:
        found = self.bounds.get(terms)
        if found is not None:
            return found
        return (0 if all(factor > 0 for _, factor in terms) else None), None

    def _bound(self, formula: Formula, *, lower: bool) -> None:
        """Assume that the expression is at most, or at least, zero."""
        terms, sign = _normal(formula.terms)
        low, high = self._get(terms)
        at = -sign * formula.constant
        if (sign > 0) is not lower:
            high = at if high is None else min(high, at)
        else:
            low = at if low is None else max(low, at)
        self.bounds[terms] = low, high

    def _differs(self, formula: Formula) -> None:
        """Assume that the expression is not zero: at the edge of its bounds, that moves the bound."""
        terms, sign = _normal(formula.terms)
        low, high = self._get(terms)
        at = -sign * formula.constant
        if low == at:
            low = at + 1
        if high == at:
            high = at - 1
        self.bounds[terms] = low, high


def _normal(terms: _Terms) -> tuple[_Terms, int]:
    if terms and terms[0][1] < 0:
        return tuple((name, -factor) for name, factor in terms), -1
    return terms, 1
