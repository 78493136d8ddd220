"""Requests about a target of `check`: cells, whole or in parts, and scripts and contrasts of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.check import CellResult, Counterexample, Finding, Job
from treadle.check.nearest import Contrast, Neighbour
from treadle.check.refused import REFUSED
from treadle.explorer import Cut, Draw, Ended, Exploration, Limits, Parts, Root, Tally
from treadle.report.source import SourceText
from treadle.schedule import Bounds, Schedule, TaskKind
from treadle.situation import CallOutcome, Outcome, Score
from treadle.tokens import Token
from treadle.trace import CancelRequest, Gap, Record, SourceLine, TaskState, Trace
from treadle.verdict import Verdict
from treadle.wire import Wire
from treadle.workers.requests import request
from treadle_models.spec import Observation, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

_KNOWN = (
    *(CellResult, Counterexample, Finding, Job, Contrast, Neighbour, SourceText, Verdict, Observation, Reading),
    *(Cut, Draw, Ended, Exploration, Limits, Parts, Root, Tally, Bounds, TaskKind, CallOutcome, Score, Token),
    *(CancelRequest, Gap, Record, SourceLine, TaskState),
)
WIRE = Wire(
    {each.__name__: each for each in _KNOWN} | {"Schedule": Schedule, "Outcome": Outcome, "Trace": Trace},
    {
        Token: (str, Token.parse),
        Score: (lambda _: None, lambda _: Score()),  # a script is written where the counterexample is made
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCell(request.SearchRequest[CellResult, Outcome]):
    """Judge a target in one situation, for at most so many seconds and executions."""

    does = "judge"
    answer = CellResult
    wire = WIRE
    told_first = REFUSED

    job: Job
    seconds: float
    limit: int | None = None

    def find_parts(self) -> FindCellParts:
        """Ask for the parts."""
        return FindCellParts(target=self.target, search=self)

    def judge_part(self, roots: Sequence[Root], opaque: str = "") -> JudgeCellPart:
        """Ask for one of them."""
        return JudgeCellPart(target=self.target, search=self, roots=tuple(roots), opaque=opaque)

    def conclude(self, exploration: Exploration[Outcome], parts: int) -> ConcludeCell:
        """Ask for the answer, given what `parts` parts have found together."""
        return ConcludeCell(target=self.target, search=self, exploration=exploration, parts=parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindCellParts(request.FindParts[Outcome]):
    """Split the search of a cell."""

    answer = Parts[Outcome]
    wire = WIRE

    search: JudgeCell


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCellPart(request.JudgePart[Outcome]):
    """Search a part of a cell."""

    answer = Exploration[Outcome]
    wire = WIRE

    search: JudgeCell


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcludeCell(request.ConcludeParts[CellResult, Outcome]):
    """Judge what the parts of a cell have shown."""

    answer = CellResult
    wire = WIRE

    search: JudgeCell


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """A counterexample, its script, and whether the failure showed on stock asyncio."""

    counterexample: Counterexample
    script: str | None
    stock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteScript(request.Request[Scripted]):
    """Write the script of a token and run it."""

    does = "script"
    answer = Scripted
    wire = WIRE

    token: Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrasted:
    """The execution that a counterexample is compared with, and the source of its target."""

    contrast: Contrast
    source: SourceText | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindContrast(request.Request[Contrasted]):
    """Find the execution that the counterexample of a token is compared with."""

    does = "contrast"
    answer = Contrasted
    wire = WIRE

    token: Token
