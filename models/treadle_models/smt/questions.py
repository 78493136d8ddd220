"""Ask a second solver about a certificate: about each clause once, and about many clauses at a time.

Shapes with equal invariants are the same to the solver, so most clauses repeat others word for word. The rest are
combined: one question asks whether any of many clauses has a counterexample. Only if one has, or if the solver does not
know, each of them is asked separately.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from treadle_models.smt.certificate import implication
from treadle_models.smt.second import answers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from treadle_models.smt.system import Clause, System

    Shape = tuple[tuple[str, ...], str]  # counters, invariant

_NAME = re.compile(r"\b(rank-)?(S\d+)\b")
_AT_ONCE = 200
HOLDS = "unsat"
"""The solver's answer if there is no counterexample."""


def unconfirmed(system: System, shapes: Mapping[str, Shape], ranks: Mapping[str, int]) -> Iterator[tuple[Clause, str]]:
    """Yield the clauses that a second solver does not confirm, with its answer to each.

    `shapes` and `ranks` are the definitions to confirm, by name. Raises `NoSolverError` if cvc5 is missing.
    """
    first: dict[Shape, str] = {}
    same = {name: first.setdefault(shape, name) for name, shape in shapes.items()}

    def plain(found: re.Match[str]) -> str:
        return str(ranks[found[2]]) if found[1] else same[found[2]]

    questions: dict[str, Clause] = {}
    for clause in system.clauses:
        questions.setdefault(_NAME.sub(plain, implication(clause)), clause)
    asked = list(questions.items())
    for start in range(0, len(asked), _AT_ONCE):
        some = asked[start : start + _AT_ONCE]
        if _said(some, shapes) == HOLDS:
            continue
        for one in some:
            said = _said([one], shapes)
            if said != HOLDS:
                yield one[1], said


def _said(some: Sequence[tuple[str, Clause]], shapes: Mapping[str, Shape]) -> str:
    """Return the solver's answer to the question whether one of these clauses has a counterexample."""
    used = sorted({name for text, _ in some for _, name in _NAME.findall(text)})
    counters = sorted({name for _, clause in some for name in clause.counters})
    script = [
        "(set-logic QF_LIA)",
        *(f"(define-fun {name} ({_parameters(shapes[name][0])}) Bool {shapes[name][1]})" for name in used),
        *(f"(declare-const |{name}| Int)" for name in counters),
        f"(assert (or false {' '.join(f'(not {text})' for text, _ in some)}))",
        "(check-sat)",
    ]
    said = answers("\n".join(script))
    return said[0] if len(said) == 1 else f"{len(said)} answers to one question"


def _parameters(counters: Sequence[str]) -> str:
    return " ".join(f"(|{name}| Int)" for name in counters)
