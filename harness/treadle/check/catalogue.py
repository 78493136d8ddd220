"""What was recorded earlier: for each candidate of the catalogue, every verdict and every count.

The records are package data, one file for each Python minor version, task kind and pair of bounds, because all three
decide the counts and sometimes the verdicts. They are made with `make results` and read here to compare with.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from treadle.check.verdict import CellResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from treadle.schedule import Bounds, TaskKind


def file_name(python: str, task: TaskKind | str, bounds: Bounds) -> str:
    """Name the file for a Python minor version ("3.13"), a task kind and bounds."""
    return f"{python}-{task}-{bounds.events}-{bounds.steps}.json"


def property_key(name: str, reading: str) -> str:
    """Name a property under a reading, as the records do."""
    return name if reading == "weak" else f"{name}@{reading}"


def record_cell(cell: CellResult) -> dict[str, Any]:
    """Return what is recorded of one candidate in one situation; counts only where something was explored."""
    findings = {
        property_key(each.property, each.reading): [str(each.verdict), each.exercised, each.violating]
        for each in cell.findings
    }
    return {"ended": str(cell.ended), "schedules": cell.schedules, "findings": findings}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The records for one Python minor version, task kind and pair of bounds; empty where none were made."""

    cells: dict[str, dict[str, dict[str, Any]]]

    @classmethod
    def load(cls, python: str, task: TaskKind | str, bounds: Bounds) -> Catalogue:
        """Read the records from the package data."""
        file = resources.files("treadle.check") / "data" / file_name(python, task, bounds)
        if not file.is_file():
            return cls({})
        return cls(json.loads(file.read_text(encoding="utf-8")))

    def expected(self, target: str, situation: str, name: str, reading: str) -> Verdict | None:
        """Return the recorded verdict, or None."""
        cell = self.cells.get(target, {}).get(situation)
        recorded = cell and _recorded(cell, property_key(name, reading))
        return Verdict(recorded[0]) if recorded else None

    def differences(self, cell: CellResult) -> list[str]:
        """Say where a result differs from the record, in verdicts or counts; nothing where none was recorded."""
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
        for name, finding in found["findings"].items():
            before = _recorded(recorded, name)
            if before is not None and before != finding:
                differences.append(f"{where}, {name}: recorded {_told(before)}, found {_told(finding)}")
        return differences


def _recorded(cell: dict[str, Any], key: str) -> list[Any] | None:
    """Return what was recorded of a property under a reading; where the readings do not differ, there is one record."""
    findings: dict[str, list[Any]] = cell["findings"]
    return findings.get(key, findings.get(key.partition("@")[0]))


def _told(finding: list[Any]) -> str:
    verdict, exercised, violating = finding
    return f"{verdict} ({violating:,} of {exercised:,} schedules)"


def dump(cells: Iterable[CellResult]) -> str:
    """Return the text of a file of records, one line a cell, so that a change shows as the lines that changed."""
    by_target: dict[str, dict[str, Any]] = {}
    for cell in cells:
        by_target.setdefault(cell.target, {})[cell.situation] = record_cell(cell)
    targets = []
    for target, situations in by_target.items():
        lines = [f"  {json.dumps(name)}: {json.dumps(record)}" for name, record in situations.items()]
        targets.append(f"{json.dumps(target)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n " + ",\n ".join(targets) + "\n}\n"
