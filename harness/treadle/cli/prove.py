"""`treadle prove`: unbounded verdicts from the models, and the certificate."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.check.counterexamples import make_counterexample
from treadle.check.lockstep import Lockstep
from treadle.check.proofs import Proofs
from treadle.check.proving import candidate_of, prove_and_drive, replayed, told, where_shown
from treadle.check.target import resolve_target
from treadle.cli.arguments import situation_name, whole
from treadle.cli.meter import Meter
from treadle.cli.screen import output
from treadle.cli.streams import write_file
from treadle.errors import MisuseError
from treadle.loading import search_first
from treadle.schedule import Bounds, TaskKind, without_defaults
from treadle.telling import printable, quoted
from treadle.tokens import Token
from treadle.workers.interrupts import held
from treadle.workers.pool import default_size
from treadle_models.candidates import CANDIDATES
from treadle_models.machine.things import OutsideError
from treadle_models.situations import ALL_SITUATIONS, FURTHER_SITUATIONS
from treadle_models.smt.certificate import certificate, horn
from treadle_models.smt.prove import ProofVerdict
from treadle_models.smt.solver import NoSolverError
from treadle_models.smt.verify import CertificateError, Confirmed, verify_all
from treadle_models.spec import BY_NAME, MODES, Reading

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from treadle.check.lockstep import Driven
    from treadle.check.target import Target
    from treadle.cli.arguments import Parser
    from treadle_models.smt.prove import Answer, Proof

_WORST = (ProofVerdict.REFUTED, ProofVerdict.UNKNOWN, ProofVerdict.PROVED, ProofVerdict.NOT_EXERCISED)
# Situations that share no shapes with others, the slowest first: each is a piece of work of its own.
_APART = ("shared", "nested", "group", "timeout")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some situations of one target. One process proves them, so that they share what they can.

    `drive`: also run real tasks side by side with the model.
    """

    target: str
    situations: tuple[str, ...]
    version: tuple[int, int]
    certificate: bool = False
    drive: bool = True


@dataclass(frozen=True, slots=True)
class Piecework:
    """The result of a piece: proofs without their obligations (those as text, if asked for), or why there is none."""

    proofs: tuple[Proof, ...]
    driven: tuple[Driven, ...] = ()
    certificate: str = ""
    horn: str = ""
    misuse: str = ""


def pieces(targets: Sequence[str], situations: Sequence[str], version: tuple[int, int]) -> list[Piece]:
    """Cut the work into pieces, the slowest first."""
    groups = [(name,) for name in _APART if name in situations]
    rest = tuple(name for name in situations if name not in _APART)
    return [Piece(target, group, version) for group in (*groups, rest) if group for target in targets]


def work(piece: Piece) -> Piecework:
    """Prove a piece. This may run in a process of its own, so an error is returned as text and not raised."""
    search_first(str(Path.cwd()))
    try:
        target = resolve_target(piece.target)
        proofs, driven = prove_and_drive(target, piece.situations, piece.version, drive=piece.drive)
    except (MisuseError, NoSolverError, OutsideError) as error:
        return Piecework((), misuse=str(error))
    written = told(proofs, driven) if piece.certificate else []
    text, clauses = ("".join(map(write, written)) for write in (certificate, horn))
    bare = tuple(replace(each, obligations=(), arcs=frozenset(), unfolded=None) for each in proofs)
    return Piecework(bare, tuple(driven), text, clauses)


def work_all(todo: Sequence[Piece], jobs: int) -> list[Piecework]:
    """Prove all pieces, several at a time if `jobs` allows; return the results in the order of the pieces."""
    if len(todo) == 1 or jobs == 1:
        return [work(piece) for piece in todo]
    done: list[Piecework] = [Piecework(())] * len(todo)
    # Each gets a new interpreter: a fork would copy the locks of the threads that draw the meter.
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(min(jobs, len(todo)), mp_context=context) as pool,
        _killed_if_not_all_is_done(),
        Meter("proofs", [1.0] * len(todo)) as meter,
    ):
        with held():
            numbers = {pool.submit(work, piece): number for number, piece in enumerate(todo)}
        for future in as_completed(numbers):
            done[numbers[future]] = future.result()
            meter.heard(numbers[future], 0, done=True)
    return done


@contextlib.contextmanager
def _killed_if_not_all_is_done() -> Iterator[None]:
    """Kill the processes on an error or an interrupt; otherwise they would go on until their proofs are done."""
    try:
        yield
    except BaseException:
        for child in multiprocessing.active_children():
            child.kill()
        raise


def add_arguments(parser: Parser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument(
        "--situation", type=partial(situation_name, symbols=True), action="append", default=[], dest="situations"
    )
    parser.add_argument("--jobs", type=whole(1, 1024), default=None)
    parser.add_argument("--certificate", metavar="FILE")
    parser.add_argument("--horn", metavar="FILE")
    parser.add_argument("--verify", metavar="FILE")


def prove(options: argparse.Namespace) -> int:
    """Prove targets and print the verdicts; write the certificate if one is asked for."""
    search_first(str(Path.cwd()))  # a target is named as seen from here
    if options.verify:
        return _verify(options)
    names = options.targets or list(CANDIDATES)
    targets = [resolve_target(name) for name in names]
    version = sys.version_info[:2]
    todo = pieces(names, options.situations or ALL_SITUATIONS, version)
    todo = [replace(piece, certificate=bool(options.certificate or options.horn)) for piece in todo]
    done = work_all(todo, options.jobs or default_size())
    misuse = [each.misuse for each in done if each.misuse]
    if misuse:
        raise MisuseError(misuse[0])
    if options.certificate:
        write_file(options.certificate, "".join(each.certificate for each in done), "certificate")
    if options.horn:
        write_file(options.horn, "".join(each.horn for each in done), "Horn clauses")
    console, well = output(), True
    for name, target in zip(names, targets, strict=True):
        own = [each for piece, each in zip(todo, done, strict=True) if piece.target == name]
        driven = [each for work in own for each in work.driven]
        found = {proof.situation: proof for work in own for proof in told(work.proofs, driven)}
        proofs = [
            found[each] for each in dict.fromkeys((*ALL_SITUATIONS, *FURTHER_SITUATIONS, *found)) if each in found
        ]
        if all(proof.outside or proof.excluded for proof in proofs):
            raise MisuseError(next(proof.outside for proof in proofs if proof.outside))
        well = _print(console, target, proofs, driven) and well
    return 0 if well else 1


def _verify(options: argparse.Namespace) -> int:
    """Verify the certificates in a file against their targets, run real tasks side by side, and print the results."""
    if options.targets or options.certificate or options.horn:
        message = "--verify FILE takes its targets from the file; leave out TARGET, --certificate and --horn"
        raise MisuseError(message)
    file = Path(options.verify)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"the certificate {options.verify!r} cannot be read: {error}"
        raise MisuseError(message) from None
    console = output()
    try:
        found = verify_all(text, lambda name: candidate_of(resolve_target(name)))
    except CertificateError as error:
        console.print(f"rejected: {options.verify}: {error}", soft_wrap=True)
        return 1
    except (NoSolverError, OutsideError) as error:
        raise MisuseError(str(error)) from None
    well = True
    for each in found:
        head = each.written.head
        if each.written.is_empty:
            console.print(f"{head['target']}, {head['situation']}, Python {head['python']}: nothing is claimed")
            continue
        console.print(
            f"{head['target']}, {head['situation']}, Python {head['python']}: {each.clauses:,} clauses confirmed"
        )
        for claim in each.written.claims:
            console.print(f"  {claim}")
        well = _goes_along(console, each) and well
    return 0 if well else 1


def _goes_along(console: Console, each: Confirmed) -> bool:
    """Run real tasks along the paths of a certificate, and say whether they do the same as the model."""
    version, head = each.written.version, each.written.head
    if version != sys.version_info[:2]:
        console.print(f"  real tasks did not go along: that takes Python {head['python']}")
        return True
    target = resolve_target(head["target"])
    driven = Lockstep(target, candidate_of(target), version).drive(head["situation"], each.arcs)
    told = f"rejected: {driven.doubt}" if driven.doubt else "real tasks went along"
    console.print(f"  {told}: {driven.schedules:,} schedules, {driven.callbacks:,} callbacks", soft_wrap=True)
    return not driven.doubt


def _tokens(target: Target, proofs: list[Proof]) -> dict[tuple[str, Reading], str]:
    """Return a token for each property that is refuted by a schedule that can be replayed.

    A path through the model is a schedule of the checker, so the token is one that `treadle replay` takes.
    """
    tokens: dict[tuple[str, Reading], str] = {}
    for proof in proofs:
        for answer in proof.answers:
            key = answer.property, answer.reading
            if answer.verdict is ProofVerdict.REFUTED and not answer.reason and key not in tokens:
                token = Token(
                    target=target.name,
                    situation=where_shown(proof, answer),
                    property=answer.property,
                    reading=str(answer.reading),
                    task=TaskKind.C,
                    bounds=Bounds(events=answer.events, steps=answer.steps),
                    choices=without_defaults(answer.choices),
                )
                tokens[key] = str(make_counterexample(target, token, minimal=False).token)
    return tokens


def _print(console: Console, target: Target, proofs: list[Proof], driven: list[Driven]) -> bool:
    """Print a line for each property and reading, over all situations; return whether all is well.

    A candidate of the catalogue is well if it is as recorded; any other target if all properties and one mode are
    proved.
    """
    version = proofs[0].version
    recorded = Proofs.load(version)
    console.print(f"{printable(target.name)}, Python {'.'.join(map(str, version))}, without bounds")
    proofs = replayed(target, proofs)
    tokens = _tokens(target, proofs)
    found: dict[tuple[str, Reading], list[tuple[str, Answer]]] = {}
    for proof in proofs:
        for answer in proof.answers:
            found.setdefault((answer.property, answer.reading), []).append((proof.situation, answer))
    reasons: dict[str, str] = {}
    for pair, answers in found.items():
        for line in _lines(pair, answers, tokens.get(pair, ""), reasons):
            console.print(line, soft_wrap=line.startswith("      "))  # a token or a place must be copied in one piece
    differences = [line for proof in proofs for line in recorded.differences(proof)]
    for line in differences:
        console.print(f"  {line}")
    shapes, rules = sum(each.shapes for each in proofs), sum(each.rules for each in proofs)
    console.print(f"\n{shapes:,} shapes, {rules:,} rules; situations: {', '.join(each.situation for each in proofs)}")
    runs, callbacks = sum(each.schedules for each in driven), sum(each.callbacks for each in driven)
    console.print(f"real tasks went along: {runs:,} schedules, {callbacks:,} callbacks")
    if target.name not in recorded.cells:
        return _is_well(found)
    unrecorded = [each.situation for each in proofs if each.situation not in recorded.cells[target.name]]
    if len(unrecorded) < len(proofs) or differences:
        console.print("as recorded" if not differences else f"{len(differences)} not as recorded")
    if unrecorded:
        console.print(f"no expectation recorded: {', '.join(unrecorded)}")
    return not differences and (not unrecorded or _is_well(found))


def _lines(
    pair: tuple[str, Reading], answers: list[tuple[str, Answer]], token: str, reasons: dict[str, str]
) -> Iterator[str]:
    """Yield the lines of a property; a reason is given in full only the first time."""
    name, reading = pair
    verdict = _verdict(answers)
    where = [situation for situation, answer in answers if answer.verdict is verdict]
    label = name if reading is Reading.WEAK else f"{name} ({reading})"
    detail = "" if verdict in (ProofVerdict.PROVED, ProofVerdict.NOT_EXERCISED) else f"  in {', '.join(where)}"
    yield f"  {label:<24}{verdict:<15}{BY_NAME[name].sentence}{detail}"
    if token:
        yield f"      replay:  treadle replay {quoted(str(token))}"
    for situation, answer in answers:
        if answer.reason and answer.verdict in (ProofVerdict.UNKNOWN, ProofVerdict.REFUTED):
            before = reasons.setdefault(answer.reason, name)
            yield f"      {answer.verdict} in {situation}: {answer.reason if before == name else f'as {before}'}"


def _verdict(answers: list[tuple[str, Answer]]) -> ProofVerdict:
    return next(each for each in _WORST if any(answer.verdict is each for _, answer in answers))


def _is_well(found: dict[tuple[str, Reading], list[tuple[str, Answer]]]) -> bool:
    verdicts = {name: _verdict(answers) for (name, reading), answers in found.items() if reading is Reading.WEAK}
    modes = [verdicts[each.name] for each in MODES if each.name in verdicts]
    duties = [verdict for name, verdict in verdicts.items() if not BY_NAME[name].is_mode]
    good = (ProofVerdict.PROVED, ProofVerdict.NOT_EXERCISED)
    return all(each in good for each in duties) and (ProofVerdict.PROVED in modes or not modes)
