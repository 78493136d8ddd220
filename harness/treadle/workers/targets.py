"""What a worker answers about a target of `check`: cells, parts of them, and scripts of counterexamples."""

from __future__ import annotations

import dataclasses
import os
import sys
import time
from typing import TYPE_CHECKING

from treadle.check import judge, replay, resolve_target
from treadle.check.judge import judge_unanswered
from treadle.check.parts import conclude, find_parts, judge_part
from treadle.explorer import Limits
from treadle.situation import Outcome
from treadle.workers.listening import NEVER_ENDED, listeners, marks_for
from treadle.workers.requests.targets import (
    ConcludeCell,
    Contrasted,
    FindCellParts,
    FindContrast,
    JudgeCell,
    JudgeCellPart,
    Scripted,
    WriteScript,
)

if TYPE_CHECKING:
    from treadle.check import CellResult, Job, Target
    from treadle.explorer import Exploration, Parts
    from treadle.workers.listening import Says


def _job(search: JudgeCell, opaque: str = "") -> Job:
    limits = Limits(executions=search.limit, deadline=time.monotonic() + search.seconds)
    return dataclasses.replace(search.job, limits=limits, opaque=opaque or search.opaque)


def _judge(say: Says, request: JudgeCell, target: Target) -> CellResult:
    job = _job(request)

    def progress(executions: int) -> None:
        say(progress=executions)

    def swallowed() -> None:
        python = "{}.{}".format(*sys.version_info)
        say(result=request.tell(judge_unanswered(job, NEVER_ENDED, python=python, spinning=True)))
        os._exit(0)

    marks = marks_for(say, request.wire, Outcome)
    return judge(job, target=target, progress=progress, swallowed=swallowed, marks=marks)


def _find_parts(say: Says, request: FindCellParts, target: Target) -> Parts[Outcome]:
    return find_parts(_job(request.search), target=target, **listeners(say))


def _judge_part(say: Says, request: JudgeCellPart, target: Target) -> Exploration[Outcome]:
    job, marks = _job(request.search, request.opaque), marks_for(say, request.wire, Outcome)
    return judge_part(job, request.roots, target=target, marks=marks, **listeners(say))


def _conclude(say: Says, request: ConcludeCell, target: Target) -> CellResult:
    return conclude(_job(request.search), request.exploration, parts=request.parts, target=target, **listeners(say))


def _write_script(_say: Says, request: WriteScript, target: Target) -> Scripted:
    from treadle.report.script import stage_script  # noqa: PLC0415 - most workers write no script

    found = replay(request.token, target)
    script, run = stage_script(found, target)
    return Scripted(counterexample=found, script=script, stock=run.status)


def _find_contrast(_say: Says, request: FindContrast, target: Target) -> Contrasted:
    from treadle.check.nearest import find_contrast  # noqa: PLC0415 - as above
    from treadle.report.source import read_source  # noqa: PLC0415

    found = replay(request.token, target)
    return Contrasted(contrast=find_contrast(found, target), source=read_source(target))


find = resolve_target

ANSWERS = {
    JudgeCell: _judge,
    FindCellParts: _find_parts,
    JudgeCellPart: _judge_part,
    ConcludeCell: _conclude,
    WriteScript: _write_script,
    FindContrast: _find_contrast,
}
"""The function that answers each type of request."""
