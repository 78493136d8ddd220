"""`treadle explore`: any async program, in a process of its own, because it may hang, spin or end the process."""

from __future__ import annotations

import json
import shlex
import sys
import time
from typing import TYPE_CHECKING

import treadle
from treadle.cli.arguments import MOST, add_drawing, add_spread, one_of, read_draw, whole
from treadle.cli.meter import Meter
from treadle.cli.screen import output
from treadle.errors import MisuseError
from treadle.explorer import Ended, Exploration, merge
from treadle.programs import (
    Explored,
    ProgramToken,
    as_json,
    describe,
    exploration_as_json,
    exploration_from_json,
    from_json,
)
from treadle.programs.bounds import CALLBACKS
from treadle.programs.problems import UNSUPPORTED
from treadle.programs.text import REPLAY
from treadle.schedule import TaskKind
from treadle.verdict import Verdict
from treadle.workers.crew import crew
from treadle.workers.interpreters import find_interpreters
from treadle.workers.pool import WorkerPlace, WorkerRequest

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from treadle.cli.arguments import Parser
    from treadle.explorer import Draw
    from treadle.programs.problems import ProgramOutcome
    from treadle.workers.interpreters import Interpreter
    from treadle.workers.pool import Answer, Asks


def add_arguments(parser: Parser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("program", metavar="FILE.py:PROGRAM")
    parser.add_argument("--events", type=whole(0, MOST), default=2)
    parser.add_argument("--callbacks", type=whole(1, 10**9), default=CALLBACKS)
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
    asked = _Asked(options, interpreter, draw)
    began = time.monotonic()
    with crew(options, options.jobs or 1) as asks:
        explored = _in_parts(asks, asked) if _is_in_parts(options) else asked.read(_ask(asks, [asked.request()])[0])
    if options.json:
        measured = {"python": interpreter.version, "seconds": round(time.monotonic() - began, 3)}
        document = {"treadle": treadle.__version__, **as_json(explored), "measured": measured}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write(describe(explored, width=output().width, replay=_replay_command(options)) + "\n")
    return {Verdict.HOLDS: 0, Verdict.UNSUPPORTED: 2}.get(explored.verdict, 1)


def _replay_command(options: argparse.Namespace) -> str:
    """Return the command that runs a schedule again; what stands in its token need not be said."""
    command = REPLAY
    if options.python:
        command += f" --python {shlex.quote(options.python)}"
    if options.callbacks != CALLBACKS:
        command += f" --callbacks {options.callbacks}"
    return command


def _is_in_parts(options: argparse.Namespace) -> bool:
    """Say whether the search is split: where it is asked for, and where the parts add up to the same."""
    asked_for = options.jobs is not None or options.journal or options.backend
    return bool(asked_for) and options.token is options.random is options.limit is None


def _in_parts(asks: Asks, asked: _Asked) -> Explored:
    """Have the program split, every part explored, and what was found written down."""
    (answer,) = _ask(asks, [asked.request("split")])
    if answer.result is None:
        return asked.read(answer)
    requests = [asked.request("subtree", subtree=subtree) for subtree in answer.result]
    parts = [asked.part(each) for each in _ask(asks, requests)]
    doubt = next((part.opaque for part in parts if part.doubted), "")
    if doubt:  # what was wrong about states in one part may be so in others, where no sample has shown it
        again = [place for place, part in enumerate(parts) if not part.doubted and (part.states or part.opaque)]
        answers = _ask(asks, [asked.request("subtree", subtree=answer.result[place], opaque=doubt) for place in again])
        for place, told in zip(again, answers, strict=True):
            before, parts[place] = parts[place], asked.part(told)
            parts[place].executions += before.executions
    merged = merge(parts)
    merged.reason = next((each.reason for each in parts if each.reason.startswith(UNSUPPORTED)), merged.reason)
    found = exploration_as_json(merged)
    return asked.read(_ask(asks, [asked.request("conclude", exploration=found, parts=len(parts))])[0])


def _ask(asks: Asks, requests: Sequence[WorkerRequest]) -> list[Answer]:
    with Meter("searches", [request.cost for request in requests]) as meter:
        return asks.ask(requests, lambda index, more, done: meter.heard(index, more, done=done))


class _Asked:
    """What was asked for, as requests, and how their answers are read."""

    def __init__(self, options: argparse.Namespace, interpreter: Interpreter, draw: Draw | None = None) -> None:
        self._options = options
        self._draw = draw
        self._python = interpreter.minor
        token = None if options.token is None else ProgramToken.parse(options.token)
        self._task = TaskKind(options.task) if token is None else token.task
        # The parts of a search have their time together, whichever process each of them comes to.
        self._until = None if options.seconds is None else time.time() + options.seconds
        self._place = WorkerPlace(interpreter=interpreter, task=self._task, target=options.program, serves="programs")

    def request(self, do: str = "", **more: object) -> WorkerRequest:
        """Return a request: to explore or to replay, or to do what is named."""
        options = self._options
        settings = {
            "events": options.events,
            "any_order": options.any_order,
            "callbacks": options.callbacks,
            "task": str(self._task),
            "limit": options.limit,
            "seconds": options.seconds,
        }
        if self._draw is not None:
            settings |= {"random": self._draw.executions, "sampler": self._draw.sampler, "seed": self._draw.seed}
        if options.token is not None:
            do, more = "replay", {"token": options.token}
        if do == "subtree":
            more = {**more, "until": self._until}
        message = {"do": do or "explore", "target": options.program, "settings": settings, **more}
        return WorkerRequest(place=self._place, message=message, cost=float(options.random or 10_000))

    def read(self, answer: Answer) -> Explored:
        """Read a result; raise `MisuseError` for what the user did wrong."""
        if answer.misuse:
            raise MisuseError(answer.misuse)
        if answer.result is not None:
            return from_json(answer.result)
        return Explored(
            name=self._options.program,
            python=self._python,
            task=self._task,
            events=self._options.events,
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

    def part(self, answer: Answer) -> Exploration[ProgramOutcome]:
        """Read what a part has found; nothing, and cut off, where its process gave no answer."""
        if answer.misuse:
            raise MisuseError(answer.misuse)
        if answer.result is not None:
            return exploration_from_json(answer.result)
        return Exploration(ended=Ended.STOPPED, reason=answer.failure, executions=0, schedules=0, states=None)
