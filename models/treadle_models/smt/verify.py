"""Verify that a certificate is complete, and that a second solver finds no counterexample.

The system is built again from the source of the target, without a solver and without the certificate's invariant. Each
shape must be defined in the file, and the file must have exactly these clauses. Only the definitions are taken from the
file: the questions are written here. So nothing that the file says about itself is trusted.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from treadle_models.situations import situation_of
from treadle_models.smt.certificate import FORMAT, asked
from treadle_models.smt.invariant import controls_of, unfold
from treadle_models.smt.questions import unconfirmed
from treadle_models.smt.system import Claim, system_of
from treadle_models.spec import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle_models.candidates import Candidate
    from treadle_models.machine.interpreter import Arc
    from treadle_models.smt.system import System

_CLAIM = re.compile(r"; (proved|not exercised): ([a-z-]+) \(([a-z]+)\)")
_SHAPE = re.compile(r"\(define-fun (S\d+) \(((?:\(\|[\w-]+\| Int\) ?)*)\) Bool (.*)\)")
_RANK = re.compile(r"\(define-fun rank-(S\d+) \(\) Int (\d+)\)")
_TOKEN = re.compile(r"\(|\)|\|[\w-]+\||[^\s()|]+")
_CLAIMS_NOTHING = "it claims nothing"
_WORDS = frozenset({"and", "or", "not", "<=", "=", "+", "-", "*", "true", "false"})


@dataclass(slots=True)
class Written:
    """The contents of one certificate."""

    head: dict[str, str] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    shapes: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    clauses: Counter[tuple[str, ...]] = field(default_factory=Counter)

    @property
    def is_empty(self) -> bool:
        """Say whether it contains only its head."""
        return not (self.claims or self.shapes or self.ranks or self.clauses)

    @property
    def version(self) -> tuple[int, int]:
        """The Python version of the certificate."""
        major, minor = self.head["python"].split(".")
        return int(major), int(minor)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A verified certificate with the number of its clauses; `arcs` are the arcs of the program that it covers."""

    written: Written
    clauses: int
    arcs: frozenset[Arc]


class CertificateError(ValueError):
    """The file is no certificate, or one that does not show what it claims; the message says why."""


def read(text: str) -> list[Written]:
    """Read a file, which may hold several certificates; raise `CertificateError` if it holds anything else."""
    parts = text.split(FORMAT + "\n")
    if len(parts) == 1 or parts[0].strip():
        message = "it is not a certificate of Treadle's, which begins with " + repr(FORMAT)
        raise CertificateError(message)
    return [_read(part.splitlines()) for part in parts[1:]]


def _read(lines: list[str]) -> Written:
    found = Written()
    before = ""
    rest = iter(lines)
    for line in rest:
        if line == "(push 1)":
            block = [before, line]
            while block[-1] != "(pop 1)":
                block.append(next(rest, "(pop 1)"))
            found.clauses[tuple(block)] += 1
        elif not _noted(found, line) and not line.startswith(";") and line not in ("", "(reset)", "(set-logic ALL)"):
            message = f"this line does not belong in a certificate: {line[:80]!r}"
            raise CertificateError(message)
        before = line
    missing = [key for key in ("target", "situation", "python") if key not in found.head]
    if missing:
        message = f"it does not name its {missing[0]}"
        raise CertificateError(message)
    return found


def _noted(found: Written, line: str) -> bool:
    """Note a claim, a definition, a rank, or a line of the head."""
    if claim := _CLAIM.fullmatch(line):
        exercised, name, reading = claim.groups()
        found.claims.append(Claim((name, Reading(reading)), exercised=exercised == "proved"))
    elif shape := _SHAPE.fullmatch(line):
        name, parameters, body = shape.groups()
        names = tuple(re.findall(r"\|([\w-]+)\|", parameters))
        _see_formula(name, names, body)
        found.shapes[name] = names, body
    elif rank := _RANK.fullmatch(line):
        found.ranks[rank[1]] = int(rank[2])
    elif line.startswith("; ") and ": " in line:
        key, _, value = line[2:].partition(": ")
        found.head.setdefault(key, value)
    else:
        return False
    return True


def _see_formula(name: str, counters: tuple[str, ...], body: str) -> None:
    """Refuse a definition that is not a single formula over the counters of its shape: it might contain anything."""
    depth, ended = 0, False
    for token in _TOKEN.findall(body):
        known = token in _WORDS or token.isdigit() or token in "()" or token.strip("|") in counters
        depth += (token == "(") - (token == ")")
        if not known or depth < 0 or ended:
            message = f"the definition of {name} is not a formula over its counters: {token!r}"
            raise CertificateError(message)
        ended = depth == 0
    if depth or not ended:
        message = f"the definition of {name} is not complete"
        raise CertificateError(message)


def verify(written: Written, candidate: Candidate) -> Confirmed:
    """Return what a second solver has confirmed; raise `CertificateError` if a clause is missing or fails.

    Raises `NoSolverError` if that solver is missing.
    """
    if not written.claims:
        raise CertificateError(_CLAIMS_NOTHING)
    unfolded = unfold(controls_of(candidate, written.version), situation_of(written.head["situation"]))
    system = system_of(unfolded, tuple(written.claims))
    for problem in _problems(written, system):
        raise CertificateError(problem)
    for clause, said in unconfirmed(system, written.shapes, written.ranks):
        message = f"it does not show this, to which the second solver says {said}: {clause.kind}: {clause.text}"
        raise CertificateError(message)
    return Confirmed(written, len(system.clauses), unfolded.arcs())


def _problems(written: Written, system: System) -> Iterator[str]:
    for shape in system.shapes:
        if shape.name not in written.shapes:
            yield f"the shape {shape.name} is missing ({'; '.join(shape.told)})"
        elif written.shapes[shape.name][0] != shape.counters:
            yield f"the shape {shape.name} has other counters than {', '.join(shape.counters)}"
    yield from (f"the rank of {name} is missing" for name, _ in system.ranks if name not in written.ranks)
    wanted = Counter(tuple(asked(clause)) for clause in system.clauses)
    yield from (f"a clause is missing, or another one: {block[0][2:]}" for block in wanted - written.clauses)
    yield from (f"it has a clause that is not one of the target's: {block[0]}" for block in written.clauses - wanted)


def verify_all(text: str, candidate_of: Callable[[str], Candidate]) -> list[Confirmed]:
    """Verify every certificate of a file; `candidate_of` returns the candidate with a name.

    Some may be empty and claim nothing, for example for a situation in which a target is not judged, but not all.
    """
    found = read(text)
    if all(each.is_empty for each in found):
        raise CertificateError(_CLAIMS_NOTHING)
    return [
        Confirmed(each, 0, frozenset()) if each.is_empty else verify(each, candidate_of(each.head["target"]))
        for each in found
    ]
