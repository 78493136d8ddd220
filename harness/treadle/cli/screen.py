"""The console for tables and diagrams: as wide as the terminal, and of fixed width in a pipe."""

from __future__ import annotations

import os
import re
import sys
from typing import IO, cast

from treadle.report.console import PlainConsole

_WIDTH_IN_A_PIPE = 100
_WIDEST = 160
_WIDEST_IN_A_PIPE = 10_000
_NARROWEST = 40  # no table is readable in less; the terminal wraps the lines then


class _Trimmed:
    """Standard output without the spaces that fill lines up to the width, which a reader of a pipe does not want."""

    @property
    def encoding(self) -> str:
        return sys.stdout.encoding or "utf-8"

    def write(self, text: str) -> int:
        return sys.stdout.write(re.sub(r" +(?=\n)", "", text))

    def flush(self) -> None:
        sys.stdout.flush()

    def isatty(self) -> bool:
        return False


def output() -> PlainConsole:
    """Return a console on standard output, which neither interprets markup nor colours numbers and the like."""
    if sys.stdout.isatty():
        console = PlainConsole(highlight=False, markup=False, emoji=False)
        console.width = max(_NARROWEST, min(console.width, _WIDEST))
        return console
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isascii() and columns.isdigit() and int(columns) else _WIDTH_IN_A_PIPE
    return PlainConsole(
        highlight=False,
        markup=False,
        emoji=False,
        file=cast("IO[str]", _Trimmed()),
        width=max(_NARROWEST, min(width, _WIDEST_IN_A_PIPE)),
    )
