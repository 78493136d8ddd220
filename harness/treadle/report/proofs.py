"""The proofs of the catalogue, as they were recorded: they take minutes, and a report takes seconds.

One file for each Python minor version: for each candidate and situation the verdict on each property and the size of
the proof. `make results` records them anew; a test proves some of them again and compares.

    python -m treadle.report.proofs [MINOR ...]
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle_models.automaton.expressions import OutsideSubsetError
from treadle_models.candidates import CANDIDATES
from treadle_models.machine.things import OutsideError
from treadle_models.smt.prove import prove
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from treadle_models.candidates import Candidate
    from treadle_models.smt.prove import Proof

Json = dict[str, Any]

# Those that take seconds. The rest (`shared`, `timeout`, ...) have thousands of shapes; they can be named.
SITUATIONS = (
    "plain",
    "cleanup/1",
    "pending",
    "unstarted",
    "done/result",
    "done/exception",
    "done/cancelled",
    "third-party",
    "self",
    "uncancel/0",
    "future",
)
_WORST = ("refuted", "unknown", "proved", "not exercised")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What is proved of one candidate, over the situations: a verdict a property, and where it is the worst."""

    candidate: str
    verdicts: Mapping[str, str]
    where: Mapping[str, tuple[str, ...]]
    shapes: int
    rules: int
    obligations: int


def load_proofs(python: str) -> tuple[Proven, ...]:
    """Return what is recorded for a Python minor version, in the order of the catalogue; nothing if nothing is."""
    file = resources.files("treadle.report") / "data" / f"proofs-{python}.json"
    if not file.is_file():
        return ()
    recorded: Json = json.loads(file.read_text(encoding="utf-8"))
    return tuple(sum_up(name, recorded[name]) for name in CANDIDATES if name in recorded)


def record(candidate: Candidate | str, version: tuple[int, int]) -> Json:
    """Prove a candidate in each situation and return what is recorded of it."""
    return {situation: _recorded(candidate, situation, version) for situation in SITUATIONS}


def _recorded(candidate: Candidate | str, situation: str, version: tuple[int, int]) -> Json:
    try:
        return as_record(prove(candidate, situation, version))
    except (OutsideSubsetError, OutsideError) as error:
        return {"reason": str(error), "verdicts": {}, "shapes": 0, "rules": 0, "obligations": 0}


def as_record(proof: Proof) -> Json:
    """Return what is recorded of a proof: under the weak reading, by property."""
    return {
        "verdicts": {each.property: str(each.verdict) for each in proof.answers if each.reading is Reading.WEAK},
        "shapes": proof.shapes,
        "rules": proof.rules,
        "obligations": len({each.formulas for each in proof.obligations}),
    }


def sum_up(name: str, situations: Mapping[str, Json]) -> Proven:
    """Sum up over the situations: the worst verdict is the verdict."""
    verdicts, where = {}, {}
    for each in BY_NAME:
        found = {place: cell["verdicts"].get(each, "unknown") for place, cell in situations.items()}
        judged = {place: said for place, said in found.items() if each in situations[place]["verdicts"]}
        verdict = min((judged or found).values(), key=_WORST.index)
        verdicts[each] = verdict
        where[each] = tuple(place for place, said in judged.items() if said == verdict)
    totals = {size: sum(cell[size] for cell in situations.values()) for size in ("shapes", "rules", "obligations")}
    return Proven(candidate=name, verdicts=verdicts, where=where, **totals)


def main(minors: list[str]) -> None:
    """Record the catalogue for these minor versions ("3.13"), this interpreter's unless given."""
    for minor in minors or ["{}.{}".format(*sys.version_info)]:
        major, number = map(int, minor.split("."))
        lines = [f'"{name}": {json.dumps(record(name, (major, number)))}' for name in CANDIDATES]
        file = Path(__file__).parent / "data" / f"proofs-{minor}.json"
        file.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
