"""Record the catalogue again: every candidate, on every interpreter found, as package data. `make results` runs this.

    python -m treadle.cli.record [--check] [--python PATH ... | --proofs] [CANDIDATE ...]

Each verdict or count that has changed is printed on a line: it is a statement about somebody's code, so read it before
you commit it. `--check` only compares, and exits with 1 if anything has changed. With candidates named, the records of
the others stay as they are.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import treadle.check
from treadle.check import Verdict
from treadle.check.catalogue import Catalogue, dump, file_name, record_cell
from treadle.cli import guarded
from treadle.cli.record_proofs import record_proofs
from treadle.cli.search import Plan, explore
from treadle.errors import MisuseError
from treadle.schedule import Bounds, TaskKind
from treadle.situation import ALL_SITUATIONS
from treadle.workers.interpreters import Interpreter, find_interpreter
from treadle.workers.pool import Pool, default_size
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.check import CellResult

_RECORDED = (
    (TaskKind.C, Bounds(events=2, steps=2)),
    (TaskKind.PY, Bounds(events=2, steps=2)),
    (TaskKind.C, Bounds(events=3, steps=3)),
)
_MINORS = range(11, 16)  # Python 3.11 .. 3.15
_FOLDER = Path(treadle.check.__file__).parent / "data"

# A record must not depend on how fast the machine is, so this limit only ends a search that hangs.
_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The new text of a file of the catalogue, and a line for each difference from what was recorded."""

    text: str
    lines: tuple[str, ...]


def main(argv: Sequence[str] | None = None) -> int:
    """Record, or compare with what is recorded; return the exit status."""
    return guarded(lambda: _record(_parser().parse_args(argv)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m treadle.cli.record", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("candidates", nargs="*", metavar="CANDIDATE", help="only these; all unless given")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    parser.add_argument("--python", action="append", default=[], dest="pythons", metavar="PATH", help="only these")
    parser.add_argument("--jobs", type=int, default=default_size(), metavar="N", help="worker processes")
    parser.add_argument("--proofs", action="store_true", help="only what the models prove, which takes a solver")
    parser.add_argument("--most", type=int, default=3, metavar="N", help="only bounds up to N, for a quick look")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help=argparse.SUPPRESS)
    return parser


def _record(options: argparse.Namespace) -> int:
    unknown = [name for name in options.candidates if name not in CANDIDATES]
    if unknown:
        message = f"there is no candidate {unknown[0]!r} in the catalogue; there are: {', '.join(CANDIDATES)}"
        raise MisuseError(message)
    changed = False
    for interpreter in [] if options.proofs else interpreters(options.pythons):
        for task, bounds in _RECORDED:
            if bounds.events > options.most:
                continue
            file = options.folder / file_name(interpreter.minor, task, bounds)
            sys.stdout.write(f"{file.name} ({interpreter.version})\n")
            sys.stdout.flush()
            cells = _explore(options, interpreter, task, bounds)
            changes = _compare(file, cells)
            changed = changed or bool(changes.lines)
            for line in changes.lines:
                sys.stdout.write(f"  {line}\n")
            if not options.check:
                options.folder.mkdir(exist_ok=True)
                file.write_text(changes.text, encoding="utf-8")
    if options.proofs or not options.pythons:
        proved_otherwise = record_proofs(options.candidates, options.folder, jobs=options.jobs, check=options.check)
        changed = proved_otherwise or changed
    return 1 if options.check and changed else 0


def interpreters(names: Sequence[str]) -> list[Interpreter]:
    """Return the interpreters of these names, or one for each minor version that is found."""
    found: dict[str, Interpreter] = {}
    for name in names or _candidates_for_interpreters():
        try:
            interpreter = find_interpreter(name)
        except MisuseError:
            if names:
                raise
            continue
        found.setdefault(interpreter.minor, interpreter)
    return [found[minor] for minor in sorted(found)]


def _candidates_for_interpreters() -> list[str]:
    """Return where interpreters may be: this one, those named in TREADLE_PYTHONS, those of pyenv, those on the PATH."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    of_pyenv = sorted(root.glob("versions/3.*/bin/python"), key=_version_of, reverse=True)
    commands = [f"python3.{minor}" for minor in _MINORS]
    named = filter(None, os.environ.get("TREADLE_PYTHONS", "").split(os.pathsep))
    return [sys.executable, *named, *map(str, of_pyenv), *filter(shutil.which, commands)]


def _version_of(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.parts[-3].split(".") if part.isdigit())


def _explore(options: argparse.Namespace, interpreter: Interpreter, task: TaskKind, bounds: Bounds) -> list[CellResult]:
    plan = Plan(
        targets=tuple(options.candidates) or tuple(CANDIDATES),
        interpreters=(interpreter,),
        task=task,
        bounds=bounds,
        readings=tuple(Reading),
        situations=ALL_SITUATIONS,
        properties=tuple(BY_NAME),
        limit=None,
        seconds=_SECONDS,
        workers=options.jobs,
    )
    with Pool(plan.workers) as pool:
        return explore(plan, pool)


def _compare(file: Path, cells: Sequence[CellResult]) -> Changes:
    """Compare with the records in the file, and keep those of candidates that were not judged."""
    before = Catalogue(json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {})
    records: dict[str, dict[str, Any]] = {name: {} for name in CANDIDATES}
    judged = dict.fromkeys(cell.target for cell in cells)
    records |= {name: known for name, known in before.cells.items() if name in CANDIDATES and name not in judged}
    lines = [f"{name}: new" for name in judged if name not in before.cells]
    lines += [f"{name}: no longer a candidate" for name in before.cells if name not in CANDIDATES]
    for cell in cells:
        if any(each.verdict is Verdict.NO_VIOLATION_FOUND for each in cell.findings):
            lines.append(f"{cell.target}, {cell.situation}: not recorded, because it was cut off: {cell.stopped}")
            continue
        unsupported = {each.reason for each in cell.findings if each.verdict is Verdict.UNSUPPORTED}
        if unsupported:
            lines.append(
                f"{cell.target}, {cell.situation}: not recorded, because it cannot be judged: {min(unsupported)}"
            )
            continue
        records[cell.target][cell.situation] = record_cell(cell)
        if cell.target in before.cells and cell.situation not in before.cells[cell.target]:
            lines.append(f"{cell.target}, {cell.situation}: new")
        lines += before.differences(cell)
    text = dump({name: situations for name, situations in records.items() if situations})
    return Changes(text=text, lines=tuple(lines))


if __name__ == "__main__":
    sys.exit(main())
