"""Parse the command line, and refuse what is wrong in it. The help texts are in `help`."""

from __future__ import annotations

import argparse
import difflib
import sys
from typing import TYPE_CHECKING, NoReturn

import treadle
from treadle.cli.help import USAGES, command_text, main_text
from treadle.errors import MisuseError
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from _typeshed import SupportsWrite

    from treadle.explorer import Draw

MOST = 32
"""The largest bound that is accepted. With bounds this large, only searches of the smallest programs end."""


class Parser(argparse.ArgumentParser):
    """A parser that raises an error where argparse would exit, and whose help is our own text, made only on request."""

    explain: Callable[[], str]

    def error(self, message: str) -> NoReturn:
        """Raise `MisuseError` with the message and the way to the help."""
        told = f"{message}; see `{self.prog} --help`"
        raise MisuseError(told)

    def format_help(self) -> str:
        """Return the help text."""
        return f"usage: {self.usage}\n\n{self.explain()}"

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Write a text through to the end: argparse would say nothing of a text that is lost."""
        del file  # nothing is written but help and version, since an error is raised
        sys.stdout.write(message)
        sys.stdout.flush()


def parse(argv: Sequence[str], add: Callable[[Parser], None] | None) -> argparse.Namespace:
    """Parse the command line; `add` adds the arguments of its command, and is None if it names no known command.

    Raises `MisuseError`, which shows the wrong value and what to do instead.
    """
    main = Parser(prog="treadle", usage="treadle COMMAND ... | --help | --version", allow_abbrev=False)
    main.explain = main_text
    main.add_argument("--version", action="version", version=f"treadle {treadle.__version__}")
    commands = main.add_subparsers(dest="command", parser_class=Parser)
    first = argv[0] if argv else ""
    if add is not None:
        add(_command(commands, first))
    elif not first.startswith("-"):
        problem = f"there is no command {first!r}" if first else "a command is missing"
        near = difflib.get_close_matches(first, USAGES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        message = f"{problem}.{hint} There are: {', '.join(USAGES)}; see `treadle --help`"
        raise MisuseError(message)
    return main.parse_args(argv)


def _command(
    commands: argparse._SubParsersAction[Parser],  # the type has no public name
    name: str,
) -> Parser:
    command = commands.add_parser(name, prog=f"treadle {name}", usage=USAGES[name], allow_abbrev=False)
    command.explain = lambda: command_text(name, most=MOST)
    return command


def add_common(parser: Parser) -> None:
    """Add the arguments that all commands share that judge targets."""
    from treadle_models.spec import BY_NAME, Reading  # noqa: PLC0415 - no other command needs them

    parser.add_argument("--events", type=whole(0, MOST), default=3)
    parser.add_argument("--steps", type=whole(1, MOST), default=3)
    parser.add_argument("--any-order", action="store_true")
    parser.add_argument("--limit", type=whole(1, 10**12), default=None)
    parser.add_argument("--seconds", type=whole(1, 10**6), default=600)
    parser.add_argument("--situation", type=situation_name, action="append", default=[], dest="situations")
    parser.add_argument("--not", type=exclusion, action="append", default=[], dest="excluded")
    parser.add_argument("--property", type=one_of("property", BY_NAME), action="append", default=[], dest="properties")
    parser.add_argument("--reading", type=one_of("reading", list(Reading)), default="weak")
    parser.add_argument("--python", action="append", default=[], dest="pythons")
    parser.add_argument("--task", type=one_of("task kind", list(TaskKind)), default="C")
    parser.add_argument("--jobs", type=whole(1, 1024), default=None)
    add_drawing(parser)
    add_spread(parser)


def add_drawing(parser: Parser) -> None:
    """Add the arguments for drawing schedules at random."""
    from treadle.explorer import SAMPLERS  # noqa: PLC0415 - no other command needs them

    parser.add_argument("--random", type=whole(1, 10**9), default=None)
    parser.add_argument("--sampler", type=one_of("sampler", SAMPLERS), default=None)
    parser.add_argument("--pct", action="store_const", const="pct", dest="sampler")
    parser.add_argument("--seed", type=whole(0, 10**18), default=None)


def read_draw(options: argparse.Namespace) -> Draw | None:
    """Return how to draw schedules, or None to try all; raise `MisuseError` for options that do not go together."""
    from treadle.explorer import Draw, RandomWalk  # noqa: PLC0415 - as above

    if options.random is not None and options.limit is not None:
        message = (
            f"--random {options.random} limits the number of executions already; leave --limit {options.limit} out"
        )
        raise MisuseError(message)
    if options.sampler and options.random is None:
        way = "--pct" if options.sampler == "pct" else f"--sampler {options.sampler}"
        message = f"{way} says how to draw schedules at random; say also how many: --random 10000 {way}"
        raise MisuseError(message)
    if options.seed is not None and options.random is None:
        message = f"--seed {options.seed} is for schedules drawn at random; say also how many: --random 10000"
        raise MisuseError(message)
    if options.random is None:
        return None
    return Draw(executions=options.random, sampler=options.sampler or RandomWalk.key, seed=options.seed or 0)


def add_spread(parser: Parser) -> None:
    """Add the arguments that say where requests are answered, with how much memory, and where answers are kept."""
    parser.add_argument("--memory", metavar="SIZE", type=memory_size, default=0)
    parser.add_argument("--journal", metavar="FILE", default="")
    parser.add_argument("--backend", metavar="NAME", default="")
    parser.add_argument("--cluster", metavar="ADDRESS", default="")


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a converter to a whole number, which refuses one outside of these limits."""

    def convert(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            message = f"{text!r} is not a whole number from {least:,} to {most:,}"
            raise argparse.ArgumentTypeError(message)
        return int(text)

    return convert


_UNITS = {"M": 1 << 20, "G": 1 << 30}
_LEAST_MEMORY = 64 << 20


def memory_size(text: str) -> int:
    """Convert a size of memory, such as `500M`, `2G` or `1.5G`, to bytes."""
    unit = _UNITS.get(text[-1:].upper(), 0)
    number = text[:-1]
    if unit and number.isascii() and number.replace(".", "", 1).isdigit() and float(number) * unit >= _LEAST_MEMORY:
        return int(float(number) * unit)
    message = f"{text!r} is not a size of memory of at least 64M, such as 500M, 2G or 1.5G"
    raise argparse.ArgumentTypeError(message)


def one_of(what: str, names: Iterable[str]) -> Callable[[str], str]:
    """Return a converter that accepts only these names; `what` says in the error what they are names of."""
    known = [str(name) for name in names]

    def convert(text: str) -> str:
        if text not in known:
            near = difflib.get_close_matches(text, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            message = f"there is no {what} {text!r}.{hint} There are: {', '.join(known)}"
            raise argparse.ArgumentTypeError(message)
        return text

    return convert


def exclusion(text: str) -> tuple[str, str]:
    """Read a situation that a contract excludes, and the sentence that says so, as in `future=It takes tasks only`."""
    name, _, sentence = text.partition("=")
    return situation_name(name.strip()), sentence.strip()


def situation_name(text: str, *, symbols: bool = False) -> str:
    """Read the name of a situation; `symbols`: it may have a symbol for a number."""
    from treadle.situation import parse_situation  # noqa: PLC0415 - most commands are told without one

    try:
        return parse_situation(text, symbols=symbols).name
    except MisuseError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
