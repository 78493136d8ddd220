"""Write a proof as a self-contained file: the whole transition system, the invariant, and the claims.

The file holds, for a target in a situation, each shape as a predicate with its description, each action as a clause,
the beginnings, for each claimed property the places where it could be violated, and for `ends` a rank. The invariant is
separate: it is the definition of the predicates. So one can

- read the clauses, and compare them with CPython;
- run any SMT solver on the file: each `(check-sat)` asks for a counterexample to one clause, and each answer must be
  `unsat`;
- give `horn` of the same system, in which the predicates have no definition, to a solver of Horn clauses, which then
  has to find an invariant by itself.

A solver cannot see that something is missing. `verify` can: it builds the system again from the source, without a
solver, and compares clause by clause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.smt.system import Claim, invariants_of, system_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.smt.invariant import Unfolded
    from treadle_models.smt.prove import Proof
    from treadle_models.smt.system import Clause, ShapeText, System

FORMAT = "; treadle certificate 2"


def certificate(proof: Proof) -> str:
    """Write a proof; only a note if nothing is claimed."""
    head = [FORMAT, *_head(proof.candidate, proof.situation, proof.version)]
    claims = claims_of(proof)
    if proof.unfolded is None or not claims:
        return "\n".join([*head, "; claims nothing", ""])
    body = body_of(proof.unfolded, claims)
    return "\n".join([*head, *(f"; {claim}" for claim in claims), *body, ""])


def claims_of(proof: Proof) -> tuple[Claim, ...]:
    """Return the claims of a proof."""
    return tuple(
        Claim((each.property, each.reading), exercised=str(each.verdict) == "proved")
        for each in proof.answers
        if str(each.verdict) in ("proved", "not exercised")
    )


def _head(candidate: str, situation: str, version: tuple[int, int]) -> list[str]:
    return [f"; target: {candidate}", f"; situation: {situation}", f"; python: {'.'.join(map(str, version))}"]


def body_of(unfolded: Unfolded, claims: tuple[Claim, ...]) -> list[str]:
    """Return the lines of the file after its head."""
    system = system_of(unfolded, claims)
    invariants = invariants_of(unfolded, claims)
    return [
        "(reset)",  # one file may hold several certificates, and a solver takes one logic
        "(set-logic ALL)",
        "; The shapes. The body of each is the invariant.",
        *(line for shape in system.shapes for line in defined(shape, invariants[shape.name])),
        "; The ranks.",
        *(f"(define-fun rank-{name} () Int {rank})" for name, rank in system.ranks),
        *_kept(system, claims),
        "; The clauses. Each asks for a counterexample, and each answer must be unsat.",
        *(line for clause in system.clauses for line in asked(clause)),
    ]


def _kept(system: System, claims: tuple[Claim, ...]) -> Iterator[str]:
    kinds = {clause.kind for clause in system.clauses}
    for claim in claims:
        if claim.kind not in kinds:
            yield f"; {claim.kind} has no clause: each shape keeps it, whatever its counters"


def defined(shape: ShapeText, body: str) -> list[str]:
    """Define a shape: its description, and its invariant."""
    parameters = " ".join(f"(|{name}| Int)" for name in shape.counters)
    return [
        *(f"; {shape.name}: {line}" for line in shape.told),
        f"(define-fun {shape.name} ({parameters}) Bool {body})",
    ]


def asked(clause: Clause) -> list[str]:
    """Ask for a counterexample to a clause."""
    return [
        f"; {clause.kind}: {clause.text}",
        "(push 1)",
        *(f"(declare-const |{name}| Int)" for name in clause.counters),
        f"(assert (not {implication(clause)}))",
        "(check-sat)",
        "(pop 1)",
    ]


def implication(clause: Clause) -> str:
    """Write a clause as a formula."""
    return f"(=> (and true {' '.join(clause.premises)}) {clause.conclusion})"


def horn(proof: Proof) -> str:
    """Write the clauses with undefined predicates, for a solver of Horn clauses: `sat` means that all claims hold.

    Clauses that are no Horn clauses are left out: that some action is always possible, and the ranks, which need no
    invariant.
    """
    claims = claims_of(proof)
    if proof.unfolded is None:
        return ""
    system = system_of(proof.unfolded, claims)
    return "\n".join([*_head(proof.candidate, proof.situation, proof.version), *_horn_lines(system), ""])


def _horn_lines(system: System) -> Iterator[str]:
    yield "(set-logic HORN)"
    for shape in system.shapes:
        yield f"(declare-fun {shape.name} ({' '.join('Int' for _ in shape.counters)}) Bool)"
    for clause in system.clauses:
        if clause.kind in ("covered", "rank"):
            continue
        quantified = " ".join(f"(|{name}| Int)" for name in clause.counters)
        body = f"(forall ({quantified}) {implication(clause)})" if quantified else implication(clause)
        yield f"; {clause.kind}: {clause.text}"
        yield f"(assert {body})"
    yield "(check-sat)"
