"""`treadle script` and `treadle replay`: show one counterexample, given its token."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from treadle.cli import explore
from treadle.cli.arguments import parse
from treadle.cli.said import runs, shown
from treadle.cli.screen import output
from treadle.cli.search import contrast, raise_misuse, script_request, staged
from treadle.cli.streams import complain, write_file
from treadle.errors import MisuseError, TreadleError
from treadle.report.diagram import Asked, print_diagram, state_told, state_told_with_callbacks
from treadle.report.picture import picture_of_counterexample
from treadle.report.render import see_that_it_can_be_written
from treadle.report.svg import draw
from treadle.telling import quoted
from treadle.tokens import ProgramToken, Token
from treadle.workers.interpreters import find_interpreter
from treadle.workers.pool import Pool
from treadle_models.candidates import CANDIDATES

if TYPE_CHECKING:
    import argparse

    from treadle.check import Counterexample
    from treadle.cli.arguments import Parser
    from treadle.report.document import Staged
    from treadle.workers.interpreters import Interpreter
    from treadle.workers.pool import Answer, WorkerRequest
    from treadle.workers.requests.targets import WriteScript


def add_script(parser: Parser) -> None:
    """Add the arguments of `script`."""
    parser.add_argument("token", metavar="TOKEN")
    parser.add_argument("--python", default=None)


def script(options: argparse.Namespace) -> int:
    """Print the script of a token, and on standard error whether the failure showed on stock asyncio."""
    if ProgramToken.is_one(options.token):
        message = (
            "this is the token of a program, and only a counterexample of `check` has a script; "
            "`treadle replay` with the token runs the program once under its schedule"
        )
        raise MisuseError(message)
    interpreter = find_interpreter(options.python or sys.executable)
    request, answer = _ask(options, interpreter)
    token, run = request.question.token, staged(request.question, answer)
    if run.script is None:
        message = (
            f"there is no script for {token}: stock asyncio offers no way to act at the moments that it needs. "
            f"`treadle replay {quoted(str(token))}{interpreter.option}` shows it on real tasks"
        )
        raise TreadleError(message)
    sys.stdout.write(run.script)
    complain(f"stock asyncio: {run.status}")
    return 0


def add_replay(parser: Parser) -> None:
    """Add the arguments of `replay`."""
    parser.add_argument("token", metavar="TOKEN")
    parser.add_argument("--svg", metavar="FILE")
    parser.add_argument("--python", default=None)
    parser.add_argument("--callbacks", action="store_true")
    parser.add_argument("--show", action="store_true")


def replay(options: argparse.Namespace) -> int:
    """Print the counterexample of a token, with the state at every gap; write its picture, if asked to.

    A schedule of a program is run again, as `treadle explore PROGRAM --token TOKEN` does. The first line says what is
    imported for that; `--show` says it and runs nothing.
    """
    of_program = ProgramToken.is_one(options.token)
    if options.show:
        token = (ProgramToken if of_program else Token).parse(options.token)
        sys.stdout.write(shown(token, find_interpreter(options.python or sys.executable)))
        return 0
    if of_program:
        return _run_again(options)
    if options.svg:
        see_that_it_can_be_written(options.svg)
    interpreter = find_interpreter(options.python or sys.executable)
    _say_what_runs(Token.parse(options.token).target)
    request, answer = _ask(options, interpreter)
    found = request.question.hear(answer.result).counterexample
    run = staged(request.question, answer)
    states = state_told_with_callbacks if options.callbacks else state_told
    asked = Asked(states=states, replayed=True, options=interpreter.option)
    print_diagram(output(), found, stock=run.status, asked=asked)
    if options.svg:
        _write_picture(options.svg, found, run, interpreter, callbacks=options.callbacks)
    return 0


def _run_again(options: argparse.Namespace) -> int:
    given = f"--svg {options.svg}" if options.svg else "--callbacks" if options.callbacks else ""
    if given:
        message = (
            f"{given} is for counterexamples of `check`, but {options.token} is the token of a program; leave it out"
        )
        raise MisuseError(message)
    program = ProgramToken.parse(options.token).name
    _say_what_runs(program)
    python = ["--python", options.python] if options.python else []
    return explore.explore(
        parse(["explore", f"--token={options.token}", *python, "--", program], explore.add_arguments)
    )


def _say_what_runs(name: str) -> None:
    """Say which code a token runs, before it runs; nothing for a candidate of the catalogue."""
    if name in CANDIDATES:
        return
    sys.stdout.write(f"{runs(name)}\n")
    sys.stdout.flush()


def _write_picture(file: str, found: Counterexample, run: Staged, interpreter: Interpreter, *, callbacks: bool) -> None:
    with Pool(1) as pool:
        (seen,) = contrast(pool, interpreter, {str(found.token): run}).values()
    write_file(file, draw(picture_of_counterexample(found, seen.contrast, callbacks=callbacks)), "picture")


def _ask(options: argparse.Namespace, interpreter: Interpreter) -> tuple[WorkerRequest[WriteScript], Answer]:
    """Have a token replayed, and its script written and run; raise `TreadleError` if that fails."""
    request = script_request(interpreter, Token.parse(options.token))
    with Pool(1) as pool:
        (answer,) = pool.ask([request])
    raise_misuse(answer, f"replaying {request.question.token}")
    return request, answer
