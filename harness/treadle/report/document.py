"""The result document, format 1, which the paper, the notebooks, tests and other people's CI read.

Counts are exact integers, and they and the order of everything are the same from run to run. Whatever is not, such as
times and the versions of a platform, is under `measured`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import treadle
from treadle.check.judge import NOT_TOLD_APART
from treadle.report.stock import NOT_TRIED
from treadle.telling import json_told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from treadle.check import Catalogue, CellResult, Counterexample, Finding
    from treadle.check.nearest import Contrast
    from treadle.check.summary import Summary
    from treadle.report.source import SourceText

Json = dict[str, object]

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """The script of a counterexample, if one can be written, and whether the failure showed on stock asyncio.

    `contrast` is the execution that it is compared with, `source` the source of the target, if they are known.
    """

    status: str
    script: str | None
    contrast: Contrast | None = None
    source: SourceText | None = None


NOT_STAGED = Staged(status=NOT_TRIED, script=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The results on one interpreter: the summaries of all targets, and the catalogue of that interpreter.

    `staged` has the counterexamples that were executed on the stock asyncio of that interpreter, by token.
    """

    summaries: Sequence[Summary]
    catalogue: Catalogue
    staged: Mapping[str, Staged] = field(default_factory=dict)


def document(parts: Sequence[Part], measured: Json) -> str:
    """Return the document, with each result on a line."""
    results = [
        _result(cell, finding, part)
        for part in parts
        for summary in part.summaries
        for cell in summary.cells
        for finding in cell.findings
    ]
    candidates = [_candidate(summary) for part in parts for summary in part.summaries]
    return (
        f'{{"format": {FORMAT}, "treadle": {_line(treadle.__version__)}, "results": [\n{_lines(results)}\n],\n'
        f'"candidates": [\n{_lines(candidates)}\n],\n"measured": {_line(measured)}}}\n'
    )


def _line(value: object) -> str:
    return json_told(value)


def _lines(values: Sequence[object]) -> str:
    return ",\n".join(_line(value) for value in values)


def _result(cell: CellResult, finding: Finding, part: Part) -> Json:
    expected = part.catalogue.expected(cell.target, cell.situation, finding.property, finding.reading)
    found = finding.counterexample
    return {
        "python": cell.python,
        "task": str(cell.task),
        "candidate": cell.target,
        "property": finding.property,
        "situation": cell.situation,
        "reading": finding.reading,
        "verdict": str(finding.verdict),
        "reason": _reason(cell, finding),
        "expected": None if expected is None else str(expected),
        "ended": str(cell.ended),
        "events": cell.bounds.events,
        "steps": cell.bounds.steps,
        "kinds": list(cell.kinds),
        "schedules": cell.schedules,
        "executions": cell.executions,
        "states": cell.states,
        "counterexample": None
        if found is None
        else _counterexample(found, part.staged.get(str(found.token), NOT_STAGED)),
    }


def _reason(cell: CellResult, finding: Finding) -> str | None:
    reasons = [finding.reason] if finding.reason else []
    if cell.opaque:
        reasons.append(f"{NOT_TOLD_APART}: {cell.opaque}")
    if finding.counterexample is not None and not finding.counterexample.minimal:
        reasons.append("the counterexample is not proved minimal")
    return "; ".join(reasons) or None


def _counterexample(found: Counterexample, staged: Staged) -> Json:
    return {
        "token": str(found.token),
        "events": found.events,
        "callbacks": found.callbacks,
        "kinds": list(found.kinds),
        "stock": staged.status,
        "trace": [record.as_json() for record in found.trace],
        "script": staged.script,
    }


def _candidate(summary: Summary) -> Json:
    cell = summary.cells[0]
    return {
        "candidate": summary.target,
        "python": cell.python,
        "task": str(cell.task),
        "mode": list(summary.modes),
        "outcomes": summary.outcomes,
    }
