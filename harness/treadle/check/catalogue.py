"""The records of earlier results: for each candidate of the catalogue, every verdict and every count.

The records are package data, one file for each Python minor version, task kind and pair of bounds, because all three
change the counts and sometimes the verdicts. `make results` makes them; here they are read for comparison.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.situation import parse_situation
from treadle.verdict import Verdict
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from treadle.check.verdict import CellResult
    from treadle.schedule import Bounds, TaskKind


def file_name(python: str, task: TaskKind | str, bounds: Bounds) -> str:
    """Return the name of the file for a Python minor version ("3.13"), a task kind and bounds."""
    return f"{python}-{task}-{bounds.events}-{bounds.steps}{'-any-order' if bounds.any_order else ''}.json"


def property_key(name: str, reading: str, situation: str) -> str:
    """Return the key of a property under a reading in the records; without the reading where readings do not differ."""
    differ = parse_situation(situation, symbols=True).uncancel and bool(BY_NAME[name].readings)
    return f"{name}@{reading}" if differ and reading != Reading.WEAK else name


def record_cell(cell: CellResult) -> dict[str, Any]:
    """Return the record of one candidate in one situation.

    It holds, for each property that was exercised, the number of schedules in which it was, and of those that violate
    it. That gives the verdict too: a property that is not listed was not exercised, and a search that was cut off is
    not recorded at all.
    """
    counts = {
        property_key(each.property, each.reading, cell.situation): [each.exercised, each.violating]
        for each in cell.findings
        if each.exercised
    }
    return {"ended": str(cell.ended), "schedules": cell.schedules, "counts": counts}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The records for one Python minor version, task kind and pair of bounds; empty if there are none."""

    cells: dict[str, dict[str, dict[str, Any]]]

    @classmethod
    def load(cls, python: str, task: TaskKind | str, bounds: Bounds) -> Catalogue:
        """Read the records from the package data."""
        file = Path(__file__).with_name("data") / file_name(python, task, bounds)
        if not file.is_file():
            return cls({})
        return cls(json.loads(file.read_text(encoding="utf-8")))

    def expected(self, target: str, situation: str, name: str, reading: str) -> Verdict | None:
        """Return the recorded verdict, or None."""
        recorded = self.cells.get(target, {}).get(situation)
        if recorded is None:
            return None
        exercised, violating = recorded["counts"].get(property_key(name, reading, situation), (0, 0))
        if violating:
            return Verdict.VIOLATED
        return Verdict.HOLDS if exercised else Verdict.NOT_EXERCISED

    def differences(self, cell: CellResult) -> list[str]:
        """Say where a result differs from the record, in verdicts or counts; nothing without a record."""
        recorded = self.cells.get(cell.target, {}).get(cell.situation)
        if recorded is None:
            return []
        found = record_cell(cell)
        where = f"{cell.target}, {cell.situation}"
        differences = [
            f"{where}: {what} was recorded as {recorded[what]}, found {found[what]}"
            for what in ("ended", "schedules")
            if recorded[what] != found[what]
        ]
        for each in cell.findings:
            key = property_key(each.property, each.reading, cell.situation)
            before, now = recorded["counts"].get(key, [0, 0]), found["counts"].get(key, [0, 0])
            if before != now:
                differences.append(f"{where}, {key}: recorded {_told(before)}, found {_told(now)}")
        return differences


def _told(counts: list[int]) -> str:
    exercised, violating = counts
    return f"violated in {violating:,} of {exercised:,} schedules"


def dump(records: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the text of a file of records, with a line for each cell, so that a change shows as a line."""
    targets = []
    for target, situations in records.items():
        lines = [f"  {json.dumps(name)}: {json.dumps(record)}" for name, record in situations.items()]
        targets.append(f"{json.dumps(target)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n " + ",\n ".join(targets) + "\n}\n"
