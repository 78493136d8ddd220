"""The records of earlier proofs: for each candidate and situation, what is proved, refuted and unknown.

The records are package data beside those of the checker, one file for each Python version in which the model changes;
later versions use the last one. `make results` makes them; reading them needs no solver. Each refutation has its
schedule, so that it can be replayed on real tasks without the models.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.check.catalogue import property_key
from treadle.schedule import Bounds, TaskKind, without_defaults
from treadle.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.smt.prove import Proof

VERSIONS = ((3, 11), (3, 12), (3, 13), (3, 14))
"""The versions that the model distinguishes; see `since` in `treadle_models.automaton.intrinsics`."""

PROVED, REFUTED, UNKNOWN, NOT_EXERCISED = "proved", "refuted", "unknown", "not exercised"


def proofs_file(version: tuple[int, int]) -> str:
    """Return the name of the file for a version, which is that of the last version in which the model changed."""
    major, minor = max(each for each in VERSIONS if each <= max(version, VERSIONS[0]))
    return f"proofs-{major}.{minor}.json"


def record_proof(proof: Proof) -> dict[str, Any]:
    """Return the record of one candidate in one situation; a property that is not in it was not exercised."""
    record: dict[str, Any] = {PROVED: [], REFUTED: {}, UNKNOWN: {}}
    for answer in proof.answers:
        key = property_key(answer.property, answer.reading, proof.situation)
        if answer.verdict == REFUTED:
            token = Token(
                target=proof.candidate,
                situation=proof.situation,
                property=answer.property,
                reading=answer.reading,
                task=TaskKind.C,
                bounds=Bounds(events=answer.events, steps=answer.steps),
                choices=without_defaults(answer.choices),
            )
            record[REFUTED][key] = str(token).rpartition(f":{token.task}.")[2].rpartition(".")[0]
        elif answer.verdict == UNKNOWN:
            record[UNKNOWN][key] = answer.reason
        elif answer.verdict == PROVED:
            record[PROVED].append(key)
    return record


@dataclass(frozen=True, slots=True)
class Proofs:
    """The records for one version; empty if there are none."""

    cells: dict[str, dict[str, dict[str, Any]]]

    @classmethod
    def load(cls, version: tuple[int, int]) -> Proofs:
        """Read the records from the package data."""
        file = Path(__file__).with_name("data") / proofs_file(version)
        return cls(json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {})

    def expected(self, target: str, situation: str, name: str, reading: str) -> str | None:
        """Return the recorded verdict, or None."""
        cell = self.cells.get(target, {}).get(situation)
        if cell is None:
            return None
        key = property_key(name, reading, situation)
        return next((verdict for verdict in (PROVED, REFUTED, UNKNOWN) if key in cell[verdict]), NOT_EXERCISED)

    def differences(self, proof: Proof) -> list[str]:
        """Say where the verdicts of a proof differ from the record; nothing without a record."""
        found = []
        for answer in proof.answers:
            before = self.expected(proof.candidate, proof.situation, answer.property, answer.reading)
            if before is not None and before != answer.verdict:
                where = f"{proof.candidate}, {proof.situation}, {answer.property} ({answer.reading})"
                found.append(f"{where}: was recorded as {before}, is {answer.verdict} {answer.reason}".rstrip())
        return found

    def refutations(self) -> Iterator[Token]:
        """Yield the schedule of each refutation as a token without a digest."""
        for target, situations in self.cells.items():
            for situation, cell in situations.items():
                for key, told in cell[REFUTED].items():
                    name, _, reading = key.partition("@")
                    told_as = f"{target}/{situation}/{name}{'@' if reading else ''}{reading}"
                    yield Token.parse(f"{told_as}:v1:C.{told}.000000")
