"""`treadle check --report FILE.html`: everything that was found as one page."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.check.target import resolve_target
from treadle.cli.search import contrast
from treadle.errors import MisuseError, TreadleError
from treadle.ledger.pictures import twin_views
from treadle.report.page import Proofs, section, write_page
from treadle.report.proofs import load_proofs, record, sum_up
from treadle.report.render import render
from treadle_models.candidates import CANDIDATES, Candidate
from treadle_models.smt.solver import NoSolverError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.cli.interpreters import Interpreter
    from treadle.cli.pool import Pool
    from treadle.cli.search import Plan
    from treadle.report.document import Part


_MEASURED = {
    "seconds": "seconds for the searches",
    "executions_per_second": "executions a second",
    "workers": "worker processes",
    "platform": "platform",
}


def see_that_it_can_be_written(file: str) -> None:
    """Raise what would keep a report from being written, before hours are spent on what it says."""
    render("colours.css")
    folder = Path(file).resolve().parent
    if not folder.is_dir():
        message = f"there is no folder {str(folder)!r} to write the report to"
        raise MisuseError(message)


def add_contrasts(pool: Pool, interpreters: Sequence[Interpreter], parts: Sequence[Part]) -> list[Part]:
    """Find what each counterexample that is shown is seen against."""
    return [
        replace(part, staged=contrast(pool, interpreter, part.staged))
        for interpreter, part in zip(interpreters, parts, strict=True)
    ]


def write_report(file: str, plan: Plan, parts: Sequence[Part], measured: dict[str, object]) -> None:
    """Write the page."""
    sections = [
        section(part, reading=str(plan.readings[0]), version=interpreter.version, number=number)
        for number, (interpreter, part) in enumerate(zip(plan.interpreters, parts, strict=True))
    ]
    page = write_page(
        sections,
        measured={told: measured[name] for name, told in _MEASURED.items()},
        proofs=_proofs(plan),
        twins=twin_views(),
    )
    try:
        Path(file).write_text(page, encoding="utf-8")
    except OSError as error:
        message = f"the report could not be written to {file!r}: {error}"
        raise TreadleError(message) from error
    sys.stderr.write(f"treadle: the report is in {file}\n")


def _proofs(plan: Plan) -> list[Proofs]:
    """Return what is recorded of candidates of the catalogue, and prove any other target here and now."""
    found = []
    for interpreter in plan.interpreters:
        recorded = tuple(each for each in load_proofs(interpreter.minor) if each.candidate in plan.targets)
        if recorded:
            found.append(
                Proofs(
                    title=f"the catalogue, Python {interpreter.minor}",
                    proven=recorded,
                    how="Recorded by `make results`; again now: treadle prove CANDIDATE.",
                )
            )
    own = [name for name in plan.targets if name not in CANDIDATES]
    return found + [each for name in own for each in _prove(name)]


def _prove(name: str) -> list[Proofs]:
    target = resolve_target(name)
    candidate = Candidate(
        name=name,
        function=target.subject.function,
        owner=target.subject.owner,
        claim="",
        source="",
        summary="",
        excludes=target.excludes,
    )
    version = sys.version_info[:2]
    try:
        found = record(candidate, version)
    except NoSolverError as error:
        sys.stderr.write(f"treadle: the report has no proofs of {name}: {error}\n")
        return []
    reasons = sorted({cell["reason"] for cell in found.values() if "reason" in cell})
    how = f"Not everything could be modelled: {'; '.join(reasons)}" if reasons else "Proved when this was written."
    title = f"{name}, Python {'.'.join(map(str, version))}"
    return [Proofs(title=title, proven=(sum_up(name, found),), how=how)]
