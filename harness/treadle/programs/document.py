"""Convert the result of an exploration to plain JSON and back, for other programs and for workers."""

from __future__ import annotations

from treadle.explorer import Cut, Ended, Exploration, Parts, Root, Tally
from treadle.programs.problems import Problem, ProgramOutcome, ProgramProperty
from treadle.programs.result import Explored, Violation
from treadle.programs.settings import Settings
from treadle.schedule import Schedule, TaskKind
from treadle.tokens import ProgramToken
from treadle.trace import CancelRequest, Record, SourceLine, TaskState, Trace
from treadle.wire import Wire

Json = dict[str, object]

FORMAT = 1

_KNOWN = (
    *(Cut, Ended, Exploration, Parts, Root, Tally, Problem, ProgramProperty, Explored, Violation, Settings, TaskKind),
    *(ProgramToken, CancelRequest, Record, SourceLine, TaskState),
)
WIRE = Wire(
    {each.__name__: each for each in _KNOWN} | {"Schedule": Schedule, "Trace": Trace, "ProgramOutcome": ProgramOutcome},
    {ProgramToken: (str, ProgramToken.parse)},
)
"""Writes and reads results, outcomes and settings of programs."""


def as_json(explored: Explored) -> Json:
    """Return the result as dictionaries, lists, strings and numbers, which are the same from run to run."""
    told = WIRE.write(Explored, explored)
    for violation, found in zip(told["violations"], explored.violations, strict=True):
        violation["sentence"] = found.property.sentence
    return {"format": FORMAT, "verdict": str(explored.verdict), **told}


def from_json(told: Json) -> Explored:
    """Read what `as_json` wrote."""
    return WIRE.read(Explored, told)
