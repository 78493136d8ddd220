"""Prove one target in every situation, by the interpreter that has its package: prints one JSON document.

    PYTHONPATH=harness:models:SOLVER python paper/shipped/inside.py FILE.py:FUNCTION

What is printed are the verdicts as `treadle prove` tells them, after model and real tasks went in lockstep.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings

from treadle.check.proving import prove_and_drive, replayed, told
from treadle.check.target import resolve_target
from treadle_models.situations import ALL_SITUATIONS


def main(name: str) -> None:
    """Prove it."""
    warnings.simplefilter("ignore")  # executions that are given up leave coroutines that were never awaited
    logging.disable()
    target = resolve_target(name)
    proofs, driven = prove_and_drive(target, ALL_SITUATIONS, sys.version_info[:2])
    situations: dict[str, dict[str, dict[str, str]]] = {}
    for proof in replayed(target, told(proofs, driven)):
        found = situations.setdefault(proof.situation, {})
        for each in proof.answers:
            key = each.property if each.reading == "weak" else f"{each.property}@{each.reading}"
            if each.verdict != "not exercised":
                found.setdefault(str(each.verdict), {})[key] = each.reason if each.verdict == "unknown" else ""
    document = {
        "python": sys.version.split()[0],
        "situations": situations,
        "schedules": sum(each.schedules for each in driven),
    }
    sys.stdout.write(json.dumps(document))


if __name__ == "__main__":
    main(sys.argv[1])
