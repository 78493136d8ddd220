"""Formulas in SMT-LIB 2."""

from __future__ import annotations

from treadle_models.algebra import Formula, Linear, Relation

_JOINED = (Relation.AND, Relation.OR, Relation.NOT)


def written(formula: Formula) -> str:
    """Write a formula as a term."""
    if formula.relation in _JOINED:
        if not formula.parts:
            return "true" if formula.relation is Relation.AND else "false"
        return f"({formula.relation.value} {' '.join(map(written, formula.parts))})"
    return f"({formula.relation.value} {linear(Linear(formula.terms, formula.constant))} 0)"


def linear(expression: Linear) -> str:
    """Write a linear expression as a term."""
    parts = [_number(expression.constant), *(_product(name, factor) for name, factor in expression.terms)]
    return f"(+ {' '.join(parts)} 0)"


def names_in(formula: Formula) -> set[str]:
    """Return the names of the counters in a formula."""
    names = {name for name, _ in formula.terms}
    for part in formula.parts:
        names |= names_in(part)
    return names


def _product(name: str, factor: int) -> str:
    return f"|{name}|" if factor == 1 else f"(* {_number(factor)} |{name}|)"


def _number(number: int) -> str:
    return str(number) if number >= 0 else f"(- {-number})"
