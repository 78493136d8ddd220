"""Record what the models prove and refute, for every candidate, situation and version that the models distinguish.

`python -m treadle.cli.record` does this last, and with `--proofs` does nothing else. It needs the solver.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from treadle.check.catalogue import dump
from treadle.check.proofs import VERSIONS, Proofs, proofs_file, record_proof
from treadle.cli.prove import pieces, work_all
from treadle.errors import MisuseError
from treadle_models.candidates import CANDIDATES
from treadle_models.situations import ALL_SITUATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def record_proofs(names: Sequence[str], folder: Path, *, jobs: int, check: bool) -> bool:
    """Record, or with `check` only compare; return whether any verdict differs from the recorded one."""
    changed = False
    for version in VERSIONS:
        before = Proofs.load(version)
        sys.stdout.write(f"{proofs_file(version)}\n")
        sys.stdout.flush()
        # The conformance tests run real tasks side by side with the catalogue, edge by edge, on every version.
        todo = [replace(each, drive=False) for each in pieces(names or list(CANDIDATES), ALL_SITUATIONS, version)]
        done = work_all(todo, jobs)
        proofs = {(proof.candidate, proof.situation): proof for each in done for proof in each.proofs}
        for misuse in [each.misuse for each in done if each.misuse]:
            raise MisuseError(misuse)
        cells: dict[str, dict[str, object]] = {}
        for name in CANDIDATES:
            known = before.cells.get(name, {})
            found = {each: record_proof(proofs[name, each]) for each in ALL_SITUATIONS if (name, each) in proofs}
            cells[name] = {
                each: found.get(each, known.get(each)) for each in ALL_SITUATIONS if each in found or each in known
            }
        differences = [line for proof in proofs.values() for line in before.differences(proof)]
        for line in differences:
            sys.stdout.write(f"  {line}\n")
        changed = changed or bool(differences)
        if not check:
            (folder / proofs_file(version)).write_text(dump(cells), encoding="utf-8")
    return changed
