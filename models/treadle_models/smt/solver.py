"""The interface to Z3: obligations go in, answers come out. No other module here uses the solver's types.

Z3 gets obligations as text, in exactly the form of a certificate. Many are asked at once, as a disjunction: if that has
no solution, none of them has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle_models.smt.written import names_in, written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from treadle_models.algebra import Formula
    from treadle_models.smt.obligations import Obligation

HOW_TO_INSTALL = "unbounded proofs need Z3; install it with: pip install 'treadle[proofs]'"
_AT_ONCE = 400


class NoSolverError(ImportError):
    """Z3 is not installed."""


def _z3() -> Any:
    try:
        import z3  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra: all else runs without it
    except ImportError:
        raise NoSolverError(HOW_TO_INSTALL) from None
    return z3


class Solver:
    """Asks whether formulas over integers can be true together. Raises `NoSolverError` if Z3 is missing.

    An obligation that was shown is not asked again; `questions` counts those that Z3 was asked about.
    """

    def __init__(self) -> None:
        self._z3 = _z3()
        self._shown: set[Obligation] = set()
        self.questions = 0

    def all_shown(self, obligations: Iterable[Obligation]) -> bool:
        """Say whether none of these has a solution; an answer of *unknown* counts as no."""
        new = [each for each in dict.fromkeys(obligations) if each not in self._shown]
        for start in range(0, len(new), _AT_ONCE):
            some = new[start : start + _AT_ONCE]
            self.questions += len(some)
            if self._possible([each.formulas for each in some]):
                return False
            self._shown.update(some)
        return True

    def first_possible(self, obligations: Iterable[Obligation]) -> Obligation | None:
        """Return an obligation that has a solution, for an error message."""
        return next((each for each in obligations if not self.all_shown([each])), None)

    def possible(self, *formulas: Formula) -> bool:
        """Say whether all of these can be true at once; an answer of *unknown* counts as yes."""
        return self._possible([formulas])

    def _possible(self, questions: list[tuple[Formula, ...]]) -> bool:
        names = sorted({name for formulas in questions for formula in formulas for name in names_in(formula)})
        told = [f"(declare-const |{name}| Int)" for name in names]
        parts = [f"(and true {' '.join(map(written, formulas))})" for formulas in questions]
        solver = self._z3.SolverFor("QF_LIA")
        solver.from_string("\n".join([*told, f"(assert (or false {' '.join(parts)}))"]))
        return bool(solver.check() != self._z3.unsat)
