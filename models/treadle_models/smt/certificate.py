"""A proof as a file: every obligation in SMT-LIB 2, for any solver to check. Each answer must be `unsat`.

The file says what it proves and holds all that the proof needs: that the invariant covers the beginnings, that no rule
leaves it (natural numbers stay natural numbers), that the rules of each shape cover all numbers, and that it excludes
every violation. What it cannot hold is that the rules are those of the machine: that is what the conformance tests
are for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.algebra import Formula, Relation

if TYPE_CHECKING:
    from treadle_models.smt.obligations import Obligation
    from treadle_models.smt.prove import Proof


def certificate(proof: Proof) -> str:
    """Write the obligations of a proof; equal ones once."""
    lines = [
        f"; {proof.candidate} in the situation {proof.situation}, Python {'.'.join(map(str, proof.version))}",
        *(f"; {each.verdict}: {each.property} ({each.reading})" for each in proof.answers),
        f"; {proof.shapes} shapes, {proof.rules} rules. Each of the following must be unsat.",
        "(set-logic QF_LIA)",
    ]
    for obligation in {each.formulas: each for each in proof.obligations}.values():
        lines += _told(obligation)
    return "\n".join([*lines, ""])


def _told(obligation: Obligation) -> list[str]:
    names = sorted({name for formula in obligation.formulas for name in _names(formula)})
    return [
        f"; {obligation.kind}, shape {obligation.source}",
        "(push 1)",
        *(f"(declare-const {name} Int)" for name in names),
        *(f"(assert {written(formula)})" for formula in obligation.formulas),
        "(check-sat)",
        "(pop 1)",
    ]


def _names(formula: Formula) -> set[str]:
    own = {name for name, _ in formula.terms}
    return own.union(*(_names(part) for part in formula.parts))


def written(formula: Formula) -> str:
    """Write a formula as an SMT-LIB term."""
    if formula.relation in (Relation.AND, Relation.OR, Relation.NOT):
        if not formula.parts:
            return "true" if formula.relation is Relation.AND else "false"
        return f"({formula.relation} {' '.join(map(written, formula.parts))})"
    parts = [_number(formula.constant), *(_product(name, factor) for name, factor in formula.terms)]
    return f"({formula.relation} (+ {' '.join(parts)} 0) 0)"


def _product(name: str, factor: int) -> str:
    return name if factor == 1 else f"(* {_number(factor)} {name})"


def _number(number: int) -> str:
    return str(number) if number >= 0 else f"(- {-number})"
