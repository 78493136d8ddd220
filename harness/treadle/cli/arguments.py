"""The command line: what can be asked for, and what is wrong with what was asked. `help` explains it."""

from __future__ import annotations

import argparse
import difflib
from typing import TYPE_CHECKING, NoReturn

import treadle
from treadle.cli.help import USAGES, command_text, main_text
from treadle.errors import MisuseError
from treadle.programs.run import CALLBACKS
from treadle.schedule import TaskKind
from treadle.situation import parse_situation
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MOST = 12
"""The largest bounds: with more, no search ends in the lifetime of its reader."""


class _Parser(argparse.ArgumentParser):
    """A parser that raises what is wrong, and whose help is a text of our own, made when it is asked for."""

    explain: Callable[[], str]

    def error(self, message: str) -> NoReturn:
        told = f"{message}; see `{self.prog} --help`"
        raise MisuseError(told)

    def format_help(self) -> str:
        return f"usage: {self.usage}\n\n{self.explain()}"


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line; raise `MisuseError` that shows the value and the way out."""
    main = _Parser(
        prog="treadle",
        usage="treadle COMMAND ... | --help | --version",
        allow_abbrev=False,
    )
    main.explain = main_text
    main.add_argument("--version", action="version", version=f"treadle {treadle.__version__}")
    commands = main.add_subparsers(dest="command", parser_class=_Parser)
    for name, add in _ADDERS.items():
        add(_command(commands, name))
    first = argv[0] if argv else ""
    if not first.startswith("-") and first not in USAGES:
        problem = f"there is no command {first!r}" if first else "a command is missing"
        near = difflib.get_close_matches(first, USAGES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        message = f"{problem}.{hint} There are: {', '.join(USAGES)}; see `treadle --help`"
        raise MisuseError(message)
    return main.parse_args(argv)


def _command(
    commands: argparse._SubParsersAction[_Parser],  # the type has no public name
    name: str,
) -> _Parser:
    command = commands.add_parser(name, prog=f"treadle {name}", usage=USAGES[name], allow_abbrev=False)
    command.explain = lambda: command_text(name, most=MOST)
    return command


def _add_check(parser: _Parser) -> None:
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--report", metavar="FILE")
    _add_common(parser)


def _add_explain(parser: _Parser) -> None:
    parser.add_argument("target", metavar="TARGET")
    _add_common(parser)


def _add_prove(parser: _Parser) -> None:
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--situation", type=_situation, action="append", default=[], dest="situations")
    parser.add_argument("--jobs", type=_whole(1, 1024), default=None)
    parser.add_argument("--certificate", metavar="FILE")


def _add_claims(parser: _Parser) -> None:
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--script", metavar="NAME")


def _add_explore(parser: _Parser) -> None:
    parser.add_argument("program", metavar="FILE.py:PROGRAM")
    parser.add_argument("--events", type=_whole(0, MOST), default=2)
    parser.add_argument("--callbacks", type=_whole(1, 10**9), default=CALLBACKS)
    parser.add_argument("--limit", type=_whole(1, 10**12), default=None)
    parser.add_argument("--seconds", type=_whole(1, 10**6), default=600)
    parser.add_argument("--any-order", action="store_true")
    parser.add_argument("--random", type=_whole(1, 10**9), default=None)
    parser.add_argument("--pct", action="store_true")
    parser.add_argument("--seed", type=_whole(0, 10**18), default=None)
    parser.add_argument("--token", default=None)
    parser.add_argument("--jobs", type=_whole(1, 1024), default=None)
    _add_spread(parser)
    parser.add_argument("--python", default=None)
    parser.add_argument("--task", type=_one_of("task kind", list(TaskKind)), default="C")
    parser.add_argument("--json", action="store_true")


def _add_script(parser: _Parser) -> None:
    parser.add_argument("token", metavar="TOKEN")
    parser.add_argument("--python", default=None)


def _add_replay(parser: _Parser) -> None:
    parser.add_argument("token", metavar="TOKEN")
    parser.add_argument("--svg", metavar="FILE")
    parser.add_argument("--python", default=None)


def _add_common(parser: _Parser) -> None:
    parser.add_argument("--events", type=_whole(0, MOST), default=3)
    parser.add_argument("--steps", type=_whole(1, MOST), default=3)
    parser.add_argument("--any-order", action="store_true")
    parser.add_argument("--limit", type=_whole(1, 10**12), default=None)
    parser.add_argument("--seconds", type=_whole(1, 10**6), default=600)
    parser.add_argument("--situation", type=_situation, action="append", default=[], dest="situations")
    parser.add_argument("--property", type=_one_of("property", BY_NAME), action="append", default=[], dest="properties")
    parser.add_argument("--reading", type=_one_of("reading", list(Reading)), default="weak")
    parser.add_argument("--python", action="append", default=[], dest="pythons")
    parser.add_argument("--task", type=_one_of("task kind", list(TaskKind)), default="C")
    parser.add_argument("--jobs", type=_whole(1, 1024), default=None)
    _add_spread(parser)


def _add_spread(parser: _Parser) -> None:
    parser.add_argument("--journal", metavar="FILE", default="")
    parser.add_argument("--backend", metavar="NAME", default="")
    parser.add_argument("--cluster", metavar="ADDRESS", default="")


def _whole(least: int, most: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            message = f"{text!r} is not a whole number from {least:,} to {most:,}"
            raise argparse.ArgumentTypeError(message)
        return int(text)

    return convert


def _one_of(what: str, names: Iterable[str]) -> Callable[[str], str]:
    known = [str(name) for name in names]

    def convert(text: str) -> str:
        if text not in known:
            near = difflib.get_close_matches(text, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            message = f"there is no {what} {text!r}.{hint} There are: {', '.join(known)}"
            raise argparse.ArgumentTypeError(message)
        return text

    return convert


def _situation(text: str) -> str:
    try:
        return parse_situation(text).name
    except MisuseError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


_ADDERS: dict[str, Callable[[_Parser], None]] = {
    "check": _add_check,
    "explain": _add_explain,
    "prove": _add_prove,
    "claims": _add_claims,
    "explore": _add_explore,
    "script": _add_script,
    "replay": _add_replay,
}
