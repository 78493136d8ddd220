"""The catalogue in situations that are judged by name only: `make further` records every verdict and count.

    python tests/models/further.py            write tests/models/further.json anew
    python tests/models/further.py --check    compare, and write nothing

Of each candidate, situation and version in which the model changes, these are the number of paths of the machine with
two events and two steps, for each property those that exercise and that violate it, and what is proved and refuted. In
a situation with a symbol nothing can be counted. `test_further` compares the record with real tasks.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from treadle.check.catalogue import dump, property_key
from treadle.check.proofs import PROVED, REFUTED, UNKNOWN, VERSIONS, record_proof
from treadle_models.candidates import CANDIDATES
from treadle_models.explicit.instance import excluded, make_play
from treadle_models.explicit.search import count_outcomes, explore, judge
from treadle_models.machine.stage import MachineLimits
from treadle_models.machine.things import OutsideError
from treadle_models.situations import FURTHER_SITUATIONS, situation_of
from treadle_models.smt.prove import Prover, pairs
from treadle_models.spec import BY_NAME

FILE = Path(__file__).with_suffix(".json")
BOUNDS = 2, 2
COMBINED = ("future+fails/cancelled", "timeout+fails/timeout")
SITUATIONS = (*FURTHER_SITUATIONS, *COMBINED)

Cell = dict[str, Any]


def counted(name: str, situation: str, version: tuple[int, int]) -> Cell:
    """Return the number of paths of the machine, and for each property those that exercise and that violate it."""
    if situation_of(situation).any_count:
        return {}
    try:
        play = make_play(name, situation, version, MachineLimits(events=BOUNDS[0], steps=BOUNDS[1]))
        outcomes = count_outcomes(explore(play))
    except OutsideError:
        return {}
    counts = {}
    for the_property, reading in pairs(situation):
        count = judge(outcomes, BY_NAME[the_property], reading)
        if count.exercised:
            counts[property_key(the_property, reading, situation)] = [count.exercised, count.violated]
    return {"schedules": outcomes.total(), "counts": counts}


def cell_of(prover: Prover, name: str, situation: str, version: tuple[int, int]) -> Cell:
    """Return the record of one candidate in one situation."""
    proof = record_proof(prover.prove(situation))
    proved = {PROVED: proof[PROVED], REFUTED: sorted(proof[REFUTED]), UNKNOWN: sorted(proof[UNKNOWN])}
    return counted(name, situation, version) | proved


def cells_of(version: tuple[int, int]) -> dict[str, dict[str, Cell]]:
    """Return the records of all candidates under one version."""
    found: dict[str, dict[str, Cell]] = {}
    for name in CANDIDATES:
        prover = Prover(name, version)
        judged = [each for each in SITUATIONS if not excluded(name, each, version)]
        found[name] = {each: cell_of(prover, name, each, version) for each in judged}
    return found


def recorded() -> dict[str, dict[str, dict[str, Cell]]]:
    """Return what is recorded, by version, candidate and situation."""
    found: dict[str, dict[str, dict[str, Cell]]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def main() -> int:
    """Make the records anew, and compare or write them."""
    texts = []
    for version in VERSIONS:
        texts.append(f'"{version[0]}.{version[1]}": {dump(cells_of(version)).rstrip()}')
        sys.stderr.write(f"{version[0]}.{version[1]}: done\n")
    text = "{\n" + ",\n".join(texts) + "\n}\n"
    if "--check" in sys.argv[1:]:
        same = FILE.read_text(encoding="utf-8") == text
        sys.stdout.write("as recorded\n" if same else f"not as recorded in {FILE.name}\n")
        return 0 if same else 1
    FILE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
