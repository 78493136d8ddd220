"""`treadle check --report FILE.html`: write all results as one page."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from treadle.cli.prove import Piece, work
from treadle.cli.search import contrast
from treadle.cli.streams import complain, write_file
from treadle.ledger.pictures import twin_views
from treadle.report.page import Proofs, section, write_page
from treadle.report.proofs import proven_now, recorded_proofs
from treadle_models.candidates import CANDIDATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.cli.search import Plan
    from treadle.report.document import Part
    from treadle.workers.interpreters import Interpreter
    from treadle.workers.pool import Asks


# Situations in which a target outside of the catalogue is proved; the others have thousands of shapes.
QUICK = ("plain", "cleanup/1", "pending", "unstarted", "done/result", "done/exception", "done/cancelled", "self")

_MEASURED = {
    "seconds": "seconds for the searches",
    "executions_per_second": "executions a second",
    "workers": "worker processes",
    "platform": "platform",
}


def add_contrasts(pool: Asks, interpreters: Sequence[Interpreter], parts: Sequence[Part]) -> list[Part]:
    """Find, for each counterexample on the page, the execution that it is compared with."""
    return [
        replace(part, staged=contrast(pool, interpreter, part.staged))
        for interpreter, part in zip(interpreters, parts, strict=True)
    ]


def write_report(file: str, plan: Plan, parts: Sequence[Part], measured: dict[str, object]) -> None:
    """Write the page."""
    sections = [
        section(
            part,
            reading=str(plan.readings[0]),
            version=interpreter.version,
            number=number,
            options=interpreter.option,
        )
        for number, (interpreter, part) in enumerate(zip(plan.interpreters, parts, strict=True))
    ]
    page = write_page(
        sections,
        measured={told: measured[name] for name, told in _MEASURED.items()},
        proofs=_proofs(plan),
        twins=twin_views(),
    )
    write_file(file, page, "report")


def _proofs(plan: Plan) -> list[Proofs]:
    """Return the recorded proofs of the candidates of the catalogue, and prove any other target now."""
    found = []
    for interpreter in plan.interpreters:
        major, minor = map(int, interpreter.minor.split("."))
        recorded = recorded_proofs((major, minor), plan.targets)
        if recorded:
            title = f"the catalogue, Python {interpreter.minor}"
            found.append(Proofs(title=title, proven=recorded, how="As recorded; again now: treadle prove CANDIDATE."))
    own = [name for name in plan.targets if name not in CANDIDATES]
    return found + [each for name in own for each in _prove(name)]


def _prove(name: str) -> list[Proofs]:
    """Prove a target in the situations that take seconds; complain if it cannot be modelled."""
    version = sys.version_info[:2]
    done = work(Piece(name, QUICK, version))
    if done.misuse:
        complain(f"the report has no proofs of {name}: {done.misuse}")
        return []
    title = f"{name}, Python {'.'.join(map(str, version))}"
    how = f"Proved when this was written, in the situations {', '.join(QUICK)}; in all: treadle prove {name}."
    return [Proofs(title=title, proven=(proven_now(name, done.proofs),), how=how)]
