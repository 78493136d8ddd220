"""`treadle explore`: any async program, in a process of its own, because it may hang, spin or end the process."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import treadle
from treadle.cli.interpreters import find_interpreters
from treadle.cli.meter import Meter
from treadle.cli.pool import Place, Pool, Request
from treadle.cli.screen import output
from treadle.errors import MisuseError
from treadle.explorer import Ended
from treadle.programs import Explored, ProgramToken, as_json, describe, from_json
from treadle.schedule import TaskKind
from treadle.verdict import Verdict

if TYPE_CHECKING:
    import argparse

    from treadle.cli.interpreters import Interpreter
    from treadle.cli.pool import Answer


def explore(options: argparse.Namespace) -> int:
    """Explore a program, or run one schedule of it; return 0 if it holds and 1 if not."""
    if options.pct and options.random is None:
        message = "--pct says how schedules are drawn at random; say how many: --random 10000 --pct"
        raise MisuseError(message)
    (interpreter,) = find_interpreters([options.python] if options.python else [])
    token = None if options.token is None else ProgramToken.parse(options.token)
    task = TaskKind(options.task) if token is None else token.task
    place = Place(interpreter=interpreter, task=task, target=options.program)
    request = Request(place=place, message=_message(options, task))
    began = time.monotonic()
    with Pool(1) as pool, Meter("searches", [float(options.random or 10_000)]) as meter:
        (answer,) = pool.ask([request], lambda index, more, done: meter.heard(index, more, done=done))
    explored = _read(answer, options, interpreter, task)
    if options.json:
        measured = {"python": interpreter.version, "seconds": round(time.monotonic() - began, 3)}
        document = {"treadle": treadle.__version__, **as_json(explored), "measured": measured}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    else:
        console = output()
        sys.stdout.write(describe(explored, width=console.width) + "\n")
    return 0 if explored.verdict is Verdict.HOLDS else 1


def _message(options: argparse.Namespace, task: TaskKind) -> dict[str, Any]:
    settings = {
        "events": options.events,
        "any_order": options.any_order,
        "callbacks": options.callbacks,
        "task": str(task),
        "limit": options.limit,
        "seconds": options.seconds,
        "random": options.random,
        "pct": options.pct,
        "seed": options.seed,
    }
    return {"do": "explore", "target": options.program, "settings": settings, "token": options.token}


def _read(answer: Answer, options: argparse.Namespace, interpreter: Interpreter, task: TaskKind) -> Explored:
    if answer.misuse:
        raise MisuseError(answer.misuse)
    if answer.result is not None:
        return from_json(answer.result)
    return Explored(
        name=options.program,
        python=interpreter.minor,
        task=task,
        events=options.events,
        kinds=(),
        search="",
        ended=Ended.STOPPED,
        stopped=answer.failure,
        executions=0,
        schedules=0,
        states=None,
        opaque="",
        violations=(),
    )
