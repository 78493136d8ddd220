"""Prove a target with the models, and report only what real tasks confirm.

Each situation is proved, then run on model and real tasks side by side (see `lockstep`). If the two differ, the model
is at fault, and what only the model has seen is unknown in every situation. A violation that replays on real tasks
stays one.
"""

from __future__ import annotations

import multiprocessing
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.check.counterexamples import violates
from treadle.check.lockstep import AT_FAULT, Driven, Lockstep
from treadle.check.sides import LoggingMachine, ModelledWorld, where
from treadle.check.target import resolve_target
from treadle.check.watch import CheckWatch
from treadle.check.worlds import loop_for, world_of
from treadle.explorer import ReplayScheduler, quiet
from treadle.loading import search_first
from treadle.schedule import Bounds, TaskKind
from treadle.situation import SituationWorld, parse_situation
from treadle_models.candidates import CANDIDATES, Candidate
from treadle_models.explicit.instance import excluded, make_play
from treadle_models.machine.stage import MachineLimits
from treadle_models.smt.prove import ProofVerdict, Prover
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from treadle.check.target import Target
    from treadle_models.smt.prove import Answer, Proof

_SPINS_FOR = 30.0  # seconds after which a process without an answer counts as spinning, too
_ONLY_SEEN_BY_THE_MODEL = (ProofVerdict.PROVED, ProofVerdict.NOT_EXERCISED)


def candidate_of(target: Target) -> Candidate:
    """Return a target as a candidate of the models."""
    return CANDIDATES.get(target.name) or Candidate(
        name=target.name,
        function=target.subject.function,
        owner=target.subject.owner,
        claim="",
        source="",
        summary="",
        excludes=target.excludes,
    )


def prove_and_drive(
    target: Target, situations: Sequence[str], version: tuple[int, int], *, drive: bool = True
) -> tuple[list[Proof], list[Driven]]:
    """Prove a target in these situations, and run each on real tasks; return the models' proofs, and what was run.

    Real tasks cannot be run for another version of Python than this interpreter's, nor for code outside of the subset.
    Raises `NoSolverError` if Z3 is missing.
    """
    candidate = candidate_of(target)
    prover = Prover(candidate, version)
    lockstep = Lockstep(target, candidate, version)
    proofs, driven = [], []
    for situation in situations:
        proof = prover.prove(situation)
        proofs.append(proof)
        if drive and version == sys.version_info[:2] and not proof.outside:
            if not excluded(candidate, situation, version):
                driven.append(lockstep.drive(situation, proof.arcs))
    return proofs, driven


def told(proofs: Iterable[Proof], driven: Iterable[Driven]) -> list[Proof]:
    """Return the proofs, with every answer unknown that is in doubt."""
    doubts = {each.situation: each.doubt for each in driven if each.doubt}
    at_fault = next((each.doubt for each in driven if each.at_fault), "")
    return [_doubted(proof, at_fault or doubts.get(proof.situation, "")) for proof in proofs]


def _doubted(proof: Proof, doubt: str) -> Proof:
    if not doubt:
        return proof
    answers = tuple(
        replace(each, verdict=ProofVerdict.UNKNOWN, reason=doubt)
        if each.verdict in _ONLY_SEEN_BY_THE_MODEL and not proof.excluded
        else each
        for each in proof.answers
    )
    return replace(proof, answers=answers, obligations=())


def replayed(target: Target, proofs: Iterable[Proof]) -> list[Proof]:
    """Return the proofs with every refutation replayed on real tasks; one that does not violate there is unknown.

    A step that does not end is run once, in a process of its own; its place is the reason of the answer.
    """
    spinning: dict[str, bool] = {}
    return [
        replace(proof, answers=tuple(_replayed(target, proof, each, spinning) for each in proof.answers))
        for proof in proofs
    ]


def where_shown(proof: Proof, answer: Answer) -> str:
    """Return the situation in which real tasks can show a refutation: one without a symbol."""
    return answer.situation or proof.situation


def _replayed(target: Target, proof: Proof, answer: Answer, spinning: dict[str, bool]) -> Answer:
    if answer.verdict is not ProofVerdict.REFUTED:
        return answer
    place = _spins(target, proof, answer)
    if place:
        if place not in spinning:
            spinning[place] = _really_spins(target, proof, answer)
        shown, reason = spinning[place], f"a step of the call does not end, last seen at {place}"
    else:
        shown, reason = _violates(target, proof, answer), ""
        if not shown and _violates(target, proof, answer, as_modelled=True):
            shown, reason = True, "shown on real tasks, by a schedule for which there is no token"
    if shown:
        return replace(answer, reason=reason)
    return replace(
        answer,
        verdict=ProofVerdict.UNKNOWN,
        reason=f"a schedule of the model violates it, but the same of real tasks does not ({reason or AT_FAULT})",
        choices=(),
    )


def _violates(target: Target, proof: Proof, answer: Answer, *, as_modelled: bool = False) -> bool:
    """Run the schedule of an answer on real tasks, with the patience of the checker or of the machine."""
    bounds = Bounds(events=answer.events, steps=answer.steps)
    watch = CheckWatch()
    with quiet(), watch:
        if as_modelled:
            subject, situation = target.subject, parse_situation(where_shown(proof, answer))
            world: SituationWorld = ModelledWorld(subject, situation, bounds, TaskKind.C, loop_for(TaskKind.C))
        else:
            world = world_of(target, where_shown(proof, answer), bounds, TaskKind.C)
        execution = watch.over(world).run(ReplayScheduler(answer.choices))
    return violates(execution.outcome, BY_NAME[answer.property], answer.reading)


def _spins(target: Target, proof: Proof, answer: Answer) -> str:
    """Return where a step of the model does not end in the schedule of an answer; nothing if all steps end."""
    limits = MachineLimits(events=answer.events, steps=answer.steps)
    play = make_play(candidate_of(target), where_shown(proof, answer), proof.version, limits)
    machine = LoggingMachine.beside(play, limits)
    machine.run(answer.choices)
    return where(machine.arcs) if machine.spun else ""


def _really_spins(target: Target, proof: Proof, answer: Answer) -> bool:
    """Say whether the step does not end on real tasks either; it is run in its own process, which can be killed."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_exit_with, args=(target.name, where_shown(proof, answer), answer), daemon=True)
    process.start()
    process.join(_SPINS_FOR)
    if process.is_alive():
        process.kill()
        process.join()
        return True
    return process.exitcode == _SPUN


_SPUN, _ENDED = 3, 4


def _exit_with(name: str, situation: str, answer: Answer) -> None:
    """Run a schedule under a watchdog; the exit status says whether it violates its property by spinning."""
    search_first(str(Path.cwd()))
    target = resolve_target(name)
    bounds = Bounds(events=answer.events, steps=answer.steps)
    watch = CheckWatch()
    with quiet(), watch:
        execution = watch.over(world_of(target, situation, bounds, TaskKind.C)).run(ReplayScheduler(answer.choices))
    spun = watch.spinning and violates(execution.outcome, BY_NAME[answer.property], answer.reading)
    sys.exit(_SPUN if spun else _ENDED)
