"""Sum up the proofs of candidates over all situations, for a report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.check.catalogue import property_key
from treadle.check.proofs import NOT_EXERCISED, PROVED, REFUTED, UNKNOWN, Proofs, record_proof
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from treadle_models.smt.prove import Proof

_WORST = (REFUTED, UNKNOWN, PROVED, NOT_EXERCISED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """The proofs of a candidate under the weak reading: for each property its verdict and where; and counts."""

    candidate: str
    verdicts: Mapping[str, str]
    where: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, int]


def recorded_proofs(version: tuple[int, int], names: Iterable[str]) -> tuple[Proven, ...]:
    """Return the recorded proofs of these candidates for a Python version, in the order of the catalogue."""
    records = Proofs.load(version)
    wanted = set(names)
    return tuple(sum_up(name, records) for name in CANDIDATES if name in wanted and name in records.cells)


def proven_now(name: str, proofs: Sequence[Proof]) -> Proven:
    """Sum up proofs that have just been made."""
    return sum_up(name, Proofs({name: {proof.situation: record_proof(proof) for proof in proofs}}))


def sum_up(name: str, records: Proofs) -> Proven:
    """Sum up the proofs of a candidate: of all situations, the worst verdict counts."""
    verdicts, where = {}, {}
    counts: Counter[str] = Counter()
    for each in BY_NAME:
        said = {place: _said(cell, property_key(each, "weak", place)) for place, cell in records.cells[name].items()}
        counts.update(said.values())
        verdicts[each] = min(said.values(), key=_WORST.index, default=NOT_EXERCISED)
        where[each] = tuple(place for place, verdict in said.items() if verdict == verdicts[each])
    return Proven(candidate=name, verdicts=verdicts, where=where, counts=counts)


def _said(cell: Mapping[str, object], key: str) -> str:
    return next((verdict for verdict in (PROVED, REFUTED, UNKNOWN) if key in cell[verdict]), NOT_EXERCISED)  # type: ignore[operator]  # lists and dictionaries of keys
