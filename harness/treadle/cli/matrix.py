"""The verdicts on every version of Python, both kinds of task, eager or not, in one table.

    python -m treadle.cli.matrix [--run]

The table is made from the catalogue. `--run` first runs the catalogue again on every interpreter that is found, and
says which versions were not found. `make matrix` uses `--run`, and then tests the conformance of loop and machine.
Versions that agree share a row. Each difference between versions must be explained by the CPython issue that caused it;
an unexplained one is an error.
"""

from __future__ import annotations

import argparse
import functools
import sys
import textwrap
import tomllib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import treadle.check
from treadle.check import Catalogue
from treadle.cli import guarded, record
from treadle.schedule import Bounds, TaskKind
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import MODES, PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
BOUNDS = Bounds(events=2, steps=2)
_NAMES = tuple(each.name for each in (*PROPERTIES, *MODES))
_EAGER_SINCE = "3.12"
_DATA = Path(treadle.check.__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Difference:
    """Why verdicts changed: the issue of CPython, the first version, what changed, and the candidates concerned."""

    issue: str
    since: str
    what: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """Where verdicts were recorded: a version, a kind of task, and whether tasks are eager."""

    version: str
    task: TaskKind
    eager: bool


def differences() -> tuple[Difference, ...]:
    """Return the known differences between versions."""
    table = tomllib.loads((_DATA / "differences.toml").read_text(encoding="utf-8"))
    return tuple(Difference(**{**each, "candidates": tuple(each["candidates"])}) for each in table["difference"])


def columns(version: str) -> Iterator[Column]:
    """Return the columns of a version; tasks can be eager from 3.12 on."""
    for eager in (False, True) if version >= _EAGER_SINCE else (False,):
        for task in TaskKind:
            yield Column(version, task, eager)


def marks(candidate: str, column: Column) -> str:
    """Return a mark for each property and mode: violated, held, or not exercised in any situation."""
    cells = _recorded(column.version, column.task).cells.get(candidate, {})
    chosen = [cell["counts"] for situation, cell in cells.items() if (situation == "eager") == column.eager]
    return "".join(_mark([counts.get(name, (0, 0)) for counts in chosen]) for name in _NAMES)


@functools.cache
def _recorded(version: str, task: TaskKind) -> Catalogue:
    return Catalogue.load(version, task, BOUNDS)


def _mark(counts: Sequence[Sequence[int]]) -> str:
    if any(violated for _, violated in counts):
        return "✗"
    return "✓" if any(exercised for exercised, _ in counts) else "\N{EN DASH}"


def rows(candidate: str) -> Iterator[tuple[str, list[Column]]]:
    """Return each row of marks of a candidate with the columns that have it."""
    found: dict[tuple[bool, str], list[Column]] = {}
    for version in VERSIONS:
        for column in columns(version):
            found.setdefault((column.eager, marks(candidate, column)), []).append(column)
    for (_, row), where in sorted(found.items(), key=lambda item: (item[0][0], item[1][0].version)):
        yield row, where


def changes(candidate: str) -> Iterator[str]:
    """Return the versions in which a verdict differs from that of the version before."""
    for before, version in pairwise(VERSIONS):
        shared = [column for column in columns(version) if not column.eager or before >= _EAGER_SINCE]
        if any(marks(candidate, each) != marks(candidate, Column(before, each.task, each.eager)) for each in shared):
            yield version


def unexplained() -> list[str]:
    """Return a line for each change without an explanation, and for each explanation without a change."""
    explained = {(name, each.since) for each in differences() for name in each.candidates}
    seen = {(name, version) for name in CANDIDATES for version in changes(name)}
    return [
        *(f"{name} differs in {since}, and nothing says why" for name, since in sorted(seen - explained)),
        *(f"{name} was to differ from {since} on, and does not" for name, since in sorted(explained - seen)),
    ]


def table() -> Iterator[str]:
    """Return the matrix, line by line."""
    yield f"at most {BOUNDS.events} events and {BOUNDS.steps} steps; C tasks and tasks in Python"
    yield ""
    width = max(map(len, CANDIDATES)) + 2
    for place, name in enumerate(_NAMES):
        yield " " * width + "│" * place + name
    for candidate in CANDIDATES:
        title = candidate
        for row, where in rows(candidate):
            yield f"{title:{width}}{row}  {_told(where)}"
            title = ""
    yield ""
    yield "✗ violated   ✓ holds   \N{EN DASH} not exercised"
    for each in differences():
        yield ""
        yield from textwrap.wrap(f"{each.issue}, from {each.since} on: {each.what}", width=75)
        yield f"    {', '.join(each.candidates)}"


def _told(where: list[Column]) -> str:
    versions = sorted({column.version for column in where}, key=VERSIONS.index)
    for task in TaskKind:
        if sorted({column.version for column in where if column.task is task}, key=VERSIONS.index) != versions:
            return ", ".join(f"{column.version} {column.task}" for column in where)
    first, last = versions[0], versions[-1]
    return ("eager, " if where[0].eager else "") + (first if first == last else f"{first} to {last}")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the matrix; return the exit status."""
    return guarded(lambda: _main(_parser().parse_args(argv)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m treadle.cli.matrix", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--run", action="store_true", help="first run the catalogue again on each interpreter found")
    parser.add_argument("--python", action="append", default=[], metavar="PATH", help="with --run: only these")
    parser.add_argument("--most", type=int, default=2, metavar="N", help="with --run: bounds up to N")
    return parser


def _main(options: argparse.Namespace) -> int:
    status = 0
    if options.run:
        named = [word for path in options.python for word in ("--python", path)]
        status = record.main(["--check", "--most", str(options.most), *named])
        found = {each.minor for each in record.interpreters(options.python)}
        missing = [version for version in VERSIONS if version not in found]
        if missing:
            sys.stdout.write(f"not found, and taken from the catalogue as recorded: {', '.join(missing)}\n")
        sys.stdout.write("\n")
    for line in table():
        sys.stdout.write(line.rstrip() + "\n")
    for line in unexplained():
        sys.stdout.write(f"{line}\n")
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
