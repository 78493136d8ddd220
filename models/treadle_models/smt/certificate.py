"""A proof as a file: every obligation in SMT-LIB 2, for any solver to check. Each answer must be `unsat`.

The file says what it proves and holds all that the proof needs: that the invariant covers the beginnings, that no rule
leaves it (natural numbers stay natural numbers), that the rules of each shape cover all numbers, and that it excludes
every violation. What it cannot hold is that the rules are those of the machine: that is what the conformance tests
are for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.smt.written import names_in, written

if TYPE_CHECKING:
    from treadle_models.smt.obligations import Obligation
    from treadle_models.smt.prove import Proof


def certificate(proof: Proof) -> str:
    """Write the obligations of a proof."""
    lines = [
        f"; {proof.candidate} in the situation {proof.situation}, Python {'.'.join(map(str, proof.version))}",
        *(f"; {each.verdict}: {each.property} ({each.reading})" for each in proof.answers),
        f"; {proof.shapes} shapes, {proof.rules} rules. Each of the following must be unsat.",
        "(reset)",  # one file may hold several certificates, and a solver takes one logic
        "(set-logic QF_LIA)",
    ]
    for obligation in proof.obligations:
        lines += _told(obligation)
    return "\n".join([*lines, ""])


def _told(obligation: Obligation) -> list[str]:
    names = sorted({name for formula in obligation.formulas for name in names_in(formula)})
    return [
        f"; {obligation.kind}",
        "(push 1)",
        *(f"(declare-const |{name}| Int)" for name in names),
        *(f"(assert {written(formula)})" for formula in obligation.formulas),
        "(check-sat)",
        "(pop 1)",
    ]
