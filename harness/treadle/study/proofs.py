"""Proofs without bounds, and their certificates, written here and checked by a second solver."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.check.given import target_of
from treadle.check.proving import prove_and_drive, replayed, told
from treadle.display import Displayed
from treadle.loop.aside import aside
from treadle.report.display import html, text
from treadle.report.render import render
from treadle_models.smt.certificate import certificate
from treadle_models.smt.second import answers
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle_models.smt.prove import Proof


@dataclass(frozen=True)
class Proofs(Displayed):
    """What `prove` returns: the proofs about one candidate, situation by situation.

    :ivar candidate: its name.
    :ivar proofs: one for each situation.
    """

    candidate: str
    proofs: tuple[Proof, ...]

    def __repr__(self) -> str:
        return f"<proofs of {self.candidate}>"

    @property
    def certificate(self) -> str:
        """All obligations as SMT-LIB; a solver must answer unsat to each."""
        return "".join(map(certificate, self.proofs))

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The verdicts under the weak reading: one row for each property, one column for each situation."""
        rows = []
        for name in BY_NAME:
            said = [_verdict(proof, name) for proof in self.proofs]
            if any(each != "not exercised" for each in said):
                rows.append((name, said))
        return rows


def prove(given: str | Callable[..., object], *situations: str) -> Proofs:
    """Say for each property of a candidate or a function whether it holds without bounds. Needs Z3.

    The model and real tasks go through the target side by side; only what both agree on is reported.

    :param given: a candidate's name, a target's name, or an async function.
    :param situations: the names of situations; `plain` unless given.
    :returns: *proved*, *refuted* or *unknown* for each property in each situation.
    :raises MisuseError: if there is no such target or situation.
    """
    target = target_of(given)
    version = sys.version_info[:2]
    with aside():  # real tasks run, and a notebook already runs a loop
        proofs, driven = prove_and_drive(target, situations or ("plain",), version)
        return Proofs(target.name, tuple(replayed(target, told(proofs, driven))))


def check_certificate(certificate: str) -> dict[str, int]:
    """Have cvc5, a solver that had no part in the proof, check a certificate.

    :param certificate: the text of `Proofs.certificate`.
    :returns: how often it gave each answer; the proof is confirmed if all of them are `"unsat"`.
    """
    return dict(Counter(answers(certificate)))


def _verdict(proof: Proof, name: str) -> str:
    found = [each.verdict for each in proof.answers if each.property == name and each.reading is Reading.WEAK]
    return str(found[0]) if found else "not exercised"


@html.register
def _(shown: Proofs) -> str:
    first = shown.proofs[0]
    return render(
        "proofs.html",
        candidate=shown.candidate,
        version=".".join(map(str, first.version)),
        situations=[proof.situation for proof in shown.proofs],
        rows=shown.rows,
        sentences={name: each.sentence for name, each in BY_NAME.items()},
        shapes=sum(proof.shapes for proof in shown.proofs),
        rules=sum(proof.rules for proof in shown.proofs),
        obligations=sum(len(proof.obligations) for proof in shown.proofs),
    )


@text.register
def _(shown: Proofs) -> str:
    head = f"{shown.candidate}, without bounds: {', '.join(proof.situation for proof in shown.proofs)}"
    return "\n".join([head, *(f"  {name:<16}{', '.join(said)}" for name, said in shown.rows)])
