"""Proofs that Coq checks: `make proofs`.

    python -m treadle.cli.coq [TARGET ...] [--situation S ...] [--into DIR] [--recheck] [--write FILE.json]

Each target is proved in each situation, real tasks are run side by side with the model, and the proof is written as a
file that Coq accepts or rejects. Exit status: 0 Coq has accepted all that is proved; 1 something was rejected, or
nothing is proved; 2 Coq is not installed, or a target cannot be judged.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.check.proving import prove_and_drive, told
from treadle.check.target import resolve_target
from treadle.cli import guarded
from treadle.cli.arguments import situation_name
from treadle.cli.screen import output
from treadle.errors import MisuseError
from treadle.loading import search_first
from treadle_models.automaton.variables import OutsideSubsetError
from treadle_models.coq.coqc import THEOREMS, Coq, NoCoqError, RejectedError
from treadle_models.coq.shown import NotShownError
from treadle_models.coq.text import CoqFile, NothingClaimedError, coq_file
from treadle_models.machine.things import OutsideError
from treadle_models.smt.solver import NoSolverError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

TARGETS = ("treadle-wait", "treadle-joined")
SITUATIONS = ("plain", "pending", "cleanup/1", "third-party")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A proof that Coq has accepted: its size, its theorems, and the properties that it does not claim.

    `proving` and `checking` are seconds of processor time, here and in Coq.
    """

    candidate: str
    situation: str
    file: str
    places: int
    actions: int
    sightings: int
    theorems: tuple[str, ...]
    unclaimed: tuple[str, ...]
    proving: float
    checking: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proof that Coq is checking. `head` names it."""

    head: str
    file: CoqFile
    unclaimed: tuple[str, ...]
    proving: float
    checking: Future[float]


class Work:
    """Proves targets one after the other, while Coq checks the earlier proofs. `tell` prints a line."""

    def __init__(self, coq: Coq, tell: Callable[[str], None]) -> None:
        """Do nothing yet."""
        self.coq = coq
        self.tell = tell
        self.accepted: list[Accepted] = []
        self.rejected = 0

    def do(self, targets: Sequence[str], situations: Sequence[str]) -> None:
        """Prove and check every target in every situation; raise `MisuseError` if a target cannot be judged."""
        waiting: list[Waiting] = []
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for target in targets:
                for situation in situations:
                    waiting += self._prove(target, situation, pool)
                    while waiting and waiting[0].checking.done():
                        self._hear(waiting.pop(0))
            for each in waiting:
                self._hear(each)

    def _prove(self, name: str, situation: str, pool: ThreadPoolExecutor) -> list[Waiting]:
        begun = time.process_time()
        version = sys.version_info[:2]
        head = f"{name}, {situation}, Python {version[0]}.{version[1]}"
        try:
            proofs, driven = prove_and_drive(resolve_target(name), (situation,), version)
        except (NoSolverError, OutsideSubsetError, OutsideError) as error:
            raise MisuseError(str(error)) from None
        proof = told(proofs, driven)[0]
        try:
            file = coq_file(proof)
        except NothingClaimedError as error:
            reason = proof.outside or proof.excluded or next((each.doubt for each in driven if each.doubt), str(error))
            self.tell(f"{head}: nothing to check: {reason}")
            return []
        except NotShownError as error:
            self._reject(head, error)
            return []
        claimed = {claim.kind for claim in file.claims}
        kinds = (f"{each.property} ({each.reading})" for each in proof.answers)
        unclaimed = tuple(kind for kind in kinds if kind not in claimed)
        seconds = time.process_time() - begun
        return [Waiting(head, file, unclaimed, seconds, pool.submit(self.coq.check, file.name, file.text))]

    def _reject(self, head: str, error: Exception) -> None:
        self.rejected += 1
        self.tell(f"rejected: {head}: {error}")

    def _hear(self, each: Waiting) -> None:
        try:
            checking = each.checking.result()
        except RejectedError as error:
            self._reject(each.head, error)
            return
        file, statement = each.file, each.file.statement
        sizes = len(statement.places), len(statement.actions), len(statement.sightings)
        self.tell(
            f"{each.head}: {sizes[0]:,} places, {sizes[1]:,} actions, {len(file.theorems)} theorems accepted; "
            f"{each.proving:.1f} s to prove, {checking:.1f} s in Coq"
        )
        times = round(each.proving, 1), round(checking, 1)
        names = file.candidate, file.situation, file.name
        self.accepted.append(Accepted(*names, *sizes, file.theorems, each.unclaimed, *times))


def main(options: argparse.Namespace) -> int:
    """Check the Task protocol and all proofs; return the exit status."""
    search_first(str(Path.cwd()))  # a target is named as seen from here
    tell = partial(output().print, soft_wrap=True, markup=False)
    try:
        coq = Coq(Path(options.into))
    except NoCoqError as error:
        message = f"nothing was checked: {error}"
        raise MisuseError(message) from None
    library = coq.prepare()
    tell(f"Coq {coq.version()}: the checker is sound, and the Task protocol has its theorems; {library:.1f} s in Coq")
    work = Work(coq, tell)
    work.do(options.targets or TARGETS, options.situations or SITUATIONS)
    if options.recheck:
        seconds = coq.recheck([*THEOREMS, *(each.file for each in work.accepted)])
        tell(f"coqchk accepts all of it, and finds no axiom; {seconds:.1f} s")
    if options.write:
        python = f"{sys.version_info[0]}.{sys.version_info[1]}"
        proofs = [asdict(each) for each in work.accepted]
        record = {"coq": coq.version(), "python": python, "library": round(library, 1), "proofs": proofs}
        Path(options.write).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0 if work.accepted and not work.rejected else 1


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m treadle.cli.coq", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    told_targets, told_situations = (f"default: {', '.join(each)}" for each in (TARGETS, SITUATIONS))
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=told_targets)
    parser.add_argument(
        "--situation",
        type=partial(situation_name, symbols=True),
        action="append",
        dest="situations",
        metavar="S",
        help=told_situations,
    )
    parser.add_argument(
        "--into", metavar="DIR", default="build/proofs", help="where the files go; default: build/proofs"
    )
    parser.add_argument("--recheck", action="store_true", help="have coqchk go through it as well: a minute more")
    parser.add_argument("--write", metavar="FILE", help="write sizes, theorems and times as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(_parsed())))
