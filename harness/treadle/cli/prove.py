"""`treadle prove`: unbounded verdicts from the models, and the certificate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.check.counterexamples import make_counterexample
from treadle.check.target import resolve_target
from treadle.cli.screen import output
from treadle.errors import MisuseError
from treadle.report.proofs import SITUATIONS
from treadle.schedule import Bounds, TaskKind, Token
from treadle_models.automaton.expressions import OutsideSubsetError
from treadle_models.candidates import Candidate
from treadle_models.machine.things import OutsideError
from treadle_models.smt.certificate import certificate
from treadle_models.smt.prove import Answer, Verdict
from treadle_models.smt.prove import prove as prove_one
from treadle_models.smt.solver import NoSolverError
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from treadle.check.target import Target
    from treadle_models.smt.prove import Proof

_WORST = (Verdict.REFUTED, Verdict.UNKNOWN, Verdict.PROVED, Verdict.NOT_EXERCISED)


def prove(options: argparse.Namespace) -> int:
    """Prove one target and print the verdicts; write the certificate if one is asked for."""
    target = resolve_target(options.target)
    candidate = Candidate(
        name=target.name,
        function=target.subject.function,
        owner=target.subject.owner,
        claim="",
        source="",
        summary="",
        excludes=target.excludes,
    )
    version = sys.version_info[:2]
    proofs = []
    for situation in options.situations or SITUATIONS:
        try:
            proofs.append(prove_one(candidate, situation, version))
        except (NoSolverError, OutsideSubsetError, OutsideError) as error:
            raise MisuseError(str(error)) from error
    tokens = _replayed(target, proofs)
    if options.certificate:
        Path(options.certificate).write_text("(reset)\n".join(map(certificate, proofs)), encoding="utf-8")
    return _print(output(), target.name, proofs, tokens)


def _replayed(target: Target, proofs: list[Proof]) -> dict[tuple[str, Reading], str]:
    """Play one refuting schedule of each property on real tasks; raise `NondeterminismError` if one does not refute.

    A path through the model is a schedule of the checker, so the token is one that `treadle replay` takes.
    """
    tokens: dict[tuple[str, Reading], str] = {}
    for proof in proofs:
        for answer in proof.answers:
            key = answer.property, answer.reading
            if answer.verdict is Verdict.REFUTED and key not in tokens:
                token = Token(
                    target=target.name,
                    situation=proof.situation,
                    property=answer.property,
                    reading=str(answer.reading),
                    task=TaskKind.C,
                    bounds=Bounds(events=answer.events, steps=answer.steps),
                    choices=answer.choices,
                )
                tokens[key] = str(make_counterexample(target, token, minimal=False).token)
    return tokens


def _print(console: Console, name: str, proofs: list[Proof], tokens: dict[tuple[str, Reading], str]) -> int:
    """Print a line for each property and reading, over all situations; return the exit status."""
    console.print(f"{name}, Python {'.'.join(map(str, proofs[0].version))}, without bounds")
    found: dict[tuple[str, Reading], list[tuple[str, Answer]]] = {}
    for proof in proofs:
        for answer in proof.answers:
            found.setdefault((answer.property, answer.reading), []).append((proof.situation, answer))
    modes, well = [], True
    for (the_property, reading), answers in found.items():
        verdict = next(each for each in _WORST if any(answer.verdict is each for _, answer in answers))
        where = [situation for situation, answer in answers if answer.verdict is verdict]
        label = the_property if reading is Reading.WEAK else f"{the_property} ({reading})"
        detail = "" if verdict in (Verdict.PROVED, Verdict.NOT_EXERCISED) else f"  in {', '.join(where)}"
        console.print(f"  {label:<24}{verdict:<15}{BY_NAME[the_property].sentence}{detail}")
        if (the_property, reading) in tokens:
            console.print(f"      replay:  treadle replay {tokens[the_property, reading]}", soft_wrap=True)
        if verdict is Verdict.UNKNOWN:
            for reason in sorted({answer.reason for _, answer in answers if answer.verdict is verdict}):
                console.print(f"      {reason}")
        if BY_NAME[the_property].is_mode:
            modes.append(verdict)
        elif reading is Reading.WEAK:
            well = well and verdict in (Verdict.PROVED, Verdict.NOT_EXERCISED)
    shapes, rules = sum(each.shapes for each in proofs), sum(each.rules for each in proofs)
    console.print(f"\n{shapes:,} shapes, {rules:,} rules; situations: {', '.join(each.situation for each in proofs)}")
    return 0 if well and (Verdict.PROVED in modes or not modes) else 1
