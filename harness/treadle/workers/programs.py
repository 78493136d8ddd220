"""What a worker answers about a program of `explore`: explorations, parts of them, and schedules run again."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from treadle import programs
from treadle.programs import explore_part, explore_source, find_program, replay_program
from treadle.programs.problems import ProgramOutcome
from treadle.workers.listening import listeners, marks_for
from treadle.workers.requests.programs import (
    ConcludeProgram,
    ExplorePart,
    ExploreProgram,
    FindProgramParts,
    ReplayProgram,
)

if TYPE_CHECKING:
    from treadle.explorer import Exploration, Parts
    from treadle.programs import Explored, ProgramSource, Settings
    from treadle.workers.listening import Says


def _explore(say: Says, request: ExploreProgram, source: ProgramSource) -> Explored:
    marks = marks_for(say, request.wire, ProgramOutcome)
    return explore_source(source, request.settings, opaque=request.opaque, marks=marks, **listeners(say))


def _replay(say: Says, request: ReplayProgram, source: ProgramSource) -> Explored:
    return replay_program(source, request.token, settings=request.settings, swallowed=listeners(say)["swallowed"])


def _find_parts(say: Says, request: FindProgramParts, source: ProgramSource) -> Parts[ProgramOutcome]:
    return programs.find_parts(source, request.search.settings, **listeners(say))


def _explore_part(say: Says, request: ExplorePart, source: ProgramSource) -> Exploration[ProgramOutcome]:
    settings, opaque = _until_then(request.search), request.opaque or request.search.opaque
    marks = marks_for(say, request.wire, ProgramOutcome)
    return explore_part(source, settings, request.roots, opaque=opaque, marks=marks, **listeners(say))


def _until_then(search: ExploreProgram) -> Settings:
    if search.until is None:
        return search.settings
    return dataclasses.replace(search.settings, seconds=max(0.0, search.until - time.time()))


def _conclude(say: Says, request: ConcludeProgram, source: ProgramSource) -> Explored:
    settings = request.search.settings
    return programs.conclude(source, settings, request.exploration, parts=request.parts, **listeners(say))


find = find_program

ANSWERS = {
    ExploreProgram: _explore,
    ReplayProgram: _replay,
    FindProgramParts: _find_parts,
    ExplorePart: _explore_part,
    ConcludeProgram: _conclude,
}
"""The function that answers each type of request."""
