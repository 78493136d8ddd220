"""`treadle explore`: explore any async program. It runs in a process of its own: it may hang, spin or exit."""

from __future__ import annotations

import functools
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import treadle
from treadle.cli.arguments import MOST, add_drawing, add_spread, one_of, read_draw, whole
from treadle.cli.parts import ask_whole_and_split
from treadle.cli.screen import output
from treadle.errors import MisuseError
from treadle.explorer import Ended
from treadle.programs import Explored, ProgramToken, Settings, as_json, describe
from treadle.programs.bounds import CALLBACKS, PATIENCE
from treadle.programs.text import replay_command
from treadle.schedule import TaskKind
from treadle.telling import json_told, quoted
from treadle.verdict import Verdict
from treadle.workers.crew import crew
from treadle.workers.interpreters import find_interpreters
from treadle.workers.pool import WorkerPlace, WorkerRequest
from treadle.workers.requests.programs import ExploreProgram, ReplayProgram

if TYPE_CHECKING:
    import argparse

    from treadle.cli.arguments import Parser
    from treadle.explorer import Draw
    from treadle.workers.interpreters import Interpreter
    from treadle.workers.pool import Answer


def add_arguments(parser: Parser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("program", metavar="FILE.py:PROGRAM")
    parser.add_argument("--events", type=whole(0, MOST), default=2)
    parser.add_argument("--callbacks", type=whole(1, 10**9), default=CALLBACKS)
    parser.add_argument("--patience", type=whole(1, 10**9), default=PATIENCE)
    parser.add_argument("--limit", type=whole(1, 10**12), default=None)
    parser.add_argument("--seconds", type=whole(1, 10**6), default=600)
    parser.add_argument("--any-order", action="store_true")
    add_drawing(parser)
    parser.add_argument("--token", default=None)
    parser.add_argument("--jobs", type=whole(1, 1024), default=None)
    add_spread(parser)
    parser.add_argument("--python", default=None)
    parser.add_argument("--task", type=one_of("task kind", list(TaskKind)), default="C")
    parser.add_argument("--json", action="store_true")


def explore(options: argparse.Namespace) -> int:
    """Explore a program, or run one schedule of it; return 0 if it holds, 2 if it is unsupported, and 1 if not."""
    draw = read_draw(options)
    (interpreter,) = find_interpreters([options.python] if options.python else [])
    request = _request(options, interpreter, draw)
    began = time.monotonic()
    with crew(options, options.jobs or 1) as asks:
        (answer,) = ask_whole_and_split(asks, [request], [0] if _is_in_parts(options) else [])
    explored = _read(request, answer)
    if options.json:
        measured = {"python": interpreter.version, "seconds": round(time.monotonic() - began, 3)}
        document = {"treadle": treadle.__version__, **as_json(explored), "measured": measured}
        sys.stdout.write(json_told(document, indent=1) + "\n")
    else:
        replay = functools.partial(replay_command, options=_options_of_replay(options))
        sys.stdout.write(describe(explored, width=output().width, replay=replay) + "\n")
    return {Verdict.HOLDS: 0, Verdict.UNSUPPORTED: 2}.get(explored.verdict, 1)


def _options_of_replay(options: argparse.Namespace) -> str:
    """Return the options that a command needs to replay a schedule, apart from those that its token holds."""
    command = ""
    if options.python:
        command += f" --python {quoted(options.python)}"
    if options.callbacks != CALLBACKS:
        command += f" --callbacks {options.callbacks}"
    if options.patience != PATIENCE:
        command += f" --patience {options.patience}"
    return command


def _is_in_parts(options: argparse.Namespace) -> bool:
    """Say whether to split the search: if the options ask for it, and if the parts give the same result."""
    asked_for = options.jobs is not None or options.journal or options.backend
    return bool(asked_for) and options.token is options.random is options.limit is None


def _request(
    options: argparse.Namespace, interpreter: Interpreter, draw: Draw | None
) -> WorkerRequest[ExploreProgram | ReplayProgram]:
    """Return the request to explore a program, or to run one schedule of it again."""
    token = None if options.token is None else ProgramToken.parse(options.token)
    settings = Settings(
        events=options.events,
        any_order=options.any_order,
        callbacks=options.callbacks,
        patience=options.patience,
        task=TaskKind(options.task) if token is None else token.task,
        limit=options.limit,
        seconds=options.seconds,
    )
    if draw is not None:
        settings = replace(settings, random=draw.executions, sampler=draw.sampler, seed=draw.seed)
    until = None if options.seconds is None else time.time() + options.seconds
    question: ExploreProgram | ReplayProgram = ExploreProgram(target=options.program, settings=settings, until=until)
    if token is not None:
        question = ReplayProgram(target=options.program, settings=settings, token=token)
    place = WorkerPlace(interpreter=interpreter, task=settings.task, target=options.program, serves="programs")
    return WorkerRequest(place=place, question=question, cost=float(options.random or 10_000), memory=options.memory)


def _read(request: WorkerRequest[ExploreProgram | ReplayProgram], answer: Answer) -> Explored:
    """Read the result; raise `MisuseError` if the user made a mistake."""
    if answer.misuse:
        raise MisuseError(answer.misuse)
    if answer.result is not None:
        return request.question.hear(answer.result)
    return Explored(
        name=request.question.target,
        python=request.place.interpreter.minor,
        task=request.place.task,
        events=request.question.settings.events,
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
