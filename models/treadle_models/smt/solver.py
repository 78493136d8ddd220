"""The border to Z3: formulas go in, answers come out. Nothing else in this package knows the solver's types."""

from __future__ import annotations

from functools import reduce
from typing import Any

from treadle_models.algebra import Formula, Relation

HOW_TO_INSTALL = "unbounded proofs need Z3; install it with: pip install 'treadle[proofs]'"


class NoSolverError(ImportError):
    """Z3 is not installed."""


def _z3() -> Any:
    try:
        import z3  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra: all else runs without it
    except ImportError:
        raise NoSolverError(HOW_TO_INSTALL) from None
    return z3


class Solver:
    """Asks whether formulas over natural numbers can be true together. Raise `NoSolverError` where Z3 is missing."""

    def __init__(self) -> None:
        self._z3 = _z3()
        self._solver = self._z3.SolverFor("QF_LIA")
        self._known: dict[Formula, Any] = {}
        self._names: dict[str, Any] = {}
        self._answers: dict[tuple[Formula, ...], bool] = {}
        self.questions = 0

    def possible(self, *formulas: Formula) -> bool:
        """Say whether all of these can be true at once; an answer of *unknown* counts as yes."""
        key = tuple(formulas)
        if key not in self._answers:
            self._answers[key] = self._ask(key) is not None
        return self._answers[key]

    def numbers(self, *formulas: Formula) -> dict[str, int] | None:
        """Return numbers with which all of these are true, or None."""
        return self._ask(formulas)

    def _ask(self, formulas: tuple[Formula, ...]) -> dict[str, int] | None:
        self.questions += 1
        solver = self._solver
        solver.push()
        solver.add(*[self._term(each) for each in formulas])
        answer = solver.check()
        found: dict[str, int] | None = None
        if answer != self._z3.unsat:
            found = {}
            if answer == self._z3.sat:
                model = solver.model()
                found = {name: model.eval(term, model_completion=True).as_long() for name, term in self._names.items()}
        solver.pop()
        return found

    def _term(self, formula: Formula) -> Any:
        if formula not in self._known:
            self._known[formula] = self._make(formula)
        return self._known[formula]

    def _make(self, formula: Formula) -> Any:
        z3 = self._z3
        if formula.relation is Relation.AND:
            return z3.And(*[self._term(part) for part in formula.parts])
        if formula.relation is Relation.OR:
            return z3.Or(*[self._term(part) for part in formula.parts])
        if formula.relation is Relation.NOT:
            return z3.Not(self._term(formula.parts[0]))
        terms = [factor * self._name(name) for name, factor in formula.terms]
        total = reduce(lambda left, right: left + right, terms, z3.IntVal(formula.constant))
        return total == 0 if formula.relation is Relation.EQUAL else total <= 0

    def _name(self, name: str) -> Any:
        if name not in self._names:
            self._names[name] = self._z3.Int(name)
        return self._names[name]
