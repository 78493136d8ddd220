"""Requests about a program of `explore`: explorations, whole or in parts, and replays of schedules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.explorer import Exploration, Parts, Root
from treadle.programs import Explored, ProgramToken, Settings
from treadle.programs.document import WIRE
from treadle.programs.problems import UNSUPPORTED, ProgramOutcome
from treadle.workers.requests import request

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class ExploreProgram(request.SearchRequest[Explored, ProgramOutcome]):
    """Explore a program. All its parts end at `until`, in seconds of the wall clock, in whichever process they run."""

    does = "explore"
    answer = Explored
    wire = WIRE
    told_first = UNSUPPORTED

    settings: Settings
    until: float | None = None

    def find_parts(self) -> FindProgramParts:
        """Ask for the parts."""
        return FindProgramParts(target=self.target, search=self)

    def judge_part(self, roots: Sequence[Root], opaque: str = "") -> ExplorePart:
        """Ask for one of them."""
        return ExplorePart(target=self.target, search=self, roots=tuple(roots), opaque=opaque)

    def conclude(self, exploration: Exploration[ProgramOutcome], parts: int) -> ConcludeProgram:
        """Ask for the answer, given what `parts` parts have found together."""
        return ConcludeProgram(target=self.target, search=self, exploration=exploration, parts=parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindProgramParts(request.FindParts[ProgramOutcome]):
    """Split the schedules of a program."""

    answer = Parts[ProgramOutcome]
    wire = WIRE

    search: ExploreProgram


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorePart(request.JudgePart[ProgramOutcome]):
    """Explore a part of a program."""

    answer = Exploration[ProgramOutcome]
    wire = WIRE

    search: ExploreProgram


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcludeProgram(request.ConcludeParts[Explored, ProgramOutcome]):
    """Make violations from what the parts of a program have shown."""

    answer = Explored
    wire = WIRE

    search: ExploreProgram


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayProgram(request.Request[Explored]):
    """Run one schedule of a program again."""

    does = "replay"
    answer = Explored
    wire = WIRE

    token: ProgramToken
    settings: Settings
