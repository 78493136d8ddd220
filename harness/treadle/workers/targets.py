"""What a worker answers about a target of `check`: cells, parts of them, and scripts of counterexamples."""

from __future__ import annotations

import dataclasses
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from treadle.check import judge, replay, resolve_target
from treadle.check.judge import judge_unanswered
from treadle.check.parts import conclude, find_parts, judge_part
from treadle.explorer import Ended, Limits
from treadle.tokens import Token
from treadle.workers import wire
from treadle.workers.listening import NEVER_ENDED, listeners

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.check import Job, Target
    from treadle.workers.listening import Says

Json = dict[str, Any]


def _job(request: Json) -> Job:
    limits = Limits(executions=request["limit"], deadline=time.monotonic() + request["seconds"])
    return dataclasses.replace(wire.job_from_json(request["job"]), limits=limits)


def _judge(say: Says, request: Json, target: Target) -> Json:
    job = _job(request)

    def progress(executions: int) -> None:
        say(progress=executions)

    def swallowed() -> None:
        python = "{}.{}".format(*sys.version_info)
        say(result=wire.cell_as_json(judge_unanswered(job, NEVER_ENDED, python=python, spinning=True)))
        os._exit(0)

    return wire.cell_as_json(judge(job, target=target, progress=progress, swallowed=swallowed))


def _find_parts(say: Says, request: Json, target: Target) -> Json:
    parts = find_parts(_job(request), target=target, **listeners(say))
    if parts is None:  # it is final, too: a search that is better judged in one piece
        return {"ended": Ended.EXHAUSTED, "groups": []}
    groups = [[dataclasses.asdict(root) for root in group] for group in parts.groups]
    exploration = wire.exploration_as_json(parts.exploration)
    return {"ended": exploration["ended"], "exploration": exploration, "groups": groups}


def _judge_part(say: Says, request: Json, target: Target) -> Json:
    roots = [wire.root_from_json(root) for root in request["roots"]]
    return wire.exploration_as_json(judge_part(_job(request), roots, target=target, **listeners(say)))


def _conclude_parts(say: Says, request: Json, target: Target) -> Json:
    found = wire.exploration_from_json(request["exploration"])
    cell = conclude(_job(request), found, parts=request["parts"], target=target, **listeners(say))
    return wire.cell_as_json(cell)


def _script(_say: Says, request: Json, target: Target) -> Json:
    from treadle.report.script import write_script  # noqa: PLC0415 - most workers write no script
    from treadle.report.stock import run_on_stock  # noqa: PLC0415

    found = replay(Token.parse(request["token"]), target)
    script = write_script(found, target)
    run = run_on_stock(script)
    return {"counterexample": wire.counterexample_as_json(found), "script": script, "stock": run.status}


def _contrast(_say: Says, request: Json, target: Target) -> Json:
    from treadle.check.nearest import find_contrast  # noqa: PLC0415 - as above
    from treadle.report.source import read_source  # noqa: PLC0415

    found = replay(Token.parse(request["token"]), target)
    source = read_source(target)
    return {
        "contrast": dataclasses.asdict(find_contrast(found, target)),
        "source": None if source is None else dataclasses.asdict(source),
    }


find = resolve_target

ANSWERS: dict[str, Callable[[Says, Json, Target], Any]] = {
    "judge": _judge,
    "find parts": _find_parts,
    "judge part": _judge_part,
    "conclude parts": _conclude_parts,
    "script": _script,
    "contrast": _contrast,
}
